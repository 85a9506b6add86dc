package card

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// chip draws the contacts of an integrated circuit (ISO/IEC 7816-2): some
// thirteen by twelve millimetres of gold or silver, in one of several cuts.
func (c *canvas) chip(x, y float64) {
	w, h := between(c.r, 10.5, 13.2), between(c.r, 9, 12)
	col := raster.Color{.88, .74, .4}
	if maybe(c.r, .42) {
		col = raster.Gray(float32(between(c.r, .6, .92)))
	}
	col = col.Scale(float32(between(c.r, .75, 1.12)))
	line := col.Scale(float32(between(c.r, .25, .7)))
	lw := between(c.r, .12, .35)
	round := maybe(c.r, .25)
	cx, cy := x+w/2, y+h/2
	if round {
		c.disc(cx, cy, w*.52, w*.5, 0, col, 1)
		c.ring(cx, cy, w*.52, w*.5, 0, lw, line, 1)
	} else {
		rad := between(c.r, .3, 2.6)
		c.rect(x, y, w, h, rad, col, 1)
		p := raster.RoundRectPoints(x*c.k, y*c.k, w*c.k, h*c.k, rad*c.k)
		c.im.Stroke(p, max(.4, lw*c.k), true, line, .9)
	}
	// sheen
	c.poly(raster.Gray(1), float32(between(c.r, 0, .35)), geom.Point{X: x + w*.1, Y: y + h*.05}, geom.Point{X: x + w*.45, Y: y + h*.05}, geom.Point{X: x + w*.2, Y: y + h*.95}, geom.Point{X: x + w*.05, Y: y + h*.9})
	l := func(x0, y0, x1, y1 float64) {
		c.stroke([]geom.Point{{X: x + x0*w, Y: y + y0*h}, {X: x + x1*w, Y: y + y1*h}}, lw, line, 1)
	}
	mx := between(c.r, .28, .4)
	switch c.r.IntN(5) {
	case 0:
		for _, v := range []float64{.33, .66} {
			l(0, v, mx, v)
			l(1-mx, v, 1, v)
		}
		l(mx, 0, mx, 1)
		l(1-mx, 0, 1-mx, 1)
	case 1:
		c.ring(cx, cy, w*.2, h*.26, 0, lw, line, 1)
		for _, v := range []float64{.3, .7} {
			l(0, v, .32, v)
			l(.68, v, 1, v)
		}
		l(.5, 0, .5, .24)
		l(.5, .76, .5, 1)
	case 2:
		c.im.Stroke(raster.RoundRectPoints((x+w*.3)*c.k, (y+h*.25)*c.k, w*.4*c.k, h*.5*c.k, 1.2*c.k), max(.4, lw*c.k), true, line, 1)
		l(0, .5, .3, .5)
		l(.7, .5, 1, .5)
		for _, v := range []float64{.25, .75} {
			l(0, v, 1, v)
		}
	case 3:
		for _, v := range []float64{.25, .5, .75} {
			l(0, v, .36, v)
			l(.64, v, 1, v)
		}
		l(.36, 0, .36, 1)
		l(.64, 0, .64, 1)
		l(.36, .3, .64, .3)
	default:
		l(0, .36, .34, .36)
		l(0, .66, .34, .66)
		l(.66, .36, 1, .36)
		l(.66, .66, 1, .66)
		l(.34, .36, .5, .1)
		l(.66, .36, .5, .1)
		l(.34, .66, .5, .9)
		l(.66, .66, .5, .9)
		l(.34, .36, .34, .66)
		l(.66, .36, .66, .66)
	}
}

// contactless is the contactless symbol: three or four arcs.
func (c *canvas) contactless(x, y, s float64, col raster.Color) {
	for i := range 4 {
		r := s * (.35 + .25*float64(i))
		c.stroke(raster.ArcPoints(x, y, r, r, 0, -.7, .7), s*.09, col, 1)
	}
}

// network draws a mark of the named kind in a box w wide and about .6 w high.
func (c *canvas) network(name string, x, y, w float64) {
	h := w * .62
	switch name {
	case "UnionPay":
		c.panels(x, y, w, h)
	case "Mastercard":
		a, b := raster.Color{.92, .1, .12}, raster.Color{.97, .62, .1}
		if maybe(c.r, .2) {
			a, b = raster.Gray(.85), raster.Gray(.6)
		}
		if maybe(c.r, .2) {
			a, b = raster.Color{.1, .4, .8}, raster.Color{.85, .1, .15}
		}
		rr := w * .3
		c.disc(x+rr, y+rr, rr, rr, 0, a, 1)
		c.disc(x+w-rr, y+rr, rr, rr, 0, b, 1)
		if maybe(c.r, .5) {
			c.disc(x+w/2, y+rr, rr*.35, rr*.82, 0, a.Mix(b, .5), 1)
		}
		col := raster.Gray(1)
		if maybe(c.r, .5) {
			c.text(label{text: pick(c.r, "MasterCard", "mastercard", "maestro", "debit"), x: x + w/2, y: y + rr*between(c.r, .9, 1.1), size: w * .1, col: col, at: center, slant: .15})
		} else {
			c.text(label{text: pick(c.r, "mastercard", "maestro", "World"), x: x + w/2, y: y + rr*2 + w*.1, size: w * .1, col: c.ink(x, y+rr*2, w, 2), at: center})
		}
	case "Visa":
		col := c.ink(x, y, w, h)
		if maybe(c.r, .3) {
			c.rect(x-.8, y-.6, w+1.6, h*.8+1.2, .8, raster.Gray(1), 1)
			col = raster.Color{.1, .15, .5}
		}
		c.text(label{text: pick(c.r, "VISA", "VISA", "VISTA", "ViSA"), x: x + w/2, y: y + h*.4, size: w * .32, col: col, at: center, slant: between(c.r, .1, .35)})
		if maybe(c.r, .4) {
			c.text(label{text: pick(c.r, "Signature", "Infinite", "Debit", "Electron", "Platinum"), x: x + w, y: y + h, size: w * .12, col: col, at: right})
		}
	case "JCB":
		for i, col := range []raster.Color{{.05, .3, .65}, {.75, .1, .2}, {.1, .55, .25}} {
			c.rect(x+float64(i)*w/3, y, w/3-.3, h, w*.1, col, 1)
			c.text(label{text: "JCB"[i : i+1], x: x + (float64(i)+.5)*w/3, y: y + h*.5, size: w * .2, col: raster.Gray(1), at: center, kind: "-"})
		}
	case "American Express":
		c.rect(x, y, w, h, .5, raster.Color{.15, .5, .75}, 1)
		for i, t := range []string{"AMERICAN", "EXPRESS"} {
			c.text(label{text: t, x: x + w/2, y: y + h*(.33+.34*float64(i)), size: h * .2, col: raster.Gray(1), at: center})
		}
	case "Discover":
		c.text(label{text: pick(c.r, "DISCOVER", "DISC VER"), x: x + w/2, y: y + h/2, size: w * .15, col: c.ink(x, y, w, h), at: center})
		c.disc(x+w*.6, y+h/2, w*.08, w*.08, 0, raster.Color{.95, .5, .1}, 1)
	default:
		c.emblem(x+h/2, y+h/2, h/2, c.randomColor(), 1)
		c.text(label{text: pick(c.r, "Verve", "MIR", "RuPay", "troy", "elo", "PULSE", "STAR", "CIRRUS", "Plus", "NETS"), x: x + h*1.15, y: y + h/2, size: w * .18, col: c.ink(x, y, w, h)})
	}
}

// panels are three slanted panels side by side with two words on them, on a
// light ground.
func (c *canvas) panels(x, y, w, h float64) {
	cols := []raster.Color{{.85, .1, .15}, {.05, .25, .5}, {0, .48, .5}}
	ink := raster.Gray(1)
	if maybe(c.r, .1) {
		g := float32(between(c.r, .2, .9))
		cols = []raster.Color{raster.Gray(g), raster.Gray(g * .8), raster.Gray(g * .9)}
		if g > .6 {
			ink = raster.Gray(.1)
		}
	}
	lean := h * .12
	par := func(x0, x1, y0, y1 float64, col raster.Color) {
		sh := func(yy float64) float64 { return lean * (1 - 2*(yy-y)/h) }
		c.poly(col, 1, geom.Point{X: x0 + sh(y0), Y: y0}, geom.Point{X: x1 + sh(y0), Y: y0}, geom.Point{X: x1 + sh(y1), Y: y1}, geom.Point{X: x0 + sh(y1), Y: y1})
	}
	if maybe(c.r, .85) {
		if maybe(c.r, .6) {
			c.rect(x-lean-.7, y-.7, w+2*lean+1.4, h+1.4, 1.6, raster.Gray(.97), 1)
		} else {
			par(x-.8, x+w+.8, y-.8, y+h+.8, raster.Gray(.97))
		}
	}
	for i, col := range cols {
		par(x+float64(i)*w/3*1.02, x+w*float64(i+1)/3+.3, y, y+h, col)
	}
	words := []string{"UnionPay", "银联"}
	if maybe(c.r, .3) {
		c.text(label{text: "银联", x: x + w/2, y: y + h/2, size: h * .48, col: ink, at: center, slant: .12})
		return
	}
	for i, t := range words {
		s := h * .26
		if i == 1 {
			s = h * .36
		}
		c.text(label{text: t, x: x + w/2, y: y + h*(.3+.4*float64(i)), size: s, col: ink, at: center, slant: .12})
	}
}

// hologram is a patch whose colours change along it.
func (c *canvas) hologram(x, y, w, h float64) {
	h0 := c.r.Float64()
	n := 14
	sil := between(c.r, .1, .6)
	for i := range n {
		f := float64(i) / float64(n)
		col := hsv(h0+f*between(c.r, .8, 1.2), sil, between(c.r, .6, 1))
		c.rect(x+w*f, y, w/float64(n)+.1, h, 0, col, .92)
	}
	for range 6 + c.r.IntN(14) {
		yy := y + between(c.r, 0, h)
		c.stroke([]geom.Point{{X: x, Y: yy}, {X: x + w, Y: yy + between(c.r, -.6, .6)}}, .15, pick(c.r, raster.Gray(1), raster.Gray(.3)), .5)
	}
	switch c.r.IntN(3) {
	case 0:
		rad := min(w, h) * .4
		for i := range 5 {
			f := math.Abs(math.Cos(float64(i) / 5 * math.Pi))
			c.ring(x+w/2, y+h/2, rad*f, rad, .2, .2, raster.Gray(.25), .8)
		}
	case 1:
		c.emblem(x+w/2, y+h/2, min(w, h)*.4, raster.Gray(.95), .8)
	default:
		for j := range 3 {
			c.text(label{text: pick(c.r, "天地", "SECURE", "VALID", "银联"), x: x + w/2, y: y + h*(.2+.3*float64(j)), size: h * .13, col: raster.Gray(.2), at: center, alpha: .7, kind: "-"})
		}
	}
}

// code is a square of black and white cells.
func (c *canvas) code(x, y, s float64) {
	c.rect(x-.6, y-.6, s+1.2, s+1.2, 0, raster.Gray(1), 1)
	n := pick(c.r, 17, 21, 25)
	u := s / float64(n)
	ink := raster.Gray(.05)
	for j := range n {
		for i := range n {
			if (i < 7 || i >= n-7) && j < 7 || i < 7 && j >= n-7 {
				continue
			}
			if maybe(c.r, .48) {
				c.rect(x+float64(i)*u, y+float64(j)*u, u, u, 0, ink, 1)
			}
		}
	}
	for _, p := range [][2]float64{{0, 0}, {float64(n) - 7, 0}, {0, float64(n) - 7}} {
		c.rect(x+p[0]*u, y+p[1]*u, 7*u, 7*u, 0, ink, 1)
		c.rect(x+(p[0]+1)*u, y+(p[1]+1)*u, 5*u, 5*u, 0, raster.Gray(1), 1)
		c.rect(x+(p[0]+2)*u, y+(p[1]+2)*u, 3*u, 3*u, 0, ink, 1)
	}
}
