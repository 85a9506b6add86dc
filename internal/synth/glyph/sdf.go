package glyph

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// distance fills m with the distance of every pixel centre to the nearest of
// the polylines, cut at reach. Only the pixels within reach of a segment are
// visited, so that a face of a hundred segments a glyph costs milliseconds.
func distance(m *raster.Mask, lines [][]geom.Point, closed bool, reach float64) {
	m.Fill(float32(reach * reach))
	for _, l := range lines {
		n := len(l) - 1
		if closed {
			n = len(l)
		}
		for i := range n {
			segment(m, l[i], l[(i+1)%len(l)], reach)
		}
	}
	for i, v := range m.Pix {
		m.Pix[i] = float32(math.Sqrt(float64(v)))
	}
}

// segment lowers the squared distances around one segment.
func segment(m *raster.Mask, a, b geom.Point, reach float64) {
	x0, x1 := max(0, int(min(a.X, b.X)-reach)), min(m.W, int(max(a.X, b.X)+reach)+1)
	y0, y1 := max(0, int(min(a.Y, b.Y)-reach)), min(m.H, int(max(a.Y, b.Y)+reach)+1)
	d := b.Sub(a)
	ll := d.X*d.X + d.Y*d.Y
	for y := y0; y < y1; y++ {
		py := float64(y) + 0.5 - a.Y
		row := m.Pix[y*m.W : (y+1)*m.W]
		for x := x0; x < x1; x++ {
			px := float64(x) + 0.5 - a.X
			t := 0.0
			if ll > 0 {
				t = min(max((px*d.X+py*d.Y)/ll, 0), 1)
			}
			ex, ey := px-t*d.X, py-t*d.Y
			if q := float32(ex*ex + ey*ey); q < row[x] {
				row[x] = q
			}
		}
	}
}

// fromOutline returns the signed distance map of closed outlines.
func fromOutline(w, h int, outlines [][]geom.Point, reach float64) *raster.Mask {
	in := raster.NewMask(w, h)
	in.Polygons(outlines, 1)
	m := raster.NewMask(w, h)
	distance(m, outlines, true, reach)
	for i, v := range in.Pix {
		if v > 0.5 {
			m.Pix[i] = -m.Pix[i]
		}
	}
	return m
}

// Jitter varies a face of strokes as worn dies and embossing machines do.
type Jitter struct {
	Pen    float64       // stroke width in mm, nominally 0.51
	Round  float64       // factor on the corner radii
	Aspect float64       // factor on the width
	Waist  float64       // by how much middles stand too high, mm
	Other  map[rune]bool // characters of the block face in their other form
}

// NewFarrington draws the embossing face.
func NewFarrington(name string, j Jitter) *Face {
	f := strokes(name, Farrington, func(c rune) [][]node { return farrington[c] }, j)
	for i := range f.Glyphs {
		f.Glyphs[i].Adv = farringtonPitch / (farringtonH + j.Pen)
	}
	f.Glyphs[10].Adv *= 0.6
	f.Glyphs[Dash].Adv *= 0.7
	return f
}

// NewBlock draws the small embossing face, that of dates.
func NewBlock(name string, j Jitter) *Face {
	f := strokes(name, Block, func(c rune) [][]node {
		if other, ok := blockOther[c]; ok && j.Other[c] {
			return other
		}
		return block[c]
	}, j)
	for i := range f.Glyphs {
		f.Glyphs[i].Adv = f.Glyphs[0].W * 1.3
	}
	return f
}

// strokes draws a face from centre lines.
func strokes(name string, class Class, shape func(rune) [][]node, j Jitter) *Face {
	f := &Face{Name: name, Class: class}
	k := Master / (farringtonH + j.Pen)
	w := (farringtonW*j.Aspect + j.Pen) * k
	mw := int(w+0.5) + 2*Pad
	for i, c := range Chars + "-" {
		m := raster.NewMask(mw, Master+2*Pad)
		var lines [][]geom.Point
		lo, hi := math.Inf(1), math.Inf(-1)
		for _, s := range shape(c) {
			pts := expand(s, j.Round)
			for q, p := range pts {
				x := p.X * j.Aspect * k
				y := p.Y + j.Waist*(1-sq(p.Y/(farringtonH/2)))
				lo, hi = min(lo, x), max(hi, x)
				pts[q] = geom.Point{X: x + float64(mw)/2, Y: float64(m.H)/2 - y*k}
			}
			lines = append(lines, pts)
		}
		distance(m, lines, false, Pad+Master*0.08)
		for q := range m.Pix {
			m.Pix[q] -= float32(j.Pen * k / 2)
		}
		f.Glyphs[i] = Glyph{Dist: m, W: (hi-lo)/Master + j.Pen*k/Master}
	}
	f.Stroke = j.Pen * k / Master
	f.Glyphs[Dot] = dot(f.Stroke)
	return f
}

func sq(v float64) float64 { return v * v }

// expand turns rounded corners into short chords.
func expand(s []node, round float64) []geom.Point {
	var out []geom.Point
	for i, p := range s {
		if p.r == 0 || i == 0 || i == len(s)-1 {
			out = append(out, geom.Point{X: p.x, Y: p.y})
			continue
		}
		a, b := geom.Point{X: s[i-1].x - p.x, Y: s[i-1].y - p.y}, geom.Point{X: s[i+1].x - p.x, Y: s[i+1].y - p.y}
		la, lb := a.Len(), b.Len()
		r := min(p.r*round, side(la, s[i-1].r), side(lb, s[i+1].r))
		p0, p2 := a.Mul(r/la), b.Mul(r/lb)
		// a conic of weight cos 45 degrees: a quarter circle at right angles
		const n, w = 8, math.Sqrt2 / 2
		for t := range n + 1 {
			u := float64(t) / n
			b0, b1, b2 := (1-u)*(1-u), 2*u*(1-u)*w, u*u
			d := b0 + b1 + b2
			out = append(out, geom.Point{X: p.x + (b0*p0.X+b2*p2.X)/d, Y: p.y + (b0*p0.Y+b2*p2.Y)/d})
		}
	}
	return out
}

// side is how much of a leg a corner may take: half where the next is round.
func side(l, next float64) float64 {
	if next > 0 {
		return l / 2
	}
	return l
}
