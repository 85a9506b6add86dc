package card

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// art draws artwork over the background: giant words, emblems, figures with
// dark outlines. Much of it crosses the number on purpose.
func (c *canvas) art() {
	n := weighted(c.r, 30, 45, 20, 5)
	for range n {
		switch weighted(c.r, 16, 14, 12, 11, 7, 7, 6, 9, 13, 14, 8, 6) {
		case 0:
			c.giant()
		case 1:
			c.emblem(between(c.r, .2, .9)*c.w, between(c.r, .2, .9)*c.h, between(c.r, 8, 26), c.randomColor(), float32(between(c.r, .15, 1)))
		case 2:
			c.figure()
		case 3:
			c.panel()
		case 4:
			c.frame()
		case 5:
			c.flowers()
		case 6:
			c.scribble()
		case 7:
			c.pattern()
		case 8:
			c.badge()
		case 9:
			c.comic()
		case 10:
			c.tangle()
		default:
			c.skyline()
		}
	}
}

// randomColor is grey, bright or like the ground.
func (c *canvas) randomColor() raster.Color {
	switch weighted(c.r, 2, 2, 3, 1) {
	case 0:
		return raster.Gray(1)
	case 1:
		return raster.Gray(float32(between(c.r, 0, .3)))
	case 2:
		return hsv(c.r.Float64(), between(c.r, .4, 1), between(c.r, .3, 1))
	}
	return c.im.At(c.r.IntN(c.im.W), c.r.IntN(c.im.H))
}

func (c *canvas) giant() {
	s := pick(c.r, giant...)
	size := between(c.r, 7, 34)
	if len(s) > 5 {
		size *= .5
	}
	l := label{text: s, x: between(c.r, .3, .8) * c.w, y: between(c.r, .25, .75) * c.h, size: size, col: c.randomColor(), alpha: float32(between(c.r, .12, 1)), at: center, kind: "-"}
	if maybe(c.r, .3) {
		l.slant = between(c.r, -.1, .35)
	}
	if maybe(c.r, .2) { // a rim
		m := l
		m.x += .5
		m.y += .5
		m.col = c.randomColor()
		l.font = c.d.lib.PickText(c.r, s)
		m.font = l.font
		c.text(m)
	}
	c.text(l)
}

// emblem is an abstract sign of a few concentric and cut shapes.
func (c *canvas) emblem(x, y, rad float64, col raster.Color, al float32) {
	under := c.im.At(min(max(int(x*c.k), 0), c.im.W-1), min(max(int(y*c.k), 0), c.im.H-1))
	pts := func(n int, r1, r2, off float64) []geom.Point {
		var p []geom.Point
		for i := range n {
			f := rad * r1
			if i%2 == 1 {
				f = rad * r2
			}
			s, co := math.Sincos(off + float64(i)/float64(n)*2*math.Pi)
			p = append(p, geom.Point{X: x + f*co, Y: y + f*s})
		}
		return p
	}
	off := between(c.r, 0, 6.28)
	switch c.r.IntN(9) {
	case 0: // disc with a cut-out
		c.disc(x, y, rad, rad, 0, col, al)
		c.disc(x, y, rad*.72, rad*.72, 0, under, al)
		c.rect(x-rad*.45, y-rad*.12, rad*.9, rad*.24, 0, col, al)
		c.rect(x-rad*.12, y-rad*.45, rad*.24, rad*.9, 0, col, al)
	case 1: // star
		n := 2 * (4 + c.r.IntN(6))
		c.poly(col, al, pts(n, 1, between(c.r, .3, .8), -math.Pi/2)...)
	case 2: // rings
		for i := range 2 + c.r.IntN(4) {
			f := rad * (1 - float64(i)*.22)
			c.ring(x, y, f, f, 0, rad*.07, col, al)
		}
	case 3: // triangles, as hills
		c.poly(col, al, geom.Point{X: x - rad, Y: y + rad*.7}, geom.Point{X: x - rad*.2, Y: y - rad*.8}, geom.Point{X: x + rad*.3, Y: y + rad*.7})
		c.poly(col.Scale(.8), al, geom.Point{X: x - rad*.1, Y: y + rad*.7}, geom.Point{X: x + rad*.5, Y: y - rad*.3}, geom.Point{X: x + rad, Y: y + rad*.7})
	case 4: // polygon in a ring
		c.ring(x, y, rad, rad, 0, rad*.1, col, al)
		c.poly(col, al, pts(2*(3+c.r.IntN(3)), .7, .7, off)...)
	case 5: // petals
		n := 3 + c.r.IntN(5)
		for i := range n {
			s, co := math.Sincos(off + float64(i)/float64(n)*2*math.Pi)
			c.disc(x+co*rad*.5, y+s*rad*.5, rad*.5, rad*.26, off+float64(i)/float64(n)*2*math.Pi, col, al)
		}
	case 6: // coin with square hole
		c.disc(x, y, rad, rad, 0, col, al)
		c.rect(x-rad*.35, y-rad*.35, rad*.7, rad*.7, 0, under, 1)
		c.ring(x, y, rad*.82, rad*.82, 0, rad*.06, under, .8)
	case 7: // letter in a square
		c.rect(x-rad*.85, y-rad*.85, rad*1.7, rad*1.7, rad*.25, col, al)
		c.text(label{text: string(rune('A' + c.r.IntN(26))), x: x, y: y, size: rad, col: under, alpha: al, at: center, kind: "-"})
	default: // swoosh
		a := raster.ArcPoints(x, y, rad, rad, off, 0, 2.6)
		b := raster.ArcPoints(x+rad*.2, y+rad*.15, rad*.8, rad*.85, off, 2.6, 0)
		c.poly(col, al, append(a, b...)...)
	}
}

// figure is a cartoon: filled discs with dark outlines, eyes and limbs.
func (c *canvas) figure() {
	x, y, s := between(c.r, .25, .9)*c.w, between(c.r, .3, .8)*c.h, between(c.r, 7, 22)
	line := between(c.r, .25, 1.1)
	dark := raster.Gray(float32(between(c.r, 0, .2)))
	if maybe(c.r, .15) {
		dark = raster.Gray(1)
	}
	skin := pick(c.r, raster.Gray(1), c.randomColor(), c.randomColor(), raster.Color{.98, .85, .7})
	blob := func(x, y, rx, ry, a float64, col raster.Color) {
		if maybe(c.r, .9) {
			c.disc(x, y, rx, ry, a, col, 1)
		}
		c.ring(x, y, rx, ry, a, line, dark, 1)
	}
	for i := range c.r.IntN(4) {
		a := between(c.r, -1, 1)
		blob(x+s*.8*float64(i-1), y+s*1.1, s*.3, s*.7, a, c.randomColor())
	}
	blob(x, y+s*.9, s*.7, s*.85, between(c.r, -.3, .3), c.randomColor())
	ear := between(c.r, .2, .55)
	for _, d := range []float64{-1, 1} {
		blob(x+d*s*.75, y-s*.6, s*ear, s*ear*between(c.r, .8, 1.6), d*.5, skin)
	}
	blob(x, y, s, s*between(c.r, .7, 1), 0, skin)
	for _, d := range []float64{-1, 1} {
		ey := between(c.r, .1, .26)
		blob(x+d*s*.4, y-s*.05, s*ey, s*ey*1.3, 0, raster.Gray(1))
		c.disc(x+d*s*.38, y, s*ey*.5, s*ey*.6, 0, dark, 1)
	}
	c.stroke(raster.ArcPoints(x, y+s*.25, s*.4, s*.3, 0, .3, 2.8), line, dark, 1)
	if maybe(c.r, .4) { // bow or hat
		col := c.randomColor()
		blob(x+s*.3, y-s*.8, s*.35, s*.22, .5, col)
		blob(x+s*.8, y-s*.6, s*.35, s*.22, .3, col)
	}
	if maybe(c.r, .4) { // whiskers, strings
		for i := range 6 {
			d := float64(i%2)*2 - 1
			yy := y + (float64(i/2)-1)*s*.2
			c.stroke([]geom.Point{{X: x + d*s*.6, Y: yy}, {X: x + d*s*1.4, Y: yy + between(c.r, -2, 2)}}, line*.7, dark, 1)
		}
	}
}

// panel is a plain area across a part of the card.
func (c *canvas) panel() {
	col, al := c.randomColor(), float32(between(c.r, .3, 1))
	switch c.r.IntN(4) {
	case 0:
		h := between(c.r, 4, 20)
		c.rect(0, between(c.r, 0, c.h-h), c.w, h, 0, col, al)
	case 1:
		w := between(c.r, 8, 40)
		x := pick(c.r, 0, c.w-w, between(c.r, 0, c.w-w))
		sl := between(c.r, -20, 20)
		c.poly(col, al, geom.Point{X: x, Y: 0}, geom.Point{X: x + w, Y: 0}, geom.Point{X: x + w + sl, Y: c.h}, geom.Point{X: x + sl, Y: c.h})
	case 2:
		c.disc(between(c.r, 0, c.w), pick(c.r, -10, c.h+10, c.h*.5), between(c.r, 15, 60), between(c.r, 12, 40), between(c.r, -.4, .4), col, al)
	default:
		w, h := between(c.r, 12, 45), between(c.r, 8, 26)
		c.rect(between(c.r, 0, c.w-w), between(c.r, 0, c.h-h), w, h, pick(c.r, 0., 1, 3), col, al)
	}
}

// frame is one or more lines along the rim.
func (c *canvas) frame() {
	col := c.randomColor()
	d := between(c.r, 1, 4)
	for range 1 + c.r.IntN(5) {
		p := raster.RoundRectPoints(d*c.k, d*c.k, (c.w-2*d)*c.k, (c.h-2*d)*c.k, 3*c.k)
		c.im.Stroke(p, max(.4, .2*c.k), true, col, .8)
		d += .55
	}
}

func (c *canvas) flowers() {
	col, col2 := c.randomColor(), c.randomColor()
	for range 2 + c.r.IntN(9) {
		x, y, s := between(c.r, 0, c.w), between(c.r, 0, c.h), between(c.r, 2, 9)
		n := 5 + c.r.IntN(4)
		for i := range n {
			a := float64(i) / float64(n) * 2 * math.Pi
			c.disc(x+math.Cos(a)*s*.6, y+math.Sin(a)*s*.6, s*.5, s*.28, a, col, .85)
		}
		c.disc(x, y, s*.25, s*.25, 0, col2, 1)
	}
}

// scribble is bold free curves across the card, like handwriting.
func (c *canvas) scribble() {
	col, w := c.randomColor(), between(c.r, .25, 2.2)
	for range 1 + c.r.IntN(5) {
		x, y, a := between(c.r, 0, c.w), between(c.r, 0, c.h), between(c.r, 0, 6.28)
		turn := between(c.r, -.5, .5)
		var pts []geom.Point
		for range 10 + c.r.IntN(40) {
			pts = append(pts, geom.Point{X: x, Y: y})
			a += turn + c.r.NormFloat64()*.3
			x, y = x+1.6*math.Cos(a), y+1.6*math.Sin(a)
		}
		c.stroke(pts, w, col, float32(between(c.r, .4, 1)))
	}
}
