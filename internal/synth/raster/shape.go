package raster

import "github.com/kahao/kahao/internal/geom"

func (im *Image) paint(c Color, alpha float32) {
	im.pen.each(func(x, y int, a float32) {
		a *= alpha
		q := im.Pix[(y*im.W+x)*3:]
		q[0] += a * (c[0] - q[0])
		q[1] += a * (c[1] - q[1])
		q[2] += a * (c[2] - q[2])
	})
}

// Polygon fills a closed outline.
func (im *Image) Polygon(pts []geom.Point, c Color, alpha float32) {
	if im.pen.polygon(pts, im.W, im.H) {
		im.paint(c, alpha)
	}
}

// Stroke draws a line of the given width along the points.
func (im *Image) Stroke(pts []geom.Point, width float64, closed bool, c Color, alpha float32) {
	if im.pen.stroke(pts, width, closed, im.W, im.H) {
		im.paint(c, alpha)
	}
}

// Ellipse fills an ellipse turned by angle (radians).
func (im *Image) Ellipse(cx, cy, rx, ry, angle float64, c Color, alpha float32) {
	im.Polygon(EllipsePoints(cx, cy, rx, ry, angle), c, alpha)
}

// RoundRect fills a rectangle with rounded corners.
func (im *Image) RoundRect(x, y, w, h, r float64, c Color, alpha float32) {
	im.Polygon(RoundRectPoints(x, y, w, h, r), c, alpha)
}

func (m *Mask) paint(v float32) {
	m.pen.each(func(x, y int, a float32) {
		p := &m.Pix[y*m.W+x]
		*p += a * (v - *p)
	})
}

// Polygon fills a closed outline with the value v.
func (m *Mask) Polygon(pts []geom.Point, v float32) {
	if m.pen.polygon(pts, m.W, m.H) {
		m.paint(v)
	}
}

// Polygons fills several outlines at once by the non-zero rule, so that inner
// outlines of the opposite orientation are holes (letters).
func (m *Mask) Polygons(outlines [][]geom.Point, v float32) {
	if !m.pen.open(geom.Rect{X0: 0, Y0: 0, X1: float64(m.W), Y1: float64(m.H)}, m.W, m.H) {
		return
	}
	for _, o := range outlines {
		for i, q := range o {
			m.pen.edge(q, o[(i+1)%len(o)])
		}
	}
	m.paint(v)
}

// Stroke draws a line of the given width along the points with the value v.
func (m *Mask) Stroke(pts []geom.Point, width float64, closed bool, v float32) {
	if m.pen.stroke(pts, width, closed, m.W, m.H) {
		m.paint(v)
	}
}

// Ellipse fills an ellipse turned by angle (radians) with the value v.
func (m *Mask) Ellipse(cx, cy, rx, ry, angle float64, v float32) {
	m.Polygon(EllipsePoints(cx, cy, rx, ry, angle), v)
}

// RoundRect fills a rectangle with rounded corners with the value v.
func (m *Mask) RoundRect(x, y, w, h, r float64, v float32) {
	m.Polygon(RoundRectPoints(x, y, w, h, r), v)
}
