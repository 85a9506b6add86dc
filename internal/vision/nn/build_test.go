package nn

import (
	"encoding/binary"
	"encoding/json"
	"math"
	"math/rand/v2"
	"testing"
)

// builder makes the files of a random network.
type builder struct {
	in      shape
	ops     []opSpec
	weights []float32
	rng     *rand.Rand
	last    int // channels of the last buffer
}

func newBuilder(h, w, c int) *builder {
	return &builder{in: shape{h, w, c}, rng: rand.New(rand.NewPCG(1, 2)), last: c}
}

// conv appends a convolution of buffer o.In (the last one where o.In is -1)
// and returns the number of the buffer it writes. Unset stride and dilation
// are 1.
func (b *builder) conv(o opSpec) int {
	o.Op = opConv
	if o.In < 0 {
		o.In = len(b.ops)
	}
	if o.Cin == 0 {
		o.Cin = b.last
	}
	for a := range 2 {
		o.Stride[a], o.Dilation[a] = max(o.Stride[a], 1), max(o.Dilation[a], 1)
	}
	n := o.Cin * o.Kernel[0] * o.Kernel[1]
	o.W = len(b.weights)
	scale := float32(math.Sqrt(2 / float64(n)))
	for range o.Cout * n {
		b.weights = append(b.weights, roundHalf(float32(b.rng.NormFloat64())*scale))
	}
	o.B = len(b.weights)
	for range o.Cout {
		b.weights = append(b.weights, roundHalf(b.rng.Float32()-0.5))
	}
	b.ops = append(b.ops, o)
	b.last = o.Cout
	return len(b.ops)
}

func (b *builder) up2add(in, add, channels int) int {
	b.ops = append(b.ops, opSpec{Op: opUp2Add, In: in, Add: add})
	b.last = channels
	return len(b.ops)
}

// files returns NAME.json and NAME.f16.
func (b *builder) files() (desc, weights []byte) {
	ops := make([]map[string]any, len(b.ops))
	for i, o := range b.ops {
		if o.Op == opUp2Add {
			ops[i] = map[string]any{"op": o.Op, "in": o.In, "add": o.Add}
			continue
		}
		ops[i] = map[string]any{"op": o.Op, "in": o.In, "cin": o.Cin, "cout": o.Cout, "kernel": o.Kernel, "stride": o.Stride,
			"pad": o.Pad, "dilation": o.Dilation, "relu": o.Relu, "add": o.Add, "w": o.W, "b": o.B}
	}
	desc, err := json.Marshal(map[string]any{
		"name": "random", "version": "test", "input": map[string]int{"c": b.in.c, "h": b.in.h, "w": b.in.w},
		"ops": ops, "output": len(ops), "outputs": b.last, "params": len(b.weights),
	})
	if err != nil {
		panic(err)
	}
	for _, w := range b.weights {
		weights = binary.LittleEndian.AppendUint16(weights, floatToHalf(w))
	}
	return desc, weights
}

func (b *builder) net(t testing.TB, s *isa) *Net {
	t.Helper()
	desc, weights := b.files()
	n, err := parseFor(s, desc, weights)
	if err != nil {
		t.Fatalf("parseFor: %v", err)
	}
	return n
}

// input returns random pixels for the default input size, or for h by w.
func (b *builder) input(h, w int) []float32 {
	return randomFloats(b.rng, h*w*b.in.c)
}

// reference computes the network in float64, tap by tap from the definition.
func (b *builder) reference(in []float32, h, w int) ([]float64, shape) {
	type tensor struct {
		shape
		v []float64
	}
	get := func(t *tensor, y, x, c int) float64 {
		if y < 0 || x < 0 || y >= t.h || x >= t.w {
			return 0
		}
		return t.v[(y*t.w+x)*t.c+c]
	}
	t0 := tensor{shape{h, w, b.in.c}, make([]float64, len(in))}
	for i, v := range in {
		t0.v[i] = float64(v)
	}
	all := []*tensor{&t0}
	for _, o := range b.ops {
		src := all[o.In]
		dst := &tensor{}
		if o.Op == opUp2Add {
			add := all[o.Add]
			dst.shape = add.shape
			for y := range dst.h {
				for x := range dst.w {
					for c := range dst.c {
						dst.v = append(dst.v, get(src, y/2, x/2, c)+get(add, y, x, c))
					}
				}
			}
			all = append(all, dst)
			continue
		}
		dst.h = (src.h+2*o.Pad[0]-o.Dilation[0]*(o.Kernel[0]-1)-1)/o.Stride[0] + 1
		dst.w = (src.w+2*o.Pad[1]-o.Dilation[1]*(o.Kernel[1]-1)-1)/o.Stride[1] + 1
		dst.c = o.Cout
		for y := range dst.h {
			for x := range dst.w {
				for oc := range o.Cout {
					s := float64(b.weights[o.B+oc])
					for ic := range o.Cin {
						for ky := range o.Kernel[0] {
							for kx := range o.Kernel[1] {
								s += get(src, y*o.Stride[0]-o.Pad[0]+ky*o.Dilation[0], x*o.Stride[1]-o.Pad[1]+kx*o.Dilation[1], ic) *
									float64(b.weights[o.W+((oc*o.Cin+ic)*o.Kernel[0]+ky)*o.Kernel[1]+kx])
							}
						}
					}
					if o.Add >= 0 {
						s += get(all[o.Add], y, x, oc)
					}
					if o.Relu {
						s = max(s, 0)
					}
					dst.v = append(dst.v, s)
				}
			}
		}
		all = append(all, dst)
	}
	out := all[len(all)-1]
	return out.v, out.shape
}

func randomFloats(rng *rand.Rand, n int) []float32 {
	s := alignedFloats(n)
	for i := range s {
		s[i] = rng.Float32()*2 - 1
	}
	return s
}

// relativeError is max|a-b| / max|b|.
func relativeError(a []float32, b []float64) float64 {
	diff, norm := 0.0, 0.0
	for i := range b {
		d := math.Abs(float64(a[i]) - b[i])
		if math.IsNaN(d) {
			return math.Inf(1)
		}
		diff, norm = max(diff, d), max(norm, math.Abs(b[i]))
	}
	return diff / norm
}

// floatToHalf rounds to the nearest binary16 by search, to be independent of
// the arithmetic of halfToFloat. It takes values between -65504 and 65504.
func floatToHalf(v float32) uint16 {
	sign := uint16(0)
	if math.Signbit(float64(v)) {
		sign, v = 0x8000, -v
	}
	value := func(h int) float64 { // the definition, IEEE 754 3.4
		e, f := h>>10, h&0x3FF
		if e == 0 {
			return math.Ldexp(float64(f), -24)
		}
		return math.Ldexp(float64(1024+f), e-25)
	}
	lo, hi := 0, 0x7BFF
	for lo < hi {
		mid := (lo + hi + 1) / 2
		if value(mid) <= float64(v) {
			lo = mid
		} else {
			hi = mid - 1
		}
	}
	if lo < 0x7BFF && value(lo+1)-float64(v) < float64(v)-value(lo) {
		lo++
	}
	return sign | uint16(lo)
}

func roundHalf(v float32) float32 { return halfToFloat(floatToHalf(v)) }
