package nn

import "slices"

// maxPlans bounds the cache of a Net. Further sizes are planned on every call,
// which costs some microseconds.
const maxPlans = 256

// Plan is a network laid out for one input size.
type Plan struct {
	net     *Net
	buffers []buffer
	steps   []step
	arena   int // float32 of scratch that a Run needs
}

// buffer is the place of one NHWC tensor in the scratch of a Run.
type buffer struct {
	shape
	border
	pix    int // floats from pixel to pixel
	pitch  int // floats from row to row
	origin int // index of pixel (0, 0) in the scratch
	start  int // index of the first float of the border
	size   int // floats, border included
}

// border is the width of the zeros around a buffer, in pixels.
type border struct{ top, left, bottom, right int }

// at returns the index of a pixel in the scratch; border pixels are in range.
func (b *buffer) at(y, x int) int { return b.origin + y*b.pitch + x*b.pix }

// step is a layer with everything that depends on the input size resolved.
type step struct {
	*layer
	out     int // buffer
	runs    int
	runLen  int
	jumps   []int64
	tiles   []tile
	byPanel bool
}

// tile is a span of output columns.
type tile struct{ x, n int }

// Plan lays the network out for an input of h by w pixels. It is cheap, and
// cached for the sizes seen first. The error wraps ErrShape.
func (n *Net) Plan(h, w int) (*Plan, error) {
	key := [2]int{h, w}
	n.mu.RLock()
	p := n.plans[key]
	n.mu.RUnlock()
	if p != nil {
		return p, nil
	}
	p, err := n.plan(h, w)
	if err != nil {
		return nil, err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if len(n.plans) < maxPlans {
		n.plans[key] = p
	}
	return p, nil
}

func (n *Net) plan(h, w int) (*Plan, error) {
	if !within(h, 1, maxSide) || !within(w, 1, maxSide) {
		return nil, misshapen("input of %dx%d", h, w)
	}
	p := &Plan{net: n, buffers: make([]buffer, len(n.layers)+1)}
	p.buffers[0].shape = shape{h, w, n.in.c}
	for i := range n.layers {
		s, err := p.outShape(&n.layers[i])
		if err != nil {
			return nil, err
		}
		p.buffers[i+1].shape = s
		p.widenBorder(&n.layers[i], s)
	}
	for i := range p.buffers {
		b := &p.buffers[i]
		b.pix = n.pixelStep[i]
		b.pitch = (b.left + b.w + b.right) * b.pix
		// Compared by division: the product may not fit an int of 32 bits.
		if b.pitch > maxBuffer/(b.top+b.h+b.bottom) {
			return nil, misshapen("input of %dx%d needs a buffer of more than %d floats", h, w, maxBuffer)
		}
		b.size = (b.top + b.h + b.bottom) * b.pitch
	}
	if err := p.place(); err != nil {
		return nil, err
	}
	p.steps = make([]step, len(n.layers))
	for i := range n.layers {
		p.steps[i] = p.resolve(&n.layers[i], i+1)
	}
	return p, nil
}

// outShape returns the size that l writes.
func (p *Plan) outShape(l *layer) (shape, error) {
	in := p.buffers[l.In].shape
	if l.Op == opUp2Add {
		add := p.buffers[l.Add].shape
		if add.h != 2*in.h || add.w != 2*in.w {
			return shape{}, misshapen("%s: twice %dx%d is not %dx%d", l.Op, in.h, in.w, add.h, add.w)
		}
		return add, nil
	}
	h := convSide(in.h, l.Kernel[0], l.Stride[0], l.Pad[0], l.Dilation[0])
	w := convSide(in.w, l.Kernel[1], l.Stride[1], l.Pad[1], l.Dilation[1])
	if h < 1 || w < 1 {
		return shape{}, misshapen("%s: kernel %v on %dx%d", l.Op, l.Kernel, in.h, in.w)
	}
	if l.Add >= 0 {
		if a := p.buffers[l.Add].shape; a.h != h || a.w != w {
			return shape{}, misshapen("%s: adds %dx%d to %dx%d", l.Op, a.h, a.w, h, w)
		}
	}
	return shape{h, w, l.Cout}, nil
}

func convSide(in, kernel, stride, pad, dilation int) int {
	span := in + 2*pad - dilation*(kernel-1) - 1
	if span < 0 {
		return 0
	}
	return span/stride + 1
}

// widenBorder makes the border of the input of l as wide as l reaches.
func (p *Plan) widenBorder(l *layer, out shape) {
	if l.Op != opConv {
		return
	}
	b := &p.buffers[l.In]
	reach := func(axis, in, out int) int {
		last := (out-1)*l.Stride[axis] - l.Pad[axis] + (l.Kernel[axis]-1)*l.Dilation[axis]
		return max(0, last-(in-1))
	}
	b.top, b.left = max(b.top, l.Pad[0]), max(b.left, l.Pad[1])
	b.bottom, b.right = max(b.bottom, reach(0, b.h, out.h)), max(b.right, reach(1, b.w, out.w))
}

// place gives every buffer its part of the scratch, first fit, so that those
// that live at the same time do not overlap. A buffer lives from the step that
// writes it to the last that reads it, both included.
func (p *Plan) place() error {
	last := make([]int, len(p.buffers))
	for i := range p.net.layers {
		l := &p.net.layers[i]
		last[i+1] = i + 1 // a result that no step reads is still written
		last[l.In] = max(last[l.In], i+1)
		if l.Add >= 0 {
			last[l.Add] = max(last[l.Add], i+1)
		}
	}
	last[p.net.out] = len(p.buffers)
	var alive []int // by start
	for i := range p.buffers {
		alive = slices.DeleteFunc(alive, func(j int) bool { return last[j] < i })
		b, start, pos := &p.buffers[i], 0, 0
		for ; pos < len(alive); pos++ {
			o := &p.buffers[alive[pos]]
			if start+b.size <= o.start {
				break
			}
			start = pad16(o.start + o.size)
		}
		alive = slices.Insert(alive, pos, i)
		b.start = start
		b.origin = start + b.top*b.pitch + b.left*b.pix
		if start > maxArena-b.size {
			return misshapen("input needs more than %d floats of scratch", maxArena)
		}
		p.arena = max(p.arena, start+b.size)
	}
	return nil
}

// cacheBudget is how many floats of weights may be streamed for every output
// row: half of a small second-level cache.
const cacheBudget = 512 << 10 / floatBytes / 2

func (p *Plan) resolve(l *layer, out int) step {
	s := step{layer: l, out: out}
	if l.Op != opConv {
		return s
	}
	in, dst := &p.buffers[l.In], &p.buffers[out]
	kh, kw := l.Kernel[0], l.Kernel[1]
	taps := kw // in a run
	if l.perTap {
		taps = 1
	}
	s.runLen = taps * l.Cin
	s.runs = kh * kw / taps
	s.jumps = make([]int64, s.runs)
	where := func(run int) int { // floats from the first tap
		ky, kx := run*taps/kw, run*taps%kw
		return ky*l.Dilation[0]*in.pitch + kx*l.Dilation[1]*in.pix
	}
	for r := range s.runs - 1 {
		s.jumps[r] = int64(where(r+1)-where(r)-s.runLen) * floatBytes
	}
	// Tiles of about the same width: a narrow last tile would waste registers.
	rows := p.net.isa.rows
	n := (dst.w + rows - 1) / rows
	for t := range n {
		x0, x1 := dst.w*t/n, dst.w*(t+1)/n
		s.tiles = append(s.tiles, tile{x0, x1 - x0})
	}
	weights := 0
	for _, q := range l.panels {
		weights += len(q.weights)
	}
	s.byPanel = weights > cacheBudget
	return s
}

// InShape returns the input size of the plan.
func (p *Plan) InShape() (h, w, c int) {
	s := p.buffers[0].shape
	return s.h, s.w, s.c
}

// OutShape returns the size of the result.
func (p *Plan) OutShape() (h, w, c int) {
	s := p.buffers[p.net.out].shape
	return s.h, s.w, s.c
}

// MACs returns the number of multiply-accumulates of one Run, without those
// that padding adds.
func (p *Plan) MACs() int64 {
	var n int64
	for _, s := range p.steps {
		if s.Op == opConv {
			o := p.buffers[s.out].shape
			n += int64(o.h) * int64(o.w) * int64(s.Cout) * int64(s.Cin) * int64(s.Kernel[0]*s.Kernel[1])
		}
	}
	return n
}
