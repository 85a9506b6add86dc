package line

import (
	"math"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/raster"
)

// beside prints a sign as tall as the digits left or right of them: contactless
// waves, an arrow, the button that copies a number. It is nothing to be read.
func (d *Drawer) beside(s *sheet, st *imprint.Style) {
	rng, c := d.rng, &d.canvas
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	f := s.face.With(glyph.Sign, glyph.Draw(raster.Pick(rng, glyph.Signs...), u(.7, 1.1), max(s.face.Stroke*u(.7, 1.2), .06), rng.IntN(12)))
	h := s.dh * u(.6, 1.2)
	room := u(.2, 1) * s.dh
	half := f.Glyphs[glyph.Sign].W / 2 * h
	x := s.left*s.dh - room - half
	if s.left < s.right {
		x = float64(c.W) - s.right*s.dh + room + half
	}
	plain := *st
	if raster.Chance(rng, .6) {
		plain = d.press.FlatStyle(rng, 0, c.Mean(int(x-half), int(s.cy-h/2), int(x+half), int(s.cy+h/2)))
		plain.Hollow = 0
	}
	plain.Floor, plain.Separate = 0, 0
	d.press.Print(c, imprint.Line{Face: f, Text: ">", X: []float64{x}, Y: []float64{s.cy + u(-.1, .1)*s.dh}, Height: h}, &plain)
}

// comic draws what children's and fans' cards have behind the number: large
// figures with outlines, white ones most of all.
func (d *Drawer) comic(s *sheet) {
	rng, c := d.rng, &d.canvas
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	line := max(1, u(.03, .12)*s.dh)
	for range 1 + rng.IntN(5) {
		figure(rng, c, u(0, float64(c.W)), s.cy+u(-1, 1)*s.dh, u(.5, 2.2)*s.dh, line)
	}
}

// figure is a head with ears, a face, and sometimes a body and arms.
func figure(rng *rand.Rand, im *raster.Image, x, y, r, line float64) {
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	ink := raster.Gray(float32(u(0, .25)))
	col := func() raster.Color {
		if raster.Chance(rng, .5) {
			return raster.Gray(float32(u(.85, 1)))
		}
		return hsv(rng.Float64(), u(.2, 1), u(.5, 1))
	}
	skin := col()
	disc := func(cx, cy, rx, ry, a float64, c raster.Color) {
		im.Ellipse(cx, cy, rx, ry, a, c, 1)
		im.Stroke(raster.EllipsePoints(cx, cy, rx, ry, a), line, true, ink, 1)
	}
	if raster.Chance(rng, .5) {
		disc(x, y+1.5*r, .8*r, r*u(.7, 1.1), 0, col())
		for _, s := range []float64{-1, 1} {
			a := u(-.5, 1)
			im.Stroke([]geom.Point{{X: x + s*.7*r, Y: y + 1.1*r}, {X: x + s*1.5*r, Y: y + (1.1+a)*r}}, line*u(1, 3), false, ink, 1)
		}
	}
	ear := rng.IntN(4)
	for _, s := range []float64{-1, 1} {
		switch ear {
		case 0: // round
			disc(x+s*.75*r, y-.75*r, .4*r, .4*r, 0, skin)
		case 1: // long
			disc(x+s*.4*r, y-1.3*r, .22*r, .7*r, s*.2, skin)
		case 2: // pointed
			t := []geom.Point{{X: x + s*.9*r, Y: y - .4*r}, {X: x + s*.8*r, Y: y - 1.4*r}, {X: x + s*.25*r, Y: y - .85*r}}
			im.Polygon(t, skin, 1)
			im.Stroke(t, line, true, ink, 1)
		}
	}
	disc(x, y, r, r*u(.8, 1.05), 0, skin)
	e := u(.08, .26) * r
	for _, s := range []float64{-1, 1} {
		if raster.Chance(rng, .5) {
			disc(x+s*.38*r, y-.15*r, e, e*1.3, 0, raster.Gray(.97))
		}
		im.Ellipse(x+s*.38*r, y-.12*r, e*.6, e*.8, 0, ink, 1)
	}
	if raster.Chance(rng, .5) {
		im.Ellipse(x, y+.15*r, .16*r, .1*r, 0, hsv(rng.Float64(), .7, .6), 1)
	}
	im.Stroke(raster.ArcPoints(x, y+.2*r, u(.2, .6)*r, u(.1, .5)*r, 0, .2, math.Pi-.2), line, false, ink, 1)
}

// mirrored draws the relief of a number as the card's back shows it: nothing
// that is to be read.
func (d *Drawer) mirrored(diff float64) (Sample, bool) {
	s := d.layout(diff, .5)
	s.kind, s.bare, s.hidden, s.words = imprint.Emboss, true, nil, ""
	other := 0 // digits that cannot be taken for themselves in a mirror
	for _, ch := range s.text {
		if ch != '0' && ch != '8' && ch != '1' {
			other++
		}
	}
	w := int((s.total + s.left + s.right) * s.dh)
	if w < 24 || w > 2400 || 2*other < len(s.text) {
		return Sample{}, false
	}
	c := &d.canvas
	c.Reset(w, canvasH)
	d.bank.cut(d.rng, c)
	p := d.print(s, diff)
	if p.Visible() < .05 {
		return Sample{}, false
	}
	c.FlipX()
	if raster.Chance(d.rng, .4) {
		d.surround(s)
	}
	bare := *s
	bare.x = nil
	img, _, ok := d.camera(&bare, imprint.Result{}, diff)
	return Sample{Image: img, Style: "neg/mirrored"}, ok
}
