package nn

import (
	"context"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/vision/nn/peak"
)

// BenchmarkConv times single convolutions of the kinds that the networks have,
// for every set of kernels. %peak is the share of what the core reaches with
// multiply-adds alone, measured right before and after.
func BenchmarkConv(b *testing.B) {
	k3 := [2]int{3, 3}
	p1 := [2]int{1, 1}
	for _, c := range []struct {
		name string
		h, w int
		op   opSpec
	}{
		{"3x3_32-32_64x64", 64, 64, opSpec{Cin: 32, Cout: 32, Kernel: k3, Pad: p1, Relu: true}},
		{"3x3_64-64_56x88", 56, 88, opSpec{Cin: 64, Cout: 64, Kernel: k3, Pad: p1, Relu: true}},
		{"3x3_128-128_32x32", 32, 32, opSpec{Cin: 128, Cout: 128, Kernel: k3, Pad: p1, Relu: true}},
		{"3x3_128-128_4x88", 4, 88, opSpec{Cin: 128, Cout: 128, Kernel: k3, Pad: p1, Relu: true}},
		{"3x3s2_3-32_256x256", 256, 256, opSpec{Cin: 3, Cout: 32, Kernel: k3, Stride: [2]int{2, 2}, Pad: p1, Relu: true}},
		{"3x3s2_32-64_128x128", 128, 128, opSpec{Cin: 32, Cout: 64, Kernel: k3, Stride: [2]int{2, 2}, Pad: p1, Relu: true}},
		{"1x1_128-64_32x32", 32, 32, opSpec{Cin: 128, Cout: 64, Kernel: p1}},
		{"1x1_64-16_56x88", 56, 88, opSpec{Cin: 64, Cout: 16, Kernel: p1}},
		{"1x5d4_128-128_1x88", 1, 88, opSpec{Cin: 128, Cout: 128, Kernel: [2]int{1, 5}, Pad: [2]int{0, 8}, Dilation: [2]int{1, 4}, Relu: true}},
	} {
		for _, s := range available() {
			b.Run(c.name+"/"+s.name, func(b *testing.B) {
				m := newBuilder(c.h, c.w, c.op.Cin)
				o := c.op
				o.Add = -1
				m.conv(o)
				benchmark(b, m.net(b, s), c.h, c.w)
			})
		}
	}
}

// benchmark times the best of short pieces: other work on the machine slows
// some of them, and the peak is measured the same way.
func benchmark(b *testing.B, n *Net, h, w int) {
	p, err := n.Plan(h, w)
	if err != nil {
		b.Fatalf("Plan: %v", err)
	}
	_, _, c := n.InputShape()
	in := make([]float32, h*w*c)
	for i := range in {
		in[i] = float32(i%17) - 8
	}
	out, err := p.Run(context.Background(), in, nil)
	if err != nil {
		b.Fatalf("Run: %v", err)
	}
	top := peak.GFLOPS(n.isa.name)
	best := time.Duration(1 << 62)
	for b.Loop() {
		start := time.Now()
		if out, err = p.Run(context.Background(), in, out); err != nil {
			b.Fatalf("Run: %v", err)
		}
		best = min(best, time.Since(start))
	}
	top = max(top, peak.GFLOPS(n.isa.name))
	g := 2 * float64(p.MACs()) / best.Seconds() / 1e9
	b.ReportMetric(g, "GFLOP/s")
	if top > 0 {
		b.ReportMetric(100*g/top, "%peak")
	}
}
