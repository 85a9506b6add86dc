package raster

// Mask is a one-channel map: coverage in 0..1, or any scalar field.
type Mask struct {
	W, H int
	Pix  []float32
	pen  pen
	tmp  []float32
}

// NewMask returns an empty mask.
func NewMask(w, h int) *Mask { return &Mask{W: w, H: h, Pix: make([]float32, w*h)} }

// Reset makes the mask w by h, keeping its memory; the content is undefined.
func (m *Mask) Reset(w, h int) {
	m.W, m.H = w, h
	m.Pix = grow(m.Pix, w*h)
}

// Clear makes every value zero.
func (m *Mask) Clear() { clear(m.Pix) }

// Fill makes every value v.
func (m *Mask) Fill(v float32) {
	for i := range m.Pix {
		m.Pix[i] = v
	}
}

// Clone returns an independent copy.
func (m *Mask) Clone() *Mask {
	c := NewMask(m.W, m.H)
	copy(c.Pix, m.Pix)
	return c
}

// CopyFrom makes m equal to src.
func (m *Mask) CopyFrom(src *Mask) {
	m.Reset(src.W, src.H)
	copy(m.Pix, src.Pix)
}

// At returns the value at a pixel inside the mask.
func (m *Mask) At(x, y int) float32 { return m.Pix[y*m.W+x] }

// Scale multiplies every value.
func (m *Mask) Scale(k float32) {
	for i := range m.Pix {
		m.Pix[i] *= k
	}
}

// Invert turns every value v to 1-v.
func (m *Mask) Invert() {
	for i, v := range m.Pix {
		m.Pix[i] = 1 - v
	}
}

// Multiply scales m by n, which has its size: the intersection of coverages.
func (m *Mask) Multiply(n *Mask) {
	for i, v := range n.Pix[:len(m.Pix)] {
		m.Pix[i] *= v
	}
}

// Union lays n at (x, y) over m, as opaque coverage does.
func (m *Mask) Union(n *Mask, x, y int) {
	x0, y0, x1, y1 := clip(x, y, n.W, n.H, m.W, m.H)
	for j := y0; j < y1; j++ {
		for i := x0; i < x1; i++ {
			p := &m.Pix[j*m.W+i]
			*p += n.Pix[(j-y)*n.W+i-x] * (1 - *p)
		}
	}
}

// Sample reads the mask bilinearly at pixel-centre coordinates, edges extended.
func (m *Mask) Sample(x, y float32) float32 {
	x = min(max(x, 0), float32(m.W-1))
	y = min(max(y, 0), float32(m.H-1))
	x0, y0 := int(x), int(y)
	u, v := x-float32(x0), y-float32(y0)
	x1, y1 := min(x0+1, m.W-1), min(y0+1, m.H-1)
	a, b := m.Pix[y0*m.W:], m.Pix[y1*m.W:]
	t := a[x0] + (a[x1]-a[x0])*u
	return t + (b[x0]+(b[x1]-b[x0])*u-t)*v
}
