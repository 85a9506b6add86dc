package raster

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
)

// pen rasterises closed outlines by accumulating signed areas per scanline:
// every edge adds its exact coverage to the pixels it crosses, and a running
// sum over the row yields anti-aliased coverage. Outlines of one orientation
// that overlap merge, since sums above 1 are cut.
type pen struct {
	acc            []float32
	x0, y0, x1, y1 int // clipped box
	stride         int
}

// open prepares the box that the points can touch; false when it is outside.
func (p *pen) open(b geom.Rect, w, h int) bool {
	lim := func(v float64) float64 { return min(max(v, -1e6), 1e6) }
	p.x0, p.y0 = max(0, int(math.Floor(lim(b.X0)))), max(0, int(math.Floor(lim(b.Y0))))
	p.x1, p.y1 = min(w, int(math.Ceil(lim(b.X1)))+1), min(h, int(math.Ceil(lim(b.Y1)))+1)
	if p.x1 <= p.x0 || p.y1 <= p.y0 {
		return false
	}
	p.stride = p.x1 - p.x0 + 2
	p.acc = grow(p.acc, p.stride*(p.y1-p.y0))
	clear(p.acc)
	return true
}

func (p *pen) edge(a, b geom.Point) {
	ax, ay := float32(a.X)-float32(p.x0), float32(a.Y)-float32(p.y0)
	bx, by := float32(b.X)-float32(p.x0), float32(b.Y)-float32(p.y0)
	if ay == by {
		return
	}
	dir := float32(1)
	if ay > by {
		ax, ay, bx, by, dir = bx, by, ax, ay, -1
	}
	h, w := float32(p.y1-p.y0), float32(p.x1-p.x0)
	if by <= 0 || ay >= h {
		return
	}
	dxdy := (bx - ax) / (by - ay)
	x := ax
	if ay < 0 {
		x -= ay * dxdy
		ay = 0
	}
	by = min(by, h)
	for y := int(ay); float32(y) < by; y++ {
		dy := min(float32(y+1), by) - max(float32(y), ay)
		xn := x + dxdy*dy
		p.span(p.acc[y*p.stride:(y+1)*p.stride], x, xn, dir*dy, w)
		x = xn
	}
}

// span spreads the signed height d of an edge running from x to xn in one row.
func (p *pen) span(row []float32, x, xn, d, w float32) {
	l, r := min(x, xn), max(x, xn)
	if r <= 0 {
		row[0] += d
		return
	}
	if l >= w {
		return
	}
	l, r = max(l, 0), min(r, w)
	i0, i1 := int(l), int(r)
	if i1 <= i0 || r-l < 1e-4 {
		m := (l+r)*0.5 - float32(i0)
		row[i0] += d * (1 - m)
		row[i0+1] += d * m
		return
	}
	inv := d / (r - l)
	prev := float32(0)
	for i := i0; i <= i1 && i < p.stride-1; i++ {
		// coverage to the right of the edge within this pixel column
		a, b := max(l, float32(i)), min(r, float32(i+1))
		part := inv * (b - a)
		m := (a+b)*0.5 - float32(i)
		row[i] += prev + part*(1-m)
		prev = part * m
	}
	if i1+1 < p.stride {
		row[i1+1] += prev
	}
}

// each calls f with every covered pixel of the box.
func (p *pen) each(f func(x, y int, cover float32)) {
	for y := p.y0; y < p.y1; y++ {
		row := p.acc[(y-p.y0)*p.stride:]
		s := float32(0)
		for x := p.x0; x < p.x1; x++ {
			s += row[x-p.x0]
			if c := s; c > 0.004 {
				f(x, y, min(c, 1))
			} else if c < -0.004 {
				f(x, y, min(-c, 1))
			}
		}
	}
}

func bounds(pts []geom.Point, pad float64) geom.Rect {
	r := geom.Rect{X0: math.Inf(1), Y0: math.Inf(1), X1: math.Inf(-1), Y1: math.Inf(-1)}
	for _, q := range pts {
		r.X0, r.Y0 = min(r.X0, q.X-pad), min(r.Y0, q.Y-pad)
		r.X1, r.Y1 = max(r.X1, q.X+pad), max(r.Y1, q.Y+pad)
	}
	return r
}

func (p *pen) polygon(pts []geom.Point, w, h int) bool {
	if len(pts) < 3 || !p.open(bounds(pts, 0), w, h) {
		return false
	}
	for i, q := range pts {
		p.edge(q, pts[(i+1)%len(pts)])
	}
	return true
}

// stroke draws each segment as a rectangle of one orientation, and a disc at
// the joints of broad lines.
func (p *pen) stroke(pts []geom.Point, width float64, closed bool, w, h int) bool {
	r := width / 2
	if len(pts) < 2 || !p.open(bounds(pts, r+1), w, h) {
		return false
	}
	n := len(pts)
	last := n - 1
	if closed {
		last = n
	}
	for i := range last {
		a, b := pts[i], pts[(i+1)%n]
		d := b.Sub(a)
		l := d.Len()
		if l < 1e-9 {
			continue
		}
		nx, ny := -d.Y/l*r, d.X/l*r
		q := [4]geom.Point{{X: a.X + nx, Y: a.Y + ny}, {X: a.X - nx, Y: a.Y - ny}, {X: b.X - nx, Y: b.Y - ny}, {X: b.X + nx, Y: b.Y + ny}}
		for k := range q {
			p.edge(q[k], q[(k+1)%4])
		}
		if width > 2 && (i > 0 || closed) {
			p.disc(a, r)
		}
	}
	return true
}

func (p *pen) disc(c geom.Point, r float64) {
	const n = 12
	prev := geom.Point{X: c.X + r, Y: c.Y}
	for k := 1; k <= n; k++ {
		s, co := math.Sincos(2 * math.Pi * float64(k) / n)
		q := geom.Point{X: c.X + r*co, Y: c.Y + r*s}
		p.edge(prev, q)
		prev = q
	}
}

// EllipsePoints returns the outline of an ellipse turned by angle (radians).
func EllipsePoints(cx, cy, rx, ry, angle float64) []geom.Point {
	return ArcPoints(cx, cy, rx, ry, angle, 0, 2*math.Pi)
}

// ArcPoints returns points along an elliptic arc from parameter a to b.
func ArcPoints(cx, cy, rx, ry, angle, a, b float64) []geom.Point {
	n := 8 + int(min(90, math.Abs(b-a)*math.Sqrt(max(rx, ry))*1.5))
	sa, ca := math.Sincos(angle)
	pts := make([]geom.Point, n)
	for i := range pts {
		s, c := math.Sincos(a + (b-a)*float64(i)/float64(n-1))
		x, y := rx*c, ry*s
		pts[i] = geom.Point{X: cx + x*ca - y*sa, Y: cy + x*sa + y*ca}
	}
	return pts
}

// RoundRectPoints returns the outline of a rectangle with rounded corners.
func RoundRectPoints(x, y, w, h, r float64) []geom.Point {
	r = min(r, w/2, h/2)
	if r <= 0.01 {
		return []geom.Point{{X: x, Y: y}, {X: x + w, Y: y}, {X: x + w, Y: y + h}, {X: x, Y: y + h}}
	}
	var pts []geom.Point
	cs := [4]geom.Point{{X: x + w - r, Y: y + h - r}, {X: x + r, Y: y + h - r}, {X: x + r, Y: y + r}, {X: x + w - r, Y: y + r}}
	for i, c := range cs {
		const n = 6
		for k := 0; k <= n; k++ {
			s, co := math.Sincos(math.Pi / 2 * (float64(i) + float64(k)/n))
			pts = append(pts, geom.Point{X: c.X + r*co, Y: c.Y + r*s})
		}
	}
	return pts
}
