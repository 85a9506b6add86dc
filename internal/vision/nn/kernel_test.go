package nn

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"unsafe"
)

// TestArgsLayout holds the argument blocks to the offsets that gen/main.go
// has.
func TestArgsLayout(t *testing.T) {
	if unsafe.Sizeof(uintptr(0)) != 8 {
		t.Skip("assembly kernels exist on 64 bits alone")
	}
	var a kernelArgs
	var u up2Args
	for i, got := range []uintptr{
		unsafe.Offsetof(a.src), unsafe.Offsetof(a.srcStep), unsafe.Offsetof(a.weights), unsafe.Offsetof(a.dst),
		unsafe.Offsetof(a.dstStep), unsafe.Offsetof(a.runs), unsafe.Offsetof(a.runLen), unsafe.Offsetof(a.jumps),
		unsafe.Offsetof(a.bias), unsafe.Offsetof(a.residual), unsafe.Offsetof(a.floor),
	} {
		if got != uintptr(8*i) {
			t.Errorf("kernelArgs field %d at %d", i, got)
		}
	}
	for i, got := range []uintptr{
		unsafe.Offsetof(u.dst), unsafe.Offsetof(u.low), unsafe.Offsetof(u.skip), unsafe.Offsetof(u.pixels), unsafe.Offsetof(u.blocks),
	} {
		if got != uintptr(8*i) {
			t.Errorf("up2Args field %d at %d", i, got)
		}
	}
}

// kernelCase is one call of a convolution kernel in numbers of floats.
type kernelCase struct {
	rows, width, runs, runLen int
	srcStep                   int
	gap                       int // between runs; negative where they overlap
	dstStep                   int
	residual                  bool
	floor                     float32
}

const sentinel = float32(-12345.5)

// kernelMemory holds the operands of one call. Every slice ends where readable
// memory ends; what a kernel must not write holds sentinels.
type kernelMemory struct {
	src, weights, bias, residual, dst []float32
	jumps                             []int64
	first                             int // index in src of the first input
}

func newKernelMemory(t testing.TB, rng *rand.Rand, c kernelCase) *kernelMemory {
	span := func(n int) []float32 {
		s := guarded(t, n)
		for i := range s {
			s[i] = rng.Float32()*2 - 1
		}
		return s
	}
	// The last float that the last row's last run reads is the last of src;
	// with a negative gap runs go backwards from the first.
	stride := c.runLen + c.gap
	lo, hi := 0, c.runLen
	for r := range c.runs {
		lo, hi = min(lo, r*stride), max(hi, r*stride+c.runLen)
	}
	n := (c.rows-1)*c.srcStep + hi - lo
	out := (c.rows-1)*c.dstStep + c.width
	m := &kernelMemory{src: span(n), weights: span(c.runs * c.runLen * c.width), bias: span(c.width), residual: span(out), dst: guarded(t, out), first: -lo}
	jumps := guarded(t, 2*c.runs)
	m.jumps = unsafe.Slice((*int64)(unsafe.Pointer(&jumps[0])), c.runs)
	for i := range c.runs - 1 {
		m.jumps[i] = int64(c.gap) * floatBytes
	}
	for i := range m.dst {
		m.dst[i] = sentinel
	}
	return m
}

func (m *kernelMemory) args(c kernelCase) *kernelArgs {
	a := &kernelArgs{
		src: unsafe.Pointer(&m.src[m.first]), srcStep: uintptr(c.srcStep) * floatBytes, weights: unsafe.Pointer(&m.weights[0]),
		dst: unsafe.Pointer(&m.dst[0]), dstStep: uintptr(c.dstStep) * floatBytes, runs: c.runs, runLen: c.runLen,
		jumps: unsafe.Pointer(&m.jumps[0]), bias: unsafe.Pointer(&m.bias[0]), floor: c.floor, rows: c.rows, width: c.width,
	}
	if c.residual {
		a.residual = unsafe.Pointer(&m.residual[0])
	}
	return a
}

// want computes the contract in kernelArgs's comment, in float64.
func (m *kernelMemory) want(c kernelCase, row, channel int) float64 {
	s := float64(m.bias[channel])
	for r := range c.runs {
		for k := range c.runLen {
			x := m.src[m.first+row*c.srcStep+r*(c.runLen+c.gap)+k]
			s += float64(x) * float64(m.weights[(r*c.runLen+k)*c.width+channel])
		}
	}
	if c.residual {
		s += float64(m.residual[row*c.dstStep+channel])
	}
	return max(s, float64(c.floor))
}

func (m *kernelMemory) check(c kernelCase) error {
	for i, got := range m.dst {
		row, channel := i/c.dstStep, i%c.dstStep
		if channel >= c.width {
			if got != sentinel {
				return fmt.Errorf("wrote %g outside the tile, row %d, channel %d", got, row, channel)
			}
			continue
		}
		if want := m.want(c, row, channel); !(math.Abs(float64(got)-want) <= 1e-5*(1+math.Abs(want))) {
			return fmt.Errorf("row %d, channel %d: %g, want %g", row, channel, got, want)
		}
	}
	return nil
}

func kernelCases(rows, width int) []kernelCase {
	inf := float32(math.Inf(-1))
	var cs []kernelCase
	for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 27, 48} {
		for _, c := range []kernelCase{
			{runs: 1, srcStep: n, floor: inf},
			{runs: 3, srcStep: n, gap: 11, floor: 0},
			{runs: 5, srcStep: 2*n + 1, gap: -2*n - 3, residual: true, floor: inf},
			{runs: 2, srcStep: 3, gap: 40, residual: true, floor: 0, dstStep: width + 17},
		} {
			c.rows, c.width, c.runLen = rows, width, n
			c.dstStep = max(c.dstStep, width)
			cs = append(cs, c)
		}
	}
	return cs
}

// TestKernels compares every kernel of every set, and the twin at the same
// shapes, with the contract.
func TestKernels(t *testing.T) {
	for _, s := range available() {
		for _, k := range append(s.conv, convKernels{4, generic.conv[0].kernels}, convKernels{16, generic.conv[0].kernels}) {
			for rows := 1; rows <= s.rows; rows++ {
				t.Run(fmt.Sprintf("%s/%dx%d", s.name, rows, k.width), func(t *testing.T) {
					rng := rand.New(rand.NewPCG(uint64(rows), uint64(k.width)))
					for _, c := range kernelCases(rows, k.width) {
						m := newKernelMemory(t, rng, c)
						k.kernels[rows](m.args(c))
						if err := m.check(c); err != nil {
							t.Fatalf("%+v: %v", c, err)
						}
					}
				})
			}
		}
	}
}

// TestUp2Kernels compares the rows of up2add with their twin.
func TestUp2Kernels(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, s := range available() {
		for _, pixels := range []int{1, 2, 3, 7, 20} {
			for _, blocks := range []int{1, 2, 3, 5} {
				n := pixels * blocks * blockChannels
				low, skip, dst := guarded(t, n), guarded(t, 2*n), guarded(t, 2*n)
				for i := range low {
					low[i] = rng.Float32()
				}
				for i := range skip {
					skip[i], dst[i] = rng.Float32(), sentinel
				}
				s.up2(&up2Args{unsafe.Pointer(&dst[0]), unsafe.Pointer(&low[0]), unsafe.Pointer(&skip[0]), pixels, blocks})
				c := blocks * blockChannels
				for i, got := range dst {
					if want := low[i/(2*c)*c+i%c] + skip[i]; got != want {
						t.Fatalf("%s, %d pixels of %d channels: float %d is %g, want %g", s.name, pixels, c, i, got, want)
					}
				}
			}
		}
	}
}
