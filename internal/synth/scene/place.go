package scene

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/raster"
)

// outline is the card's edge in mm, with its rounded corners.
func outline(c *card.Card) []geom.Point {
	rad := card.Corner
	if c.Square {
		rad = .2
	}
	p := raster.RoundRectPoints(0, 0, c.W, c.H, rad)
	// no subdivision: straight sides stay straight under a homography
	return p
}

func project(h geom.Homography, p []geom.Point) []geom.Point {
	o := make([]geom.Point, len(p))
	for i, q := range p {
		o[i] = h.Apply(q)
	}
	return o
}

// place paints the card through h, which maps its millimetres to dst's pixels.
// shine, which may be nil, is the light on it.
func (d *Composer) place(dst *raster.Image, c *card.Card, h geom.Homography, shine *shine) {
	m := &d.cover
	m.Reset(dst.W, dst.H)
	m.Clear()
	rim := project(h, outline(c))
	m.Polygon(rim, 1)
	inv, ok := h.Inverse()
	if !ok {
		return
	}
	// the level of the card's image that fits the scale at its centre
	mid := h.Apply(geom.Point{X: c.W / 2, Y: c.H / 2})
	o := inv.Apply(mid)
	mm := max(inv.Apply(geom.Point{X: mid.X + 1, Y: mid.Y}).Sub(o).Len(), inv.Apply(geom.Point{X: mid.X, Y: mid.Y + 1}).Sub(o).Len())
	pic, lv := c.Level(max(0, int(math.Log2(mm*c.Scale)+.45)))
	k := c.Scale / float64(int(1)<<lv)
	var b geom.Rect
	b.X0, b.Y0, b.X1, b.Y1 = 1e9, 1e9, -1e9, -1e9
	for _, p := range rim {
		b.X0, b.Y0, b.X1, b.Y1 = min(b.X0, p.X), min(b.Y0, p.Y), max(b.X1, p.X), max(b.Y1, p.Y)
	}
	x0, x1 := max(0, int(b.X0)-1), min(dst.W, int(b.X1)+2)
	y0, y1 := max(0, int(b.Y0)-1), min(dst.H, int(b.Y1)+2)
	if x1 <= x0 {
		return
	}
	const n = 1.0 / 255
	wmax, hmax := float32(pic.W)-1.01, float32(pic.H)-1.01
	stride := pic.W * 3
	for y := y0; y < y1; y++ {
		fx, fy := float64(x0)+.5, float64(y)+.5
		sx, sy, sw := inv[0]*fx+inv[1]*fy+inv[2], inv[3]*fx+inv[4]*fy+inv[5], inv[6]*fx+inv[7]*fy+inv[8]
		row := m.Pix[y*m.W+x0 : y*m.W+x1]
		out := dst.Pix[(y*dst.W+x0)*3 : (y*dst.W+x1)*3]
		for x, a := range row {
			if a > 0 {
				iw := 1 / sw
				mx, my := sx*iw, sy*iw
				u, v := float32(mx*k)-.5, float32(my*k)-.5
				if !(u > 0) { // also if u is NaN
					u = 0
				} else if u > wmax {
					u = wmax
				}
				if !(v > 0) {
					v = 0
				} else if v > hmax {
					v = hmax
				}
				i, j := int(u), int(v)
				fu, fv := u-float32(i), v-float32(j)
				at := j*stride + i*3
				p, q := pic.Pix[at:at+6:at+6], pic.Pix[at+stride:at+stride+6:at+stride+6]
				t := out[x*3 : x*3+3 : x*3+3]
				var mul, add float32 = 1, 0
				if shine != nil {
					mul, add = shine.at(mx, my)
				}
				for ch := range 3 {
					e := float32(p[ch]) + (float32(p[ch+3])-float32(p[ch]))*fu
					f := float32(q[ch]) + (float32(q[ch+3])-float32(q[ch]))*fu
					g := (e + (f-e)*fv) * n
					t[ch] += a * (g*mul + add - t[ch])
				}
			}
			sx, sy, sw = sx+inv[0], sy+inv[3], sw+inv[6]
		}
	}
}

// shine is the light on a card, as a grid over its area: a factor and an added
// amount of white.
type shine struct {
	nx, ny   int
	kx, ky   float32
	mul, add []float32
	// hard is the strength of sharp reflections; 0: none
	hard float64
}

func (s *shine) at(x, y float64) (mul, add float32) {
	u, v := float32(x)*s.kx, float32(y)*s.ky
	if !(u > 0) {
		u = 0
	} else if m := float32(s.nx) - 1.01; u > m {
		u = m
	}
	if !(v > 0) {
		v = 0
	} else if m := float32(s.ny) - 1.01; v > m {
		v = m
	}
	i, j := int(u), int(v)
	u, v = u-float32(i), v-float32(j)
	o := j*s.nx + i
	p, q := s.mul[o:o+2:o+2], s.mul[o+s.nx:o+s.nx+2:o+s.nx+2]
	a := p[0] + (p[1]-p[0])*u
	mul = a + (q[0]+(q[1]-q[0])*u-a)*v
	p, q = s.add[o:o+2:o+2], s.add[o+s.nx:o+s.nx+2:o+s.nx+2]
	a = p[0] + (p[1]-p[0])*u
	return mul, a + (q[0]+(q[1]-q[0])*u-a)*v
}

// newShine lights a card: a gradient, streaks of lamps, sharp reflections of
// windows; stronger on glossier cards and with greater difficulty.
func (d *Composer) newShine(c *card.Card, diff float64) *shine {
	r := d.r
	s := &d.light
	s.nx, s.ny = 48, 30
	if c.H > c.W {
		s.nx, s.ny = 30, 48
	}
	s.kx, s.ky = float32(float64(s.nx-1)/c.W), float32(float64(s.ny-1)/c.H)
	n := s.nx * s.ny
	if len(s.mul) != n {
		s.mul, s.add = make([]float32, n), make([]float32, n)
	}
	gx, gy, g0 := float32(between(r, -.25, .25)), float32(between(r, -.25, .25)), float32(between(r, .85, 1.1))
	for j := range s.ny {
		for i := range s.nx {
			o := j*s.nx + i
			u, v := float32(i)/float32(s.nx)-.5, float32(j)/float32(s.ny)-.5
			s.mul[o] = g0 * (1 + gx*u + gy*v)
			s.add[o] = 0
		}
	}
	s.hard = 0
	if maybe(r, .12+.12*c.Gloss) {
		s.hard = between(r, .08, .3+.5*diff*c.Gloss)
	}
	streaks := 0
	if maybe(r, .25+.25*c.Gloss+.15*diff) {
		streaks = 1 + r.IntN(3)
	}
	if d.Constraints.Light != "" {
		s.hard, streaks = 0, 0
	}
	for range streaks {
		t := streak{angle: between(r, 0, 3.14), off: between(r, -.55, .55) * c.W}
		t.width = pick(r, between(r, 1, 4), between(r, 3, 12), between(r, 10, 40))
		t.strength = between(r, .05, .25+.55*diff*c.Gloss)
		t.length = between(r, 8, 70)
		t.pos = between(r, -.4, .4) * c.H
		s.streak(c, t)
	}
	if d.Constraints.Light == Glare {
		d.glare(s, c)
	}
	return s
}

// streak is a lamp's reflection, positioned across and along its axis from the
// card's centre.
type streak struct {
	angle, off, width, strength, length, pos float64 // radians, mm, 1
}

func (s *shine) streak(c *card.Card, k streak) {
	ny, nx := math.Sincos(k.angle)
	for j := range s.ny {
		for i := range s.nx {
			x, y := float64(i)/float64(s.kx)-c.W/2, float64(j)/float64(s.ky)-c.H/2
			t := (x*nx + y*ny - k.off) / k.width
			l := (y*nx - x*ny - k.pos) / k.length
			f := k.strength * math.Exp(-t*t-l*l*l*l)
			s.add[j*s.nx+i] += float32(f)
		}
	}
}

// reflections draws lamps and windows reflected in the card just placed: sharp
// bars and panes, clipped to the card by the mask that place left.
func (d *Composer) reflections(im *raster.Image, c *card.Card, h geom.Homography, k float64) {
	if k == 0 {
		return
	}
	r := d.r
	m := &d.pane
	m.Reset(im.W, im.H)
	m.Clear()
	sn, cs := math.Sincos(between(r, 0, math.Pi))
	x, y := between(r, 0, c.W), between(r, 0, c.H)
	w, l := pick(r, between(r, 1.5, 5), between(r, 5, 25)), between(r, 10, 90)
	gap := between(r, 1.2, 2.2)
	skew := between(r, -.3, .3)
	for i := range 1 + r.IntN(4) {
		o := float64(i) * w * gap
		var q []geom.Point
		for _, p := range [][2]float64{{o, -l / 2}, {o + w, -l / 2}, {o + w*between(r, .8, 1.2), l / 2}, {o, l / 2}} {
			u, v := p[0]+skew*p[1], p[1]
			q = append(q, geom.Point{X: x + u*cs - v*sn, Y: y + u*sn + v*cs})
		}
		m.Polygon(project(h, q), 1)
	}
	if maybe(r, .5) {
		m.Blur(between(r, .5, 2) * float64(max(im.W, im.H)) / 400)
	}
	m.Multiply(&d.cover)
	im.Blend(m, 0, 0, raster.Color{1, 1, 1}, float32(k))
}
