package card

import (
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/raster"
)

// foil draws the colour of tipped letters.
func (c *canvas) foil() raster.Color {
	return pick(c.r, raster.Gray(.9), raster.Gray(.8), raster.Color{.95, .8, .45}, raster.Gray(.1), raster.Gray(1), imprint.InkOf(c.r, float32(between(c.r, .3, .9))))
}

// elements draws the bank's name, product words, chip, network mark and
// hologram where the number leaves room.
func (c *canvas) elements(chip bool) {
	r := c.r
	if chip && maybe(r, .86) {
		x, y := between(r, 7.5, 11.5), between(r, 16, 21)
		if maybe(r, .08) {
			x, y = c.w-22, between(r, 14, 22)
		}
		if c.h > c.w {
			x, y = pick(r, (c.w-12)/2, 5, c.w-17), pick(r, between(r, 8, 20), c.h-25)
		}
		if c.reserve(x, y, 13.2, 11) || maybe(r, .3) {
			c.chip(x, y)
			if maybe(r, .3) {
				c.contactless(x+15.5, y+5.5, between(r, 2.5, 5), c.ink(x+14, y+2, 5, 7))
			}
		}
	}
	c.mark()
	c.bank()
	if maybe(r, .22) {
		w, h := between(r, 12, 20), between(r, 9, 14)
		x, y := c.w-w-between(r, 2.5, 8), pick(r, between(r, 12, 20), c.h-h-16)
		if c.reserve(x, y, w, h) || maybe(r, .3) {
			c.hologram(x, y, w, h)
		}
	}
	if maybe(r, .06) {
		c.code(between(r, 30, max(31, c.w-16)), between(r, 5, 16), between(r, 8, 13))
	}
}

// mark draws the network's mark in a corner, usually the lower right.
func (c *canvas) mark() {
	r := c.r
	if !maybe(r, .93) {
		return
	}
	w := between(r, 11, 18.5)
	h := w * .66
	m := between(r, 2.5, 5)
	x, y := c.w-w-m, c.h-h-m
	switch weighted(r, 80, 16, 4) {
	case 1:
		y = m
	case 2:
		x, y = m, c.h-h-m
	}
	if c.occupied(x, y, w, h) && !maybe(r, .2) { // the number is there
		if y = m; c.occupied(x, y, w, h) {
			if y = c.h - h - m; c.occupied(x, y, w, h) {
				if x = m; c.occupied(x, y, w, h) {
					return
				}
			}
		}
	}
	c.reserved = append(c.reserved, geom.Rect{X0: x - 1, Y0: y - 1, X1: x + w + 1, Y1: y + h + 1})
	c.network(c.card.Network, x, y, w)
	if maybe(r, .08) {
		c.network(pick(r, "Visa", "JCB", "Mastercard"), max(2, x-w-3), y, w)
	}
}

// bank prints an emblem and names at the top.
func (c *canvas) bank() {
	r := c.r
	cn, en := bankNames(r)
	c.card.Bank = cn
	x, y := between(r, 4, 9), between(r, 4.5, 9)
	size := between(r, 2.8, 5.2)
	col := c.ink(x, y-3, 36, 7)
	mark := col
	if maybe(r, .4) {
		mark = c.randomColor()
	}
	at, sx := left, 1.0
	if maybe(r, .14) {
		x, at, sx = c.w-x, right, -1
	}
	if maybe(r, .85) {
		c.emblem(x+sx*size*.7, y+size*.15, size*between(r, .6, .95), mark, 1)
		x += sx * size * 1.7
	}
	switch weighted(r, 45, 30, 15) {
	case 0:
		b, ok := c.text(label{text: cn, x: x, y: y, size: size, col: col, at: at})
		if ok && maybe(r, .8) {
			s := size * between(r, .3, .45)
			c.text(label{text: en, x: x, y: b.Y1 + s*.9, size: s, col: col, at: at})
		}
	case 1:
		c.card.Bank = en
		c.text(label{text: en, x: x, y: y, size: size * .75, col: col, at: at, slant: pick(r, 0, 0, .2)})
		if maybe(r, .3) {
			c.text(label{text: pick(r, slogans...), x: x, y: y + size, size: size * .3, col: col, at: at})
		}
	default:
		c.text(label{text: cn, x: x, y: y, size: size * .8, col: col, at: at})
		c.text(label{text: en, x: x + sx*size*.8*4.6, y: y, size: size * .6, col: col, at: at})
	}
	if maybe(r, .6) { // product at the other side
		t := pick(r, pick(r, cardCN...), pick(r, cardLatin...))
		px, pa := c.w-between(r, 3.5, 9), right
		if at == right {
			px, pa = between(r, 3.5, 9), left
		}
		yy := pick(r, y, y+between(r, -1, 6), between(r, 10, 16))
		c.text(label{text: t, x: px, y: yy, size: between(r, 1.8, 4.5), col: c.ink(px-14, yy-2, 14, 4), at: pa, slant: pick(r, 0, 0, .2)})
	}
	if maybe(r, .4) {
		c.text(label{text: pick(r, cardCN...), x: x, y: y + size + 2.5, size: between(r, 1.3, 2.4), col: col, at: at})
	}
}

// clutter is small print at random places.
func (c *canvas) clutter() {
	r := c.r
	for range weighted(r, 5, 3, 2) {
		t := pick(r, slogans...)
		size := between(r, .9, 2)
		x, y := between(r, 3, c.w-12), pick(r, c.h-between(r, 1.8, 4), between(r, 3, 12))
		if !c.reserve(x, y-1, 8, 2) {
			continue
		}
		c.text(label{text: t, x: x, y: y, size: size, col: c.ink(x, y-1, 16, 2)})
	}
	if maybe(r, .07) {
		c.text(label{text: pick(r, slogans...), x: c.w - between(r, 2, 4), y: between(r, 15, 38), size: between(r, 1.2, 2.2), col: c.ink(c.w-6, 15, 5, 20), turn: true, at: right})
	}
}
