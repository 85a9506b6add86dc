package card

import (
	"math"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/cover"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/raster"
)

// canvas is a card being drawn. It takes millimetres and draws pixels.
type canvas struct {
	d        *Painter
	r        *rand.Rand
	im       *raster.Image
	k        float64 // pixels per millimetre
	w, h     float64 // mm
	card     *Card
	reserved []geom.Rect // mm, areas in use
	side     raster.Mask
	// snapshots of the areas of numbers before they were printed
	snapshots []*snapshot
	hidden    *cover.Hidden // digits of the number to hide; nil: none
	marks     *glyph.Face   // has the glyph of their marks
}

// anchor is the point of the ink box that a position refers to.
type anchor int

const (
	left anchor = iota
	center
	right
)

// label is a line of text to set.
type label struct {
	text   string
	font   *glyph.Font
	x, y   float64 // mm: anchor along x, vertical centre of the ink
	size   float64 // mm, height of capitals
	col    raster.Color
	alpha  float32
	at     anchor
	slant  float64
	kind   string // empty: text, "-": not recorded
	turn   bool   // read upwards
	emboss *relief
}

// capShare is the height of capitals (and ideograms' ink) in the em.
func capShare(s string) float64 {
	for _, q := range s {
		if q > 0x2e80 {
			return .9
		}
	}
	return .72
}

// text sets a label and returns its ink box in mm; false if it does not fit.
func (c *canvas) text(l label) (geom.Rect, bool) {
	if l.font == nil {
		l.font = c.d.lib.PickText(c.r, l.text)
	}
	m := c.d.set.Mask(l.font, l.text, l.size*c.k/capShare(l.text))
	if m == nil {
		return geom.Rect{}, false
	}
	if room := c.room(l); l.kind != "-" && float64(m.W) > room { // shrink it to stay off the edge
		f := room / float64(m.W+3)
		if f < .35 {
			return geom.Rect{}, false
		}
		l.size *= f
		if m = c.d.set.Mask(l.font, l.text, l.size*c.k/capShare(l.text)); m == nil {
			return geom.Rect{}, false
		}
	}
	if l.slant != 0 {
		m = slanted(m, l.slant)
	}
	if l.turn {
		m = turned(m)
	}
	w, h := float64(m.W-2)/c.k, float64(m.H-2)/c.k
	x := l.x
	switch l.at {
	case center:
		x -= w / 2
	case right:
		x -= w
	}
	px, py := int(math.Round(x*c.k))-1, int(math.Round((l.y-h/2)*c.k))-1
	if l.alpha == 0 {
		l.alpha = 1
	}
	if l.emboss != nil {
		c.raise(m, px, py, l.emboss)
	} else {
		c.im.Blend(m, px, py, l.col, l.alpha)
	}
	q := geom.RectQuad(float64(px+1), float64(py+1), float64(m.W-2), float64(m.H-2))
	if l.kind != "-" {
		kind := l.kind
		if kind == "" {
			kind = Text
		}
		hgt := q.Height()
		if l.turn {
			q = geom.Quad{q[3], q[0], q[1], q[2]}
			hgt = q.Height()
		}
		c.card.Lines = append(c.card.Lines, Line{Kind: kind, Text: l.text, Quad: q, Height: hgt})
	}
	return geom.Rect{X0: x, Y0: l.y - h/2, X1: x + w, Y1: l.y + h/2}, true
}

// room is the number of pixels from a label's anchor to the card's edge.
func (c *canvas) room(l label) float64 {
	w := c.w - l.x
	switch {
	case l.turn:
		return (c.h - 2) * c.k
	case l.at == center:
		w = 2 * min(l.x, c.w-l.x)
	case l.at == right:
		w = l.x
	}
	return (w - .5 - math.Abs(l.slant)*l.size) * c.k
}

// slanted leans a mask to the right, like an italic.
func slanted(m *raster.Mask, s float64) *raster.Mask {
	extra := int(math.Abs(s)*float64(m.H)) + 1
	o := raster.NewMask(m.W+extra, m.H)
	for y := range m.H {
		d := s * float64(m.H-1-y)
		if s < 0 {
			d = -s * float64(y)
		}
		i := int(d)
		f := float32(d - float64(i))
		for x := range m.W {
			v := m.Pix[y*m.W+x]
			o.Pix[y*o.W+x+i] += v * (1 - f)
			o.Pix[y*o.W+x+i+1] += v * f
		}
	}
	return o
}

// turned returns the mask rotated by 90 degrees, reading upwards.
func turned(m *raster.Mask) *raster.Mask {
	o := raster.NewMask(m.H, m.W)
	for y := range m.H {
		for x := range m.W {
			o.Pix[(m.W-1-x)*o.W+y] = m.Pix[y*m.W+x]
		}
	}
	return o
}

func (c *canvas) poly(col raster.Color, alpha float32, pts ...geom.Point) {
	c.im.Polygon(c.px(pts), col, alpha)
}

func (c *canvas) px(pts []geom.Point) []geom.Point {
	o := make([]geom.Point, len(pts))
	for i, p := range pts {
		o[i] = p.Mul(c.k)
	}
	return o
}

func (c *canvas) stroke(pts []geom.Point, width float64, col raster.Color, alpha float32) {
	c.im.Stroke(c.px(pts), max(width*c.k, .35), false, col, alpha)
}

func (c *canvas) disc(x, y, rx, ry, a float64, col raster.Color, alpha float32) {
	c.im.Ellipse(x*c.k, y*c.k, rx*c.k, ry*c.k, a, col, alpha)
}

func (c *canvas) ring(x, y, rx, ry, a, width float64, col raster.Color, alpha float32) {
	c.im.Stroke(raster.EllipsePoints(x*c.k, y*c.k, rx*c.k, ry*c.k, a), max(width*c.k, .35), true, col, alpha)
}

func (c *canvas) rect(x, y, w, h, rad float64, col raster.Color, alpha float32) {
	c.im.RoundRect(x*c.k, y*c.k, w*c.k, h*c.k, rad*c.k, col, alpha)
}

// mean is the mean colour under a rectangle in mm.
func (c *canvas) mean(x, y, w, h float64) raster.Color {
	return c.im.Mean(int(x*c.k), int(y*c.k), int((x+w)*c.k)+1, int((y+h)*c.k)+1)
}

// ink returns a colour that is legible on the content of the rectangle.
func (c *canvas) ink(x, y, w, h float64) raster.Color {
	l := c.mean(x, y, w, h).Luma()
	dark := l > .5
	if l > .38 && l < .62 {
		dark = maybe(c.r, float64(l-.38)/.24)
	}
	tint := hsv(c.r.Float64(), between(c.r, 0, .5), 1)
	if dark {
		return tint.Scale(float32(between(c.r, 0, .3)))
	}
	return raster.Gray(1).Mix(tint, float32(between(c.r, 0, .4))).Scale(float32(between(c.r, .82, 1)))
}

// reserve takes a rectangle in mm; false if part of it is in use.
func (c *canvas) reserve(x, y, w, h float64) bool {
	if c.occupied(x, y, w, h) {
		return false
	}
	c.reserved = append(c.reserved, geom.Rect{X0: x, Y0: y, X1: x + w, Y1: y + h})
	return true
}

// occupied reports whether a rectangle in mm overlaps one in use.
func (c *canvas) occupied(x, y, w, h float64) bool {
	for _, b := range c.reserved {
		if x < b.X1 && x+w > b.X0 && y < b.Y1 && y+h > b.Y0 {
			return true
		}
	}
	return false
}
