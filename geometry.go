package kahao

// Point is a position in pixels of the image: x to the right, y down. The
// centre of the first pixel is (0.5, 0.5).
type Point struct{ X, Y float64 }

// Quad is a quadrilateral in pixels of the image: top-left, top-right,
// bottom-right and bottom-left corner in the reading direction of what it
// encloses. So it also says which way is up.
type Quad [4]Point

// Center returns the mean of the corners.
func (q Quad) Center() Point {
	var c Point
	for _, p := range q {
		c.X, c.Y = c.X+p.X/4, c.Y+p.Y/4
	}
	return c
}

// Bounds returns the smallest Rect around the quad.
func (q Quad) Bounds() Rect {
	r := Rect{q[0].X, q[0].Y, q[0].X, q[0].Y}
	for _, p := range q[1:] {
		r.X0, r.Y0 = min(r.X0, p.X), min(r.Y0, p.Y)
		r.X1, r.Y1 = max(r.X1, p.X), max(r.Y1, p.Y)
	}
	return r
}

// Rect is an axis-parallel rectangle in pixels of the image.
type Rect struct{ X0, Y0, X1, Y1 float64 }

// Width returns the rectangle's width.
func (r Rect) Width() float64 { return r.X1 - r.X0 }

// Height returns the rectangle's height.
func (r Rect) Height() float64 { return r.Y1 - r.Y0 }
