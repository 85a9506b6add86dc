package nn

import (
	"context"
	"errors"
	"sync"
	"testing"
)

// countdown is a context that is cancelled after some looks at it.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// TestCancel cancels before each operation in turn.
func TestCancel(t *testing.T) {
	b := small()
	n := b.net(t, available()[0])
	p, err := n.Plan(4, 6)
	if err != nil {
		t.Fatalf("Plan: %v", err)
	}
	in := b.input(4, 6)
	for left := range len(b.ops) {
		ctx := &countdown{context.Background(), left}
		out, err := p.Run(ctx, in, nil)
		if !errors.Is(err, context.Canceled) || out != nil {
			t.Errorf("after %d looks: %v, %v", left, out, err)
		}
		if ctx.left != -1 {
			t.Errorf("went on for %d operations after it was cancelled", -1-ctx.left)
		}
	}
	if _, err := p.Run(&countdown{context.Background(), len(b.ops)}, in, nil); err != nil {
		t.Errorf("never cancelled: %v", err)
	}
}

// TestDst checks that the result lands in the slice of the caller, and in no
// other place of it.
func TestDst(t *testing.T) {
	b := small()
	p, err := b.net(t, available()[0]).Plan(4, 6)
	if err != nil {
		t.Fatalf("net: %v", err)
	}
	in := b.input(4, 6)
	fresh, err := p.Run(context.Background(), in, nil)
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	dst := make([]float32, len(fresh)+9)
	for i := range dst {
		dst[i] = sentinel
	}
	out, err := p.Run(context.Background(), in, dst[:0])
	if err != nil || len(out) != len(fresh) || &out[0] != &dst[0] {
		t.Fatalf("%d floats, %v", len(out), err)
	}
	for i, v := range dst {
		want := sentinel
		if i < len(fresh) {
			want = fresh[i]
		}
		if v != want {
			t.Fatalf("float %d: %g, want %g", i, v, want)
		}
	}
}

// TestShared runs two networks of one Set of scratch at many sizes from many
// goroutines; each must get what it gets alone.
func TestShared(t *testing.T) {
	b := newBuilder(8, 8, 3)
	b.conv(opSpec{In: -1, Add: -1, Cout: 20, Kernel: [2]int{3, 3}, Pad: [2]int{1, 1}, Relu: true})
	b.conv(opSpec{In: -1, Add: 1, Cout: 20, Kernel: [2]int{3, 3}, Pad: [2]int{1, 1}, Relu: true})
	b.conv(opSpec{In: -1, Add: -1, Cout: 4, Kernel: [2]int{5, 5}, Pad: [2]int{2, 2}})
	n := b.net(t, available()[0])
	var wg sync.WaitGroup
	for size := 1; size <= 24; size++ {
		in := b.input(size, 25-size)
		p, err := b.net(t, available()[0]).Plan(size, 25-size)
		if err != nil {
			t.Fatalf("net: %v", err)
		}
		alone, err := p.Run(context.Background(), in, nil)
		if err != nil {
			t.Fatalf("Run: %v", err)
		}
		wg.Go(func() {
			for range 20 {
				p, err := n.Plan(size, 25-size)
				if err != nil {
					t.Errorf("Plan: %v", err)
					return
				}
				out, err := p.Run(context.Background(), in, nil)
				if err != nil {
					t.Errorf("Run: %v", err)
					return
				}
				for i := range alone {
					if out[i] != alone[i] {
						t.Errorf("size %d, float %d: %g, alone %g", size, i, out[i], alone[i])
						return
					}
				}
			}
		})
	}
	wg.Wait()
}

// TestPlacement checks, for every step, that the buffers which hold something
// then have memory of their own.
func TestPlacement(t *testing.T) {
	pyramid := newBuilder(32, 32, 3)
	high := pyramid.conv(opSpec{In: -1, Add: -1, Cout: 24, Kernel: [2]int{3, 3}, Pad: [2]int{1, 1}})
	pyramid.conv(opSpec{In: -1, Add: -1, Cout: 24, Kernel: [2]int{3, 3}, Stride: [2]int{2, 2}, Pad: [2]int{1, 1}})
	pyramid.conv(opSpec{In: -1, Add: 2, Cout: 24, Kernel: [2]int{3, 3}, Pad: [2]int{1, 1}})
	pyramid.conv(opSpec{In: -1, Add: 3, Cout: 24, Kernel: [2]int{1, 1}})
	pyramid.up2add(4, high, 24)
	pyramid.conv(opSpec{In: -1, Add: high, Cout: 24, Kernel: [2]int{5, 5}, Pad: [2]int{2, 2}})
	pyramid.conv(opSpec{In: -1, Add: -1, Cout: 3, Kernel: [2]int{1, 1}})
	for _, b := range []*builder{small(), pyramid} {
		p, err := b.net(t, generic).Plan(b.in.h, b.in.w)
		if err != nil {
			t.Fatalf("net: %v", err)
		}
		needed := func(buffer, step int) bool { // by the step, a later one or the caller
			if buffer == len(b.ops) {
				return true
			}
			for _, o := range b.ops[step:] {
				if o.In == buffer || o.Add == buffer {
					return true
				}
			}
			return false
		}
		for step := range b.ops {
			for i := range step + 2 { // step writes buffer step+1
				for j := range i {
					if i <= step && !needed(i, step) || !needed(j, step) {
						continue
					}
					x, y := &p.buffers[i], &p.buffers[j]
					if x.start < y.start+y.size && y.start < x.start+x.size {
						t.Errorf("step %d: buffers %d and %d overlap", step, i, j)
					}
				}
			}
		}
		for i := range p.buffers {
			if x := &p.buffers[i]; x.start%16 != 0 || x.start+x.size > p.arena {
				t.Errorf("buffer %d: %d floats at %d of %d", i, x.size, x.start, p.arena)
			}
		}
	}
}

// TestPlanCache checks that sizes past the bound of the cache still work.
func TestPlanCache(t *testing.T) {
	b := newBuilder(1, 1, 1)
	b.conv(opSpec{In: -1, Add: -1, Cout: 1, Kernel: [2]int{1, 1}})
	n := b.net(t, generic)
	for w := 1; w <= maxPlans+10; w++ {
		p, err := n.Plan(1, w)
		if err != nil {
			t.Fatalf("Plan: %v", err)
		}
		if _, got, _ := p.OutShape(); got != w {
			t.Fatalf("width %d: %d", w, got)
		}
	}
	if len(n.plans) != maxPlans {
		t.Errorf("%d plans in the cache", len(n.plans))
	}
	if p, _ := n.Plan(1, 5); p != n.plans[[2]int{1, 5}] {
		t.Error("a cached plan is planned again")
	}
}

// TestSteadyStateAllocs: a Run into a slice of the caller allocates nothing
// once the scratch is there.
func TestSteadyStateAllocs(t *testing.T) {
	b := small()
	p, err := b.net(t, available()[0]).Plan(4, 6)
	if err != nil {
		t.Fatalf("net: %v", err)
	}
	in, ctx := b.input(4, 6), context.Background()
	out, err := p.Run(ctx, in, nil)
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	// The pool may lose the scratch to a garbage collection now and then, and
	// loses every fourth under the race detector.
	if n := testing.AllocsPerRun(100, func() { out, _ = p.Run(ctx, in, out) }); n >= 1 {
		t.Errorf("%g allocations per run", n)
	}
}
