package line

import (
	"github.com/kahao/kahao/internal/synth/cover"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/raster"
)

// printSign prints a sign as tall as the digits to their left or right:
// contactless waves, an arrow, a copy button. Its label is empty.
func (d *Renderer) printSign(s *sheet, st *imprint.Style) {
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
	if raster.Chance(rng, .4) && d.iconSign(x, s.cy, h) {
		return
	}
	plain := *st
	if raster.Chance(rng, .6) {
		plain = d.press.FlatStyle(rng, 0, c.Mean(int(x-half), int(s.cy-h/2), int(x+half), int(s.cy+h/2)))
		plain.Hollow = 0
	}
	plain.Floor, plain.Separate = 0, 0
	d.press.Print(c, imprint.Line{Face: f, Text: ">", X: []float64{x}, Y: []float64{s.cy + u(-.1, .1)*s.dh}, Height: h}, &plain)
}

// comic draws large outlined figures behind the number, mostly white ones, as on
// children's and fan cards.
func (d *Renderer) comic(s *sheet) {
	rng, c := d.rng, &d.canvas
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	line := max(1, u(.03, .12)*s.dh)
	for range 1 + rng.IntN(5) {
		x, y, r := u(0, float64(c.W)), s.cy+u(-1, 1)*s.dh, u(.5, 2.2)*s.dh
		if raster.Chance(rng, .5) && d.icon(x, y, 2.4*r) {
			continue
		}
		cover.Figure(rng, c, x, y, r, line)
	}
}

// mirrored draws the relief of a number mirrored, as on the back of a card. Its
// label is empty.
func (d *Renderer) mirrored(diff float64) (Sample, bool) {
	s := d.layout(diff, .5)
	s.kind, s.bare, s.hidden, s.words = imprint.Emboss, true, nil, ""
	other := 0 // digits whose mirror image is not the same digit
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
