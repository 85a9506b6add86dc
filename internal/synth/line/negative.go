package line

import (
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// negative draws a crop without digits: text, flat or embossed, or bare
// artwork, so that the recogniser learns to output nothing.
func (d *Renderer) negative(diff float64) Sample {
	rng, c := d.rng, &d.canvas
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	s := &sheet{dh: u(20, 44), what: "neg/"}
	s.cy = canvasH/2 + u(-6, 6)
	s.total = u(.35, 1) * float64(d.opt.Width) * 1.5 / s.dh
	c.Reset(max(40, int(s.total*s.dh)), canvasH)
	d.bank.cut(rng, c)
	if raster.Chance(rng, .5) {
		d.clutter(s)
	}
	style := "neg/bare"
	if raster.Chance(rng, .85) {
		style = d.lettering(s, diff)
	}
	for range 5 {
		if img, _, ok := d.camera(s, imprint.Result{}, diff); ok {
			return Sample{Image: img, Style: style}
		}
		c.Stroke(wander(d, 5, canvasH/2, 40), 3, false, raster.Gray(.9), 1)
	}
	d.crop.Reset(64, Height)
	d.crop.Fill(raster.Gray(.5))
	d.crop.ToRGB(&d.out)
	return Sample{Image: &d.out, Style: "neg/blank"}
}

// lettering draws one line of letters on the canvas.
func (d *Renderer) lettering(s *sheet, diff float64) string {
	rng, c := d.rng, &d.canvas
	x, y := rng.IntN(60)-30, int(s.cy-s.dh*.45)
	if raster.Chance(rng, .4) {
		t := number.Name(rng)
		f := d.lib.PickText(rng, t)
		size := s.dh * 1.2
		if m := d.set.Dist(f, t, size); m != nil {
			st := d.press.EmbossStyle(rng, diff, raster.Chance(rng, .7))
			d.press.PrintShape(c, m, x-int(size/4), y-int(size/4), size*.1, &st)
			return "neg/emboss"
		}
	}
	t := number.Words(rng)
	for len(t) < 12 {
		t += " " + number.Words(rng)
	}
	ground := c.Mean(0, 0, c.W, c.H).Luma()
	l := ground + .5
	if ground > .5 {
		l = ground - .5
	}
	if m := d.set.Mask(d.lib.PickText(rng, t), t, s.dh*1.2); m != nil {
		c.Blend(m, x, y, imprint.InkOf(rng, l), raster.Uniform32(rng, .6, 1))
	}
	return "neg/flat"
}
