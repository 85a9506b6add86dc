package nn

import (
	"context"
	"fmt"
	"testing"
)

// shapeClasses are the kinds of convolution in the three networks, and a few
// that are not, at sizes with odd tails.
var shapeClasses = []struct {
	name string
	h, w int
	op   opSpec
}{
	{"first 3x3 stride 2", 20, 30, opSpec{Cin: 3, Cout: 32, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [2]int{1, 1}, Relu: true}},
	{"first 3x3 stride 2 odd", 21, 31, opSpec{Cin: 3, Cout: 16, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [2]int{1, 1}, Relu: true}},
	{"first 5x5 stride 4", 32, 40, opSpec{Cin: 3, Cout: 24, Kernel: [2]int{5, 5}, Stride: [2]int{4, 4}, Pad: [2]int{2, 2}}},
	{"3x3", 9, 33, opSpec{Cin: 32, Cout: 64, Kernel: [2]int{3, 3}, Pad: [2]int{1, 1}, Relu: true}},
	{"3x3 residual", 7, 29, opSpec{Cin: 48, Cout: 48, Kernel: [2]int{3, 3}, Pad: [2]int{1, 1}, Relu: true}},
	{"3x3 stride 2", 12, 26, opSpec{Cin: 32, Cout: 48, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [2]int{1, 1}}},
	{"3x3 stride 2 by 1", 8, 22, opSpec{Cin: 16, Cout: 96, Kernel: [2]int{3, 3}, Stride: [2]int{2, 1}, Pad: [2]int{1, 1}, Relu: true}},
	{"3x3 odd channels", 5, 17, opSpec{Cin: 23, Cout: 41, Kernel: [2]int{3, 3}, Pad: [2]int{1, 1}, Relu: true}},
	{"3x3 dilated", 9, 19, opSpec{Cin: 16, Cout: 16, Kernel: [2]int{3, 3}, Pad: [2]int{2, 2}, Dilation: [2]int{2, 2}}},
	{"1x1", 6, 15, opSpec{Cin: 64, Cout: 15, Kernel: [2]int{1, 1}}},
	{"1x1 odd channels", 6, 15, opSpec{Cin: 13, Cout: 7, Kernel: [2]int{1, 1}}},
	{"2x1 no padding", 2, 23, opSpec{Cin: 64, Cout: 96, Kernel: [2]int{2, 1}, Relu: true}},
	{"4x1 no padding", 4, 11, opSpec{Cin: 32, Cout: 32, Kernel: [2]int{4, 1}, Relu: true}},
	{"1x5", 1, 44, opSpec{Cin: 32, Cout: 32, Kernel: [2]int{1, 5}, Pad: [2]int{0, 2}, Relu: true}},
	{"1x5 dilated 2", 1, 43, opSpec{Cin: 32, Cout: 32, Kernel: [2]int{1, 5}, Pad: [2]int{0, 4}, Dilation: [2]int{1, 2}, Relu: true}},
	{"1x5 dilated 4", 1, 44, opSpec{Cin: 32, Cout: 32, Kernel: [2]int{1, 5}, Pad: [2]int{0, 8}, Dilation: [2]int{1, 4}, Relu: true}},
	{"1x5 dilated 4 narrow", 1, 3, opSpec{Cin: 16, Cout: 16, Kernel: [2]int{1, 5}, Pad: [2]int{0, 8}, Dilation: [2]int{1, 4}}},
	{"1x1 of one pixel", 1, 1, opSpec{Cin: 5, Cout: 5, Kernel: [2]int{1, 1}}},
	{"stride over the kernel", 11, 13, opSpec{Cin: 3, Cout: 4, Kernel: [2]int{1, 1}, Stride: [2]int{3, 2}}},
	{"many panels", 3, 9, opSpec{Cin: 80, Cout: 208, Kernel: [2]int{3, 3}, Pad: [2]int{1, 1}}},
}

// forEachISA runs f for every set of kernels that this CPU has.
func forEachISA(t *testing.T, f func(t *testing.T, s *isa)) {
	for _, s := range available() {
		t.Run(s.name, func(t *testing.T) { f(t, s) })
	}
}

// TestConvShapes compares every class against the definition in float64, on
// every set of kernels, alone and between two more operations so that borders
// and memory that buffers share are seen too.
func TestConvShapes(t *testing.T) {
	for _, c := range shapeClasses {
		t.Run(c.name, func(t *testing.T) {
			alone := newBuilder(c.h, c.w, c.op.Cin)
			o := c.op
			o.Add = -1
			alone.conv(o)

			// The same convolution reads a buffer of the engine's own layout and has
			// a residual of its own output size.
			nested := newBuilder(c.h, c.w, 3)
			nested.conv(opSpec{In: -1, Add: -1, Cout: o.Cin, Kernel: [2]int{3, 3}, Pad: [2]int{1, 1}, Relu: true})
			o.In = 1
			skip := nested.conv(o)
			o.Add = skip
			nested.conv(o)
			nested.conv(opSpec{In: -1, Add: -1, Cout: 12, Kernel: [2]int{1, 1}})

			for _, b := range []*builder{alone, nested} {
				in := b.input(c.h, c.w)
				want, shape := b.reference(in, c.h, c.w)
				forEachISA(t, func(t *testing.T, s *isa) {
					run(t, b.net(t, s), c.h, c.w, in, want, shape)
				})
			}
		})
	}
}

func run(t *testing.T, n *Net, h, w int, in []float32, want []float64, s shape) {
	t.Helper()
	p, err := n.Plan(h, w)
	if err != nil {
		t.Fatalf("Plan: %v", err)
	}
	if oh, ow, oc := p.OutShape(); (shape{oh, ow, oc}) != s {
		t.Fatalf("output %dx%dx%d, want %v", oh, ow, oc, s)
	}
	for round := range 2 { // the second finds the scratch of the first
		got, err := p.Run(context.Background(), in, nil)
		if err != nil {
			t.Fatalf("Run: %v", err)
		}
		if e := relativeError(got, want); e > 1e-5 {
			t.Fatalf("round %d: relative error %g", round, e)
		}
	}
}

// TestWholeNets runs small networks with every operation, at several sizes.
func TestWholeNets(t *testing.T) {
	pyramid := newBuilder(32, 48, 3)
	pyramid.conv(opSpec{In: -1, Add: -1, Cout: 24, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [2]int{1, 1}, Relu: true})
	high := pyramid.conv(opSpec{In: -1, Add: -1, Cout: 24, Kernel: [2]int{3, 3}, Pad: [2]int{1, 1}, Relu: true})
	pyramid.conv(opSpec{In: -1, Add: -1, Cout: 32, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [2]int{1, 1}, Relu: true})
	low := pyramid.conv(opSpec{In: -1, Add: -1, Cout: 24, Kernel: [2]int{1, 1}})
	sum := pyramid.up2add(low, high, 24)
	pyramid.conv(opSpec{In: sum, Add: high, Cout: 24, Kernel: [2]int{3, 3}, Pad: [2]int{1, 1}, Relu: true})
	pyramid.conv(opSpec{In: -1, Add: -1, Cout: 7, Kernel: [2]int{1, 1}})

	// The input is a summand: it must be padded to 16 channels.
	plain := newBuilder(6, 10, 5)
	plain.conv(opSpec{In: 0, Add: 0, Cout: 5, Kernel: [2]int{3, 3}, Pad: [2]int{1, 1}})
	plain.conv(opSpec{In: -1, Add: -1, Cout: 5, Kernel: [2]int{2, 2}, Stride: [2]int{2, 2}})
	plain.up2add(2, 0, 5)

	for _, c := range []struct {
		name string
		b    *builder
		h, w int
	}{
		{"pyramid", pyramid, 32, 48}, {"pyramid narrow", pyramid, 8, 4}, {"pyramid wide", pyramid, 12, 140},
		{"plain", plain, 6, 10}, {"plain tiny", plain, 2, 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			in := c.b.input(c.h, c.w)
			want, shape := c.b.reference(in, c.h, c.w)
			forEachISA(t, func(t *testing.T, s *isa) {
				run(t, c.b.net(t, s), c.h, c.w, in, want, shape)
			})
		})
	}
}

// TestWidths runs the same network at every width, so that every split into
// tiles occurs.
func TestWidths(t *testing.T) {
	b := newBuilder(3, 8, 16)
	b.conv(opSpec{In: -1, Add: -1, Cout: 48, Kernel: [2]int{3, 3}, Pad: [2]int{1, 1}, Relu: true})
	for w := 1; w <= 48; w++ {
		in := b.input(3, w)
		want, shape := b.reference(in, 3, w)
		for _, s := range available() {
			t.Run(fmt.Sprintf("%s/%d", s.name, w), func(t *testing.T) {
				run(t, b.net(t, s), 3, w, in, want, shape)
			})
		}
	}
}
