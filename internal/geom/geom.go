// Package geom holds the plane geometry that recognition and drawing share:
// points, quadrilaterals and homographies. Coordinates are pixels, x to the
// right and y down; the centre of the first pixel is (0.5, 0.5).
package geom

import "math"

// Point is a position in pixels.
type Point struct{ X, Y float64 }

// Add returns p + q.
func (p Point) Add(q Point) Point { return Point{p.X + q.X, p.Y + q.Y} }

// Sub returns p - q.
func (p Point) Sub(q Point) Point { return Point{p.X - q.X, p.Y - q.Y} }

// Mul returns p scaled by k.
func (p Point) Mul(k float64) Point { return Point{p.X * k, p.Y * k} }

// Len returns the distance of p from the origin.
func (p Point) Len() float64 { return math.Hypot(p.X, p.Y) }

// Quad is a quadrilateral: top-left, top-right, bottom-right, bottom-left in
// the reading orientation of the thing it encloses, not of the image.
type Quad [4]Point

// RectQuad returns the axis-parallel quad of a rectangle.
func RectQuad(x, y, w, h float64) Quad {
	return Quad{{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}
}

// Center returns the mean of the corners.
func (q Quad) Center() Point {
	return q[0].Add(q[1]).Add(q[2]).Add(q[3]).Mul(0.25)
}

// Area returns the signed area: positive if the corners run clockwise on
// the screen, as they do for a card seen from its front.
func (q Quad) Area() float64 {
	s := 0.0
	for i, p := range q {
		n := q[(i+1)%4]
		s += p.X*n.Y - n.X*p.Y
	}
	return s / 2
}

// Convex reports whether the corners form a convex, clockwise outline.
func (q Quad) Convex() bool {
	for i := range q {
		a, b, c := q[i], q[(i+1)%4], q[(i+2)%4]
		if (b.X-a.X)*(c.Y-b.Y)-(b.Y-a.Y)*(c.X-b.X) <= 0 {
			return false
		}
	}
	return true
}

// Turn returns the same outline read after n quarter turns: Turn(2) is the
// card upside down.
func (q Quad) Turn(n int) Quad {
	var r Quad
	for i := range q {
		r[i] = q[(i+n%4+4)%4]
	}
	return r
}

// Width is the mean length of the upper and lower sides.
func (q Quad) Width() float64 { return (q[1].Sub(q[0]).Len() + q[2].Sub(q[3]).Len()) / 2 }

// Height is the mean length of the left and right sides.
func (q Quad) Height() float64 { return (q[3].Sub(q[0]).Len() + q[2].Sub(q[1]).Len()) / 2 }

// Bounds returns the enclosing axis-parallel rectangle.
func (q Quad) Bounds() Rect {
	r := Rect{q[0].X, q[0].Y, q[0].X, q[0].Y}
	for _, p := range q[1:] {
		r.X0, r.Y0 = math.Min(r.X0, p.X), math.Min(r.Y0, p.Y)
		r.X1, r.Y1 = math.Max(r.X1, p.X), math.Max(r.Y1, p.Y)
	}
	return r
}

// Rect is an axis-parallel rectangle.
type Rect struct{ X0, Y0, X1, Y1 float64 }

// W returns the width.
func (r Rect) W() float64 { return r.X1 - r.X0 }

// H returns the height.
func (r Rect) H() float64 { return r.Y1 - r.Y0 }

// Homography is a 3x3 projective map in row order, applied to column vectors.
type Homography [9]float64

// Identity maps every point to itself.
var Identity = Homography{1, 0, 0, 0, 1, 0, 0, 0, 1}

// Apply maps a point.
func (h Homography) Apply(p Point) Point {
	w := h[6]*p.X + h[7]*p.Y + h[8]
	return Point{(h[0]*p.X + h[1]*p.Y + h[2]) / w, (h[3]*p.X + h[4]*p.Y + h[5]) / w}
}

// Quad maps the corners of q.
func (h Homography) Quad(q Quad) Quad {
	for i, p := range q {
		q[i] = h.Apply(p)
	}
	return q
}

// Mul returns the map that applies g first and h after it.
func (h Homography) Mul(g Homography) Homography {
	var r Homography
	for i := range 3 {
		for j := range 3 {
			r[i*3+j] = h[i*3]*g[j] + h[i*3+1]*g[3+j] + h[i*3+2]*g[6+j]
		}
	}
	return r
}

// Inverse returns the inverse map; ok is false if h is singular.
func (h Homography) Inverse() (inv Homography, ok bool) {
	c := Homography{
		h[4]*h[8] - h[5]*h[7], h[2]*h[7] - h[1]*h[8], h[1]*h[5] - h[2]*h[4],
		h[5]*h[6] - h[3]*h[8], h[0]*h[8] - h[2]*h[6], h[2]*h[3] - h[0]*h[5],
		h[3]*h[7] - h[4]*h[6], h[1]*h[6] - h[0]*h[7], h[0]*h[4] - h[1]*h[3],
	}
	det := h[0]*c[0] + h[1]*c[3] + h[2]*c[6]
	if math.Abs(det) < 1e-18 || math.IsNaN(det) {
		return Identity, false
	}
	for i := range c {
		c[i] /= det
	}
	return c, true
}

// squareTo maps the unit square's corners (0,0) (1,0) (1,1) (0,1) to q
// (Heckbert 1989, section 2.2.3).
func squareTo(q Quad) (Homography, bool) {
	sx := q[0].X - q[1].X + q[2].X - q[3].X
	sy := q[0].Y - q[1].Y + q[2].Y - q[3].Y
	dx1, dx2 := q[1].X-q[2].X, q[3].X-q[2].X
	dy1, dy2 := q[1].Y-q[2].Y, q[3].Y-q[2].Y
	den := dx1*dy2 - dx2*dy1
	if math.Abs(den) < 1e-12 {
		return Identity, false
	}
	g := (sx*dy2 - dx2*sy) / den
	k := (dx1*sy - sx*dy1) / den
	return Homography{
		q[1].X - q[0].X + g*q[1].X, q[3].X - q[0].X + k*q[3].X, q[0].X,
		q[1].Y - q[0].Y + g*q[1].Y, q[3].Y - q[0].Y + k*q[3].Y, q[0].Y,
		g, k, 1,
	}, true
}

// QuadToQuad returns the homography that takes the corners of src to those of
// dst; ok is false if either is degenerate.
func QuadToQuad(src, dst Quad) (h Homography, ok bool) {
	a, ok1 := squareTo(src)
	b, ok2 := squareTo(dst)
	inv, ok3 := a.Inverse()
	if !ok1 || !ok2 || !ok3 {
		return Identity, false
	}
	return b.Mul(inv), true
}

// Contains reports whether a point lies in a convex quad or on its edge.
func (q Quad) Contains(p Point) bool {
	for k := range q {
		a, b := q[k], q[(k+1)%4]
		if (b.X-a.X)*(p.Y-a.Y)-(b.Y-a.Y)*(p.X-a.X) < 0 {
			return false
		}
	}
	return true
}

// Around returns the quad from the first to the last of quads if they stand on
// one line, and the bounds of all if not.
func Around(quads []Quad) Quad {
	first, last := quads[0], quads[len(quads)-1]
	q := Quad{first[0], last[1], last[2], first[3]}
	onLine := q.Convex() && q.Height() < 2*first.Height()
	b := first.Bounds()
	for _, other := range quads[1:] {
		onLine = onLine && q.Contains(other.Center())
		o := other.Bounds()
		b.X0, b.Y0 = math.Min(b.X0, o.X0), math.Min(b.Y0, o.Y0)
		b.X1, b.Y1 = math.Max(b.X1, o.X1), math.Max(b.Y1, o.Y1)
	}
	if onLine {
		return q
	}
	return RectQuad(b.X0, b.Y0, b.W(), b.H())
}
