package line

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/cover"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// surround adds the surroundings of a number: text above and below, faint text
// behind it, the card's edge, chip or hologram at a side.
func (d *Renderer) surround(s *sheet) {
	rng, c := d.rng, &d.canvas
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	ink := func() raster.Color {
		return imprint.InkOf(rng, raster.Pick(rng, raster.Uniform32(rng, 0, .2), raster.Uniform32(rng, .8, 1), rng.Float32()))
	}
	for side := range 2 {
		if !raster.Chance(rng, .35) {
			continue
		}
		t := d.words(rng.IntN(3) == 0)
		m := d.set.Mask(d.lib.PickText(rng, t), t, raster.Pick(rng, 10., 13, 17, 22, 30))
		if m == nil {
			continue
		}
		y := s.cy + s.dh/2 + u(.02, .25)*s.dh
		if side == 0 {
			y = s.cy - s.dh/2 - u(.02, .25)*s.dh - float64(m.H)
		}
		c.Blend(m, rng.IntN(c.W+20)-30, int(y), ink(), float32(u(.3, 1)))
	}
	if raster.Chance(rng, .08) {
		t := d.words(false)
		if m := d.set.Mask(d.lib.PickText(rng, t), t, raster.Pick(rng, 17., 26, 40)); m != nil {
			c.Blend(m, rng.IntN(c.W+20)-30, rng.IntN(canvasH)-m.H/2, ink(), float32(u(.1, .45)))
		}
	}
	if raster.Chance(rng, .15) {
		d.side(s)
	}
}

func (d *Renderer) words(digits bool) string {
	t := number.Words(d.rng)
	if digits {
		t += " " + raster.Pick(d.rng, number.Date(d.rng), number.Short(d.rng, 4).Digits)
	}
	return t
}

// side paints a strip within the left or right margin.
func (d *Renderer) side(s *sheet) {
	rng, c := d.rng, &d.canvas
	left := raster.Chance(rng, .5)
	room := max(s.right, .05) * s.dh
	if left {
		room = max(s.left, .05) * s.dh
	}
	w := min(room, raster.Uniform(rng, .1, 1)*max(s.left, s.right, .2)*s.dh)
	x := float64(c.W) - w
	if left {
		x = 0
	}
	base := raster.Color{rng.Float32(), rng.Float32(), rng.Float32()}
	if raster.Chance(rng, .4) {
		base = raster.Gray(rng.Float32())
	}
	if raster.Chance(rng, .3) { // chip
		base = raster.Color{.85, .72, .42}.Scale(raster.Uniform32(rng, .6, 1.1))
	}
	top, h := -2.0, float64(canvasH)+4
	if raster.Chance(rng, .4) {
		top = raster.Uniform(rng, -10, float64(canvasH)/2)
		h = raster.Uniform(rng, 10, 60)
	}
	c.RoundRect(x, top, w, h, 2, base, 1)
	for range rng.IntN(5) {
		y := top + rng.Float64()*h
		c.Stroke([]geom.Point{{X: x, Y: y}, {X: x + w, Y: y + raster.Uniform(rng, -6, 6)}}, raster.Uniform(rng, .7, 2), false, base.Scale(raster.Uniform32(rng, .4, 1.4)), .8)
	}
}

// clutter draws graphics as fine as the digits' strokes on the ground. They cross
// the digits, which is hard for a recogniser of embossing.
func (d *Renderer) clutter(s *sheet) {
	rng, c := d.rng, &d.canvas
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	col := func() raster.Color {
		l := raster.Pick(rng, u(.02, .25), u(.75, .96), u(.02, .96))
		if raster.Chance(rng, .35) {
			return raster.Gray(float32(l))
		}
		return imprint.Tone(raster.Color{rng.Float32(), rng.Float32(), rng.Float32()}, float32(l))
	}
	n := raster.Pick(rng, 1, 2, 3, 5, 8, 14)
	typ, ink, alpha := rng.Float64(), col(), float32(u(.35, 1))
	for range n {
		th := max(.8, u(.25, 2.2)*.118*s.dh)
		x, y := u(0, float64(c.W)), u(s.cy-.7*s.dh, s.cy+.7*s.dh)
		if raster.Chance(rng, .3) {
			ink = col()
		}
		switch {
		case typ < .3: // bars
			a := raster.Pick(rng, 0, 0, 0, math.Pi/2, u(0, math.Pi))
			l := u(.3, 5) * s.dh
			c.Stroke([]geom.Point{{X: x, Y: y}, {X: x + l*math.Cos(a), Y: y + l*math.Sin(a)}}, th, false, ink, alpha)
		case typ < .55: // lines of a drawing
			c.Stroke(wander(d, x, y, s.dh), max(.8, th/2), false, ink, alpha)
		case typ < .72:
			a0 := u(0, math.Pi)
			c.Stroke(raster.ArcPoints(x, y, u(.1, 1.6)*s.dh, u(.1, 1.2)*s.dh, u(0, math.Pi), a0, a0+u(1, 2*math.Pi)), th, false, ink, alpha)
		case typ < .82:
			c.Ellipse(x, y, u(.1, 1.6)*s.dh, u(.1, 1.2)*s.dh, u(0, math.Pi), ink, alpha)
		case typ < .92: // mosaic
			c.RoundRect(x, y, u(.15, 1.5)*s.dh, u(.15, 1.2)*s.dh, 0, col(), alpha)
		default: // a figure with a dark outline
			cover.Blob(rng, c, x, y, u(.3, 1.8)*s.dh, col(), col(), max(.8, th/2))
		}
	}
}

func wander(d *Renderer, x, y, dh float64) []geom.Point {
	a := raster.Uniform(d.rng, 0, 2*math.Pi)
	pts := []geom.Point{{X: x, Y: y}}
	for range 4 + d.rng.IntN(11) {
		a += d.rng.NormFloat64() * .7
		x += math.Cos(a) * dh * .18
		y += math.Sin(a) * dh * .18
		pts = append(pts, geom.Point{X: x, Y: y})
	}
	return pts
}

// patch draws a piece of another ground over part of the line: a hologram, a
// photograph's edge, a stripe of the design that starts within the number.
func (d *Renderer) patch(s *sheet) {
	rng, c := d.rng, &d.canvas
	w := int(raster.Uniform(rng, 1.5, 7) * s.dh)
	x := rng.IntN(max(1, c.W-w/2))
	if raster.Chance(rng, .4) {
		x = c.W - w - rng.IntN(max(1, w/3))
	}
	w = min(w, c.W)
	d.other.Reset(w, canvasH)
	d.bank.cut(rng, &d.other)
	if raster.Chance(rng, .35) { // the fine lines of a hologram
		p, k := raster.Uniform(rng, 2, 5), raster.Uniform32(rng, .05, .3)
		hor := raster.Chance(rng, .5)
		for y := range d.other.H {
			for x := range w {
				t := float64(x)
				if hor {
					t = float64(y)
				}
				v := k * float32(math.Sin(t/p*2*math.Pi))
				q := d.other.Pix[(y*w+x)*3:]
				q[0], q[1], q[2] = q[0]+v, q[1]+v, q[2]+v
			}
		}
	}
	y := 0
	if raster.Chance(rng, .3) {
		y = rng.IntN(2*canvasH) - canvasH
	}
	c.BlendImage(&d.other, nil, x, y, raster.Uniform32(rng, .5, 1))
	if raster.Chance(rng, .3) {
		c.Stroke([]geom.Point{{X: float64(x), Y: float64(y)}, {X: float64(x), Y: float64(y + canvasH)}}, raster.Uniform(rng, 1, 3), false, raster.Gray(rng.Float32()), .9)
	}
}

// neighbours prints the lines above and below of a number set on several
// lines, as portrait cards have; the crop cuts most of them away.
func (d *Renderer) neighbours(s *sheet, l imprint.Line, st *imprint.Style) {
	pace := raster.Uniform(d.rng, 1.2, 1.6) * s.dh
	for _, side := range []float64{-1, 1} {
		if raster.Chance(d.rng, .25) {
			continue
		}
		n := l
		n.Text = number.Short(d.rng, len(l.Text)).Digits
		n.Y = make([]float64, len(l.Y))
		for i, y := range l.Y {
			n.Y[i] = y + side*pace
		}
		plain := *st
		plain.Floor, plain.Separate = 0, 0
		d.press.Print(&d.canvas, n, &plain)
	}
}

// damage draws scratches over the print, and the moire of a photographed screen.
func (d *Renderer) damage(diff float64) {
	rng, c := d.rng, &d.canvas
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	if raster.Chance(rng, .03+.07*diff) {
		ink := raster.Gray(raster.Pick(rng, float32(u(.75, 1)), float32(u(0, .25))))
		for range 1 + rng.IntN(6) {
			x, y, a, l := u(0, float64(c.W)), u(0, canvasH), u(0, math.Pi), u(.4, 4)*canvasH
			c.Stroke([]geom.Point{{X: x, Y: y}, {X: x + l*math.Cos(a), Y: y + l*math.Sin(a)}}, u(.4, 1.3), false, ink, float32(u(.2, .7)))
		}
	}
	if raster.Chance(rng, .02+.04*diff) {
		p, a, k := u(2.5, 9), u(0, math.Pi), u(.02, .1)
		s, co := math.Sincos(a)
		var lut [3][256]float32
		off := u(0, .5)
		for ch := range lut {
			for i := range lut[ch] {
				lut[ch][i] = float32(1 + k*math.Sin(2*math.Pi*(float64(i)/256+off*float64(ch))))
			}
		}
		for y := range c.H {
			t := float64(y)*s/p + 1e3
			for x := range c.W {
				i := int((t+float64(x)*co/p)*256) & 255
				q := c.Pix[(y*c.W+x)*3:]
				q[0], q[1], q[2] = q[0]*lut[0][i], q[1]*lut[1][i], q[2]*lut[2][i]
			}
		}
	}
}
