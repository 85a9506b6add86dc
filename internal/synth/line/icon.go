package line

import (
	"github.com/kahao/kahao/internal/synth/cover"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/raster"
)

// icon draws a picture of the icon fonts with its middle at (x, y): filled with
// white or a colour beneath its lines, or its lines alone. It returns false
// where the library has none.
func (d *Renderer) icon(x, y, size float64) bool {
	rng, c := d.rng, &d.canvas
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	font, text := d.lib.PickIcon(rng)
	if font == nil {
		return false
	}
	lines := d.set.Mask(font, text, size)
	if lines == nil {
		return false
	}
	x0, y0 := int(x)-lines.W/2, int(y)-lines.H/2
	ink := raster.Gray(float32(raster.Pick(rng, u(0, .25), u(0, .25), u(.8, 1))))
	if raster.Chance(rng, .3) {
		ink = cover.HSV(rng.Float64(), u(.3, 1), u(.2, 1))
	}
	if fill := d.set.Silhouette(font, text, size); fill != nil && raster.Chance(rng, .7) {
		col := raster.Gray(float32(u(.85, 1)))
		if raster.Chance(rng, .4) {
			col = cover.HSV(rng.Float64(), u(.2, 1), u(.4, 1))
		}
		c.Blend(fill, x0, y0, col, raster.Uniform32(rng, .8, 1))
	}
	c.Blend(lines, x0, y0, ink, raster.Uniform32(rng, .6, 1))
	return true
}

// iconSign prints a picture of the icon fonts as a sign at x, as dark or light
// as print. It returns false where the library has none.
func (d *Renderer) iconSign(x, y, height float64) bool {
	rng, c := d.rng, &d.canvas
	font, text := d.lib.PickIcon(rng)
	if font == nil {
		return false
	}
	m := d.set.Mask(font, text, height*raster.Uniform(rng, .9, 1.4))
	if m == nil {
		return false
	}
	ground := c.Mean(int(x)-m.W/2, int(y)-m.H/2, int(x)+m.W/2, int(y)+m.H/2).Luma()
	l := raster.Uniform32(rng, .75, 1)
	if ground > .5 {
		l = raster.Uniform32(rng, 0, .25)
	}
	c.Blend(m, int(x)-m.W/2, int(y)-m.H/2, imprint.InkOf(rng, l), raster.Uniform32(rng, .7, 1))
	return true
}
