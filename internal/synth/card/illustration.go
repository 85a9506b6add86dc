package card

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// pattern repeats a word or a sign over the whole card, faintly.
func (c *canvas) pattern() {
	s := pick(c.r, giant...)
	if maybe(c.r, .4) {
		s = pick(c.r, placesLatin...)
	}
	col, al := c.randomColor(), float32(between(c.r, .06, .4))
	size := between(c.r, 1.6, 6)
	f := c.d.lib.PickText(c.r, s)
	m := c.d.set.Mask(f, s, size*c.k)
	if m == nil {
		return
	}
	if maybe(c.r, .3) {
		m = slanted(m, .3)
	}
	dx, dy := float64(m.W)*between(c.r, 1.1, 1.7), float64(m.H)*between(c.r, 1.3, 3)
	for j := 0; float64(j)*dy < float64(c.im.H); j++ {
		for i := -1; float64(i)*dx < float64(c.im.W); i++ {
			c.im.Blend(m, int((float64(i)+.5*float64(j%2))*dx), int(float64(j)*dy), col, al)
		}
	}
}

// badge is a word in bold letters with one or two outlines, as in club logos.
func (c *canvas) badge() {
	s := pick(c.r, giant...)
	if maybe(c.r, .5) {
		s = pick(c.r, placesLatin...)
	}
	size := between(c.r, 5, 15)
	if len(s) > 6 {
		size *= .6
	}
	f := c.d.lib.PickText(c.r, s)
	m := c.d.set.Mask(f, s, size*c.k/.72)
	if m == nil || m.W > c.im.W*5/4 {
		return
	}
	if maybe(c.r, .4) {
		m = slanted(m, between(c.r, -.1, .35))
	}
	x := int(between(c.r, .35, .75)*c.w*c.k) - m.W/2
	y := int(between(c.r, .25, .75)*c.h*c.k) - m.H/2
	for i := 1 + c.r.IntN(2); i >= 0; i-- {
		col := c.randomColor()
		rad := float64(i) * between(c.r, .35, .8) * c.k
		if i == 0 {
			c.im.Blend(m, x, y, col, 1)
			break
		}
		for k := range 10 {
			sn, cs := math.Sincos(float64(k) / 10 * 2 * math.Pi)
			c.im.Blend(m, x+int(math.Round(rad*cs)), y+int(math.Round(rad*sn)), col, 1)
		}
	}
}

// comic is a crowd of irregular shapes with dark outlines and highlights.
func (c *canvas) comic() {
	r := c.r
	x0, y0 := between(r, .2, .8)*c.w, between(r, .3, .8)*c.h
	ext := between(r, 10, 34)
	dark := raster.Gray(float32(between(r, 0, .18)))
	line := between(r, .12, .7)
	cols := [4]raster.Color{c.randomColor(), c.randomColor(), c.randomColor(), c.randomColor()}
	for range 6 + r.IntN(16) {
		x, y, s := x0+r.NormFloat64()*ext*.5, y0+r.NormFloat64()*ext*.4, between(r, 1.5, ext*.5)
		n := 5 + r.IntN(6)
		var p []geom.Point
		for k := range n {
			sn, cs := math.Sincos(float64(k)/float64(n)*2*math.Pi + x)
			f := s * between(r, .5, 1.4)
			p = append(p, geom.Point{X: x + f*cs, Y: y + f*sn})
		}
		if maybe(r, .8) {
			p = smooth(p)
		}
		col := cols[r.IntN(4)]
		c.poly(col, 1, p...)
		var q []geom.Point
		for _, v := range p {
			q = append(q, geom.Point{X: x + (v.X-x)*.6 - s*.12, Y: y + (v.Y-y)*.6 - s*.15})
		}
		c.poly(col.Mix(raster.Gray(1), .35), float32(between(r, 0, .9)), q...)
		if line > .2 {
			c.im.Stroke(c.px(p), max(.4, line*c.k), true, dark, .9)
		}
	}
}

// tangle is dense line work in one colour: dragons, blossom, engraving.
func (c *canvas) tangle() {
	r := c.r
	col, al := c.randomColor(), float32(between(r, .3, 1))
	w := between(r, .12, .5)
	x0, y0 := between(r, 0, 1)*c.w, between(r, 0, 1)*c.h
	ext := between(r, 10, 30)
	for range 15 + r.IntN(40) {
		x, y, a := x0+r.NormFloat64()*ext, y0+r.NormFloat64()*ext*.7, between(r, 0, 6.28)
		turn, grow := between(r, -.7, .7), between(r, .9, 1.02)
		var p []geom.Point
		for range 6 + r.IntN(16) {
			p = append(p, geom.Point{X: x, Y: y})
			a += turn
			turn /= grow
			x, y = x+1.1*math.Cos(a), y+1.1*math.Sin(a)
		}
		if maybe(r, .2) {
			c.poly(col, al*.8, p...)
		} else {
			c.stroke(p, w, col, al)
		}
	}
}

// skyline is a row of buildings or hills along the lower part.
func (c *canvas) skyline() {
	r := c.r
	col, al := c.randomColor(), float32(between(r, .2, 1))
	base := between(r, .5, 1) * c.h
	var p []geom.Point
	p = append(p, geom.Point{X: -1, Y: c.h + 1})
	for x := -1.0; x < c.w+1; {
		w, y := between(r, 2, 9), base-between(r, 1, 22)
		if maybe(r, .7) {
			p = append(p, geom.Point{X: x, Y: y}, geom.Point{X: x + w, Y: y})
		} else {
			p = append(p, geom.Point{X: x, Y: base}, geom.Point{X: x + w/2, Y: y}, geom.Point{X: x + w, Y: base})
		}
		x += w
	}
	p = append(p, geom.Point{X: c.w + 1, Y: c.h + 1})
	c.poly(col, al, p...)
}

// letters sets a name at a fixed pitch, as embossing machines do, and returns
// its mask; nil if the font lacks a letter.
func (c *canvas) letters(s string, size, pitch float64) *raster.Mask {
	f := c.d.lib.PickText(c.r, "A")
	n := len(s)
	o := raster.NewMask(int(float64(n)*pitch*c.k)+4, int(size*c.k*1.15)+4)
	for i, q := range s {
		if q == ' ' {
			continue
		}
		m := c.d.set.Mask(f, string(q), size*c.k/.72)
		if m == nil {
			return nil
		}
		if top := pitch * c.k * .92; float64(m.W) > top {
			var t raster.Mask
			m.Resize(&t, max(3, int(top)), m.H, raster.Area)
			m = &t
		}
		o.Union(m, int((float64(i)+.5)*pitch*c.k)-m.W/2+1, (o.H-m.H)/2)
	}
	return o
}
