package main

import (
	"log"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

// Rows of the largest tiles. 14 rows of two registers are 28 of the 32
// accumulators that AVX-512 has; 6 rows of two are 12 of the 16 of AVX2. The
// rest hold the weights and the broadcast input.
const (
	avx512Rows = 14
	avx2Rows   = 6
)

// vector is what a family of kernels needs to know about its registers.
type vector struct {
	isa   string
	bytes int
	alloc func(*build.Context) reg.VecVirtual
}

var (
	avx512 = vector{"avx512", 64, func(c *build.Context) reg.VecVirtual { return c.ZMM() }}
	avx2   = vector{"avx2", 32, func(c *build.Context) reg.VecVirtual { return c.YMM() }}
)

func amd64Kernels() []byte {
	c := build.NewContext()
	for _, width := range []int{16, 32} {
		for rows := 1; rows <= avx512Rows; rows++ {
			convAMD64(c, avx512, rows, width)
		}
	}
	for rows := 1; rows <= avx2Rows; rows++ {
		convAMD64(c, avx2, rows, 16)
	}
	up2AMD64(c, avx512)
	up2AMD64(c, avx2)
	return render(c)
}

func amd64Peak() []byte {
	c := build.NewContext()
	peakAMD64(c, avx512)
	peakAMD64(c, avx2)
	return render(c)
}

func render(c *build.Context) []byte {
	f, err := c.Result()
	if err != nil {
		log.Fatal(err)
	}
	if err := pass.Compile.Execute(f); err != nil {
		log.Fatal(err)
	}
	text, err := printer.NewGoAsm(printer.Config{Name: "nn/gen", Pkg: "nn"}).Print(f)
	if err != nil {
		log.Fatal(err)
	}
	return text
}

func begin(c *build.Context, name string) reg.Register {
	c.Function(name)
	c.Attributes(build.NOSPLIT)
	c.SignatureExpr("func(a *byte)")
	return c.Load(c.Param("a"), c.GP64())
}

func at(base reg.Register, disp int) operand.Mem {
	return operand.Mem{Base: base, Disp: disp}
}

// convAMD64 writes the kernel of one tile: rows output pixels by width output
// channels. The accumulators stay in registers over all runs; every step reads
// one row of packed weights and one input value per output pixel.
func convAMD64(c *build.Context, v vector, rows, width int) {
	regs := width * 4 / v.bytes
	a := begin(c, kernelName(v.isa, rows, width))

	// One pointer serves three rows, through the scaled index.
	step, step3 := c.GP64(), c.GP64()
	c.MOVQ(at(a, argSrcStep), step)
	c.LEAQ(operand.Mem{Base: step, Index: step, Scale: 2}, step3)
	src := make([]reg.GPVirtual, (rows+2)/3)
	for i := range src {
		src[i] = c.GP64()
		if i == 0 {
			c.MOVQ(at(a, argSrc), src[i])
		} else {
			c.LEAQ(operand.Mem{Base: src[i-1], Index: step3, Scale: 1}, src[i])
		}
	}
	weights, runs, jumps, k := c.GP64(), c.GP64(), c.GP64(), c.GP64()
	c.MOVQ(at(a, argWeights), weights)
	c.MOVQ(at(a, argRuns), runs)
	c.MOVQ(at(a, argJumps), jumps)

	acc := make([][]reg.VecVirtual, rows)
	bias := c.GP64()
	c.MOVQ(at(a, argBias), bias)
	for i := range acc {
		acc[i] = make([]reg.VecVirtual, regs)
		for j := range acc[i] {
			acc[i][j] = v.alloc(c)
			if i == 0 {
				c.VMOVUPS(at(bias, j*v.bytes), acc[i][j])
			} else {
				c.VMOVAPS(acc[0][j], acc[i][j])
			}
		}
	}

	input := func(row, disp int) operand.Mem {
		m := at(src[row/3], disp)
		if row%3 > 0 {
			m.Index, m.Scale = step, uint8(row%3)
		}
		return m
	}
	multiply := func(u int) {
		w := make([]reg.VecVirtual, regs)
		for j := range w {
			w[j] = v.alloc(c)
			c.VMOVUPS(at(weights, u*width*4+j*v.bytes), w[j])
		}
		for i := 0; i < rows; i++ {
			if regs == 1 && v.isa == "avx512" {
				c.VFMADD231PS_BCST(input(i, 4*u), w[0], acc[i][0])
				continue
			}
			x := v.alloc(c)
			c.VBROADCASTSS(input(i, 4*u), x)
			for j := range w {
				c.VFMADD231PS(x, w[j], acc[i][j])
			}
		}
	}
	const unroll = 4
	c.Label("run")
	c.MOVQ(at(a, argRunLen), k)
	c.SUBQ(operand.Imm(unroll), k)
	c.JLT(operand.LabelRef("tail"))
	c.Label("unrolled")
	for u := 0; u < unroll; u++ {
		multiply(u)
	}
	c.ADDQ(operand.U32(unroll*width*4), weights)
	for _, p := range src {
		c.ADDQ(operand.Imm(unroll*4), p)
	}
	c.SUBQ(operand.Imm(unroll), k)
	c.JGE(operand.LabelRef("unrolled"))
	c.Label("tail")
	c.ADDQ(operand.Imm(unroll), k)
	c.JEQ(operand.LabelRef("next"))
	c.Label("single")
	multiply(0)
	c.ADDQ(operand.U32(uint32(width*4)), weights)
	for _, p := range src {
		c.ADDQ(operand.Imm(4), p)
	}
	c.DECQ(k)
	c.JNE(operand.LabelRef("single"))
	c.Label("next")
	for _, p := range src {
		c.ADDQ(at(jumps, 0), p)
	}
	c.ADDQ(operand.Imm(8), jumps)
	c.DECQ(runs)
	c.JNE(operand.LabelRef("run"))

	dst, dstStep, residual := c.GP64(), c.GP64(), c.GP64()
	c.MOVQ(at(a, argDst), dst)
	c.MOVQ(at(a, argDstStep), dstStep)
	c.MOVQ(at(a, argResidual), residual)
	c.TESTQ(residual, residual)
	c.JEQ(operand.LabelRef("store"))
	for i := range acc {
		for j := range acc[i] {
			c.VADDPS(at(residual, j*v.bytes), acc[i][j], acc[i][j])
		}
		if i+1 < rows {
			c.ADDQ(dstStep, residual)
		}
	}
	c.Label("store")
	floor := v.alloc(c)
	c.VBROADCASTSS(at(a, argFloor), floor)
	for i := range acc {
		for j := range acc[i] {
			c.VMAXPS(floor, acc[i][j], acc[i][j])
			c.VMOVUPS(acc[i][j], at(dst, j*v.bytes))
		}
		if i+1 < rows {
			c.ADDQ(dstStep, dst)
		}
	}
	c.VZEROUPPER()
	c.RET()
}

// up2AMD64 writes one output row of up2add: every pixel of the low row is
// added to two pixels of the skip row.
func up2AMD64(c *build.Context, v vector) {
	a := begin(c, "up2_"+v.isa)
	dst, low, skip, pixels, blocks := c.GP64(), c.GP64(), c.GP64(), c.GP64(), c.GP64()
	c.MOVQ(at(a, upDst), dst)
	c.MOVQ(at(a, upLow), low)
	c.MOVQ(at(a, upSkip), skip)
	c.MOVQ(at(a, upPixels), pixels)
	pitch := c.GP64() // bytes of one pixel
	c.MOVQ(at(a, upBlocks), pitch)
	c.SHLQ(operand.Imm(6), pitch)
	c.Label("pixel")
	c.MOVQ(at(a, upBlocks), blocks)
	c.Label("block")
	for d := 0; d < 64; d += v.bytes {
		x, y := v.alloc(c), v.alloc(c)
		c.VMOVUPS(at(low, d), x)
		c.VADDPS(operand.Mem{Base: skip, Index: pitch, Scale: 1, Disp: d}, x, y)
		c.VADDPS(at(skip, d), x, x)
		c.VMOVUPS(x, at(dst, d))
		c.VMOVUPS(y, operand.Mem{Base: dst, Index: pitch, Scale: 1, Disp: d})
	}
	for _, p := range []reg.GPVirtual{low, skip, dst} {
		c.ADDQ(operand.Imm(64), p)
	}
	c.DECQ(blocks)
	c.JNE(operand.LabelRef("block"))
	c.ADDQ(pitch, skip)
	c.ADDQ(pitch, dst)
	c.DECQ(pixels)
	c.JNE(operand.LabelRef("pixel"))
	c.VZEROUPPER()
	c.RET()
}

// peakChains is the number of independent multiply-add chains of the peak
// kernels: more than latency times issue width on any CPU of the family.
const peakChains = 12

// peakAMD64 writes the loop that does nothing but multiply and add.
func peakAMD64(c *build.Context, v vector) {
	c.Function("fma_" + v.isa)
	c.Attributes(build.NOSPLIT)
	c.SignatureExpr("func(n int)")
	n := c.Load(c.Param("n"), c.GP64())
	x := v.alloc(c)
	zero := func(r reg.VecVirtual) {
		if v.isa == "avx512" {
			c.VPXORD(r, r, r)
		} else {
			c.VXORPS(r, r, r)
		}
	}
	zero(x)
	acc := make([]reg.VecVirtual, peakChains)
	for i := range acc {
		acc[i] = v.alloc(c)
		zero(acc[i])
	}
	c.Label("loop")
	for range 2 {
		for i := range acc {
			c.VFMADD231PS(x, x, acc[i])
		}
	}
	c.DECQ(n)
	c.JNE(operand.LabelRef("loop"))
	c.VZEROUPPER()
	c.RET()
}
