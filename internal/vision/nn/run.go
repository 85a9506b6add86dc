package nn

import (
	"context"
	"sync"
	"unsafe"
)

// scratch is what one Run needs for itself.
type scratch struct {
	floats []float32
	conv   kernelArgs
	up2    up2Args
}

// scratches is shared by all networks: a Run takes one, makes it larger if
// needed, and gives it back.
var scratches = sync.Pool{New: func() any { return new(scratch) }}

// Run computes the network for in, h*w*c floats in NHWC order, into dst and
// returns it. A dst that is too small is replaced. Run checks ctx between
// operations. The error is that of ctx, or wraps ErrShape.
func (p *Plan) Run(ctx context.Context, in, dst []float32) ([]float32, error) {
	b := &p.buffers[0]
	if len(in) != b.h*b.w*b.c {
		return nil, misshapen("input of %d floats, want %dx%dx%d", len(in), b.h, b.w, b.c)
	}
	s := scratches.Get().(*scratch)
	defer func() {
		s.conv, s.up2 = kernelArgs{}, up2Args{} // they point into plans
		scratches.Put(s)
	}()
	if len(s.floats) < p.arena {
		s.floats = alignedFloats(p.arena)
	}
	b.clearBorder(s.floats)
	copyIn(s.floats, b, in)
	for i := range p.steps {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		st := &p.steps[i]
		p.buffers[st.out].clearBorder(s.floats)
		if st.Op == opConv {
			p.conv(s, st)
		} else {
			p.up2add(s, st)
		}
	}
	return copyOut(dst, &p.buffers[p.net.out], s.floats), nil
}

// clearBorder zeroes the border of b, where another buffer may have been.
func (b *buffer) clearBorder(f []float32) {
	if b.border == (border{}) {
		return
	}
	f = f[b.start : b.start+b.size]
	row := b.w * b.pix
	gap := b.pitch - row // the right border of one row and the left one of the next
	first := b.top*b.pitch + b.left*b.pix
	clear(f[:first])
	if gap > 0 {
		for i := first + row; i+gap <= len(f); i += b.pitch {
			clear(f[i : i+gap])
		}
	}
	clear(f[first+(b.h-1)*b.pitch+row:])
}

func copyIn(f []float32, b *buffer, in []float32) {
	for y := range b.h {
		row := in[y*b.w*b.c : (y+1)*b.w*b.c]
		if b.pix == b.c {
			copy(f[b.at(y, 0):], row)
			continue
		}
		for x := range b.w {
			d := f[b.at(y, x):b.at(y, x+1)]
			clear(d[copy(d, row[x*b.c:(x+1)*b.c]):])
		}
	}
}

func copyOut(dst []float32, b *buffer, f []float32) []float32 {
	n := b.h * b.w * b.c
	if cap(dst) < n {
		dst = make([]float32, n)
	}
	dst = dst[:n]
	d := dst
	for y := range b.h {
		for x := range b.w {
			i := b.at(y, x)
			copy(d[:b.c], f[i:i+b.c])
			d = d[b.c:]
		}
	}
	return dst
}

func (p *Plan) conv(s *scratch, st *step) {
	in, out := &p.buffers[st.In], &p.buffers[st.out]
	a := &s.conv
	*a = kernelArgs{
		srcStep: uintptr(st.Stride[1] * in.pix * floatBytes),
		dstStep: uintptr(out.pix * floatBytes),
		runs:    st.runs,
		runLen:  st.runLen,
		jumps:   unsafe.Pointer(&st.jumps[0]),
		floor:   st.floor,
	}
	if st.byPanel {
		for i := range st.panels {
			for y := range out.h {
				p.convRow(s, st, &st.panels[i], y)
			}
		}
		return
	}
	for y := range out.h {
		for i := range st.panels {
			p.convRow(s, st, &st.panels[i], y)
		}
	}
}

// convRow computes the channels of one panel for one output row.
func (p *Plan) convRow(s *scratch, st *step, q *panel, y int) {
	in, out := &p.buffers[st.In], &p.buffers[st.out]
	a, f := &s.conv, s.floats
	a.weights, a.bias, a.width = unsafe.Pointer(&q.weights[0]), unsafe.Pointer(&q.bias[0]), q.width
	y0 := y*st.Stride[0] - st.Pad[0]
	for _, t := range st.tiles {
		a.rows = t.n
		a.src = unsafe.Pointer(&f[in.at(y0, t.x*st.Stride[1]-st.Pad[1])])
		a.dst = unsafe.Pointer(&f[out.at(y, t.x)+q.channel])
		if st.Add >= 0 {
			a.residual = unsafe.Pointer(&f[p.buffers[st.Add].at(y, t.x)+q.channel])
		}
		q.kernels[t.n](a)
	}
}

func (p *Plan) up2add(s *scratch, st *step) {
	low, skip, out := &p.buffers[st.In], &p.buffers[st.Add], &p.buffers[st.out]
	a, f := &s.up2, s.floats
	*a = up2Args{pixels: low.w, blocks: low.pix / blockChannels}
	for y := range out.h {
		a.dst = unsafe.Pointer(&f[out.at(y, 0)])
		a.low = unsafe.Pointer(&f[low.at(y/2, 0)])
		a.skip = unsafe.Pointer(&f[skip.at(y, 0)])
		p.net.isa.up2(a)
	}
}
