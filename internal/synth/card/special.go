package card

import (
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// portrait is a card taller than wide: the number small in one line, stacked, or
// in several lines.
func (c *canvas) portrait(diff float64, emboss bool) bool {
	r := c.r
	c.card.Layout = "portrait"
	text, groups := c.number()
	if maybe(r, .25) {
		var g [][]int
		q := split4(text)
		if maybe(r, .5) {
			for _, n := range q {
				g = append(g, []int{n})
			}
		} else {
			g = [][]int{q[:2], q[2:]}
		}
		return c.rows(diff, text, g)
	}
	y := between(r, 20, c.h-8)
	p := c.newPrint(emboss, diff, c.mean(4, y-3, 46, 6))
	c.setPrint(&p)
	height := between(r, 2.1, 3.6)
	w := row{kind: Number, text: text, groups: groups, x: c.w / 2, y: y, at: center, height: height, fit: c.w - between(r, 3, 9)}
	w.pitch = c.naturalPitch(p.face, height)
	if p.face.Class == 0 {
		w.pitch = height * .84
	}
	c.reserve(2, y-height, c.w-4, 2*height)
	c.elements(maybe(r, .8))
	if y < c.h-13 {
		c.dates(&p, between(r, 12, 26), y+between(r, 5, 8))
		c.holder(between(r, 4, 12), y+between(r, 10, 12.5), emboss)
	}
	return c.digits(&p, w)
}

// back is the reverse side: a magnetic stripe, a signature panel, small print
// and often the number.
func (c *canvas) back(diff float64) bool {
	r := c.r
	c.card.Layout = "back"
	c.mute()
	y := between(r, 3, 7)
	c.rect(0, y, c.w, between(r, 9, 12.7), 0, raster.Gray(float32(between(r, .02, .2))), 1)
	y += 15
	w := between(r, 40, 65)
	c.rect(5, y, w, 8, 0, raster.Gray(float32(between(r, .85, 1))), .95)
	for i := range 7 {
		yy := y + .6 + float64(i)*1.1
		c.stroke([]geom.Point{{X: 5, Y: yy}, {X: 5 + w, Y: yy}}, .15, raster.Gray(.7), .7)
	}
	c.text(label{text: pick(r, "123", "407", "8888 921"), x: 5 + w - 1, y: y + 4, size: 2.6, col: raster.Gray(.1), at: right, slant: -.2})
	if maybe(r, .6) {
		x := 8.0
		var pts []geom.Point
		for range 14 {
			pts = append(pts, geom.Point{X: x, Y: y + 4 + between(r, -2.5, 2.5)})
			x += between(r, .5, 3)
		}
		c.stroke(pts, .3, raster.Color{.1, .1, .4}, .9)
	}
	yy := y + 11.5
	if maybe(r, .65) && !c.d.Constraints.NoNumber {
		text, groups := c.number()
		p := c.newPrint(false, diff, c.mean(6, yy-2, 60, 5))
		c.setPrint(&p)
		h := between(r, 2.4, 4.2)
		if !c.digits(&p, row{kind: Number, text: text, groups: groups, x: between(r, 5, 9), y: yy, height: h, fit: c.w - 14}) {
			return false
		}
		if maybe(r, .6) {
			c.dates(&p, between(r, 14, 30), yy+5.5)
		}
	}
	for i := range 2 + r.IntN(4) {
		t := pick(r, slogans...)
		c.text(label{text: t, x: 5, y: c.h - 9 + float64(i)*2.1, size: between(r, .9, 1.3), col: c.ink(5, c.h-10, 40, 8)})
	}
	if maybe(r, .5) {
		c.hologram(c.w-20, c.h-16, 14, 10)
	}
	c.mark()
	return true
}

// thing draws an object of a card's size that is not a bank card: an identity or
// gift card, a ticket, a label. Some have digits that are not a card number.
func (d *Painter) thing(long int) *Card {
	r := d.r
	c := d.canvas(long, maybe(r, .15))
	c.card.Layout = "thing"
	cropRecolored(r, d.ground.Pick(r), c.im, newRecolor(r, false))
	kind := r.IntN(3)
	if kind != 1 { // paper, or plastic that looks like it
		c.veil(raster.Color{1, 1, .97}.Scale(float32(between(r, .85, 1))), float32(between(r, .65, 1)))
	}
	if kind == 1 {
		c.card.Layout = "blank"
	} else {
		c.card.Thing, c.card.Square = true, true
	}
	switch kind {
	case 0: // identity card: portrait and lines of text
		c.rect(c.w-27, 10, 20, 26, 0, raster.Gray(.85), 1)
		c.disc(c.w-17, 19, 5, 6.5, 0, raster.Color{.85, .65, .5}, 1)
		c.disc(c.w-17, 33, 9, 7, 0, raster.Color{.2, .2, .35}, 1)
		for i := range 4 + r.IntN(3) {
			y := 8 + float64(i)*6
			c.text(label{text: number.Words(r), x: 6, y: y, size: between(r, 1.8, 3), col: c.ink(6, y-2, 40, 4)})
		}
		c.text(label{text: number.Short(r, 8+r.IntN(3)).Digits, x: 25, y: c.h - 6, size: 2.8, col: c.ink(20, c.h-8, 50, 4)})
	case 1: // gift card
		c.art()
		c.giant()
		c.text(label{text: pick(r, "GIFT CARD", "礼品", "VIP", "会员", "Gift Card", "COFFEE", "MEMBER"), x: c.w / 2, y: between(r, 12, c.h-8), size: between(r, 4, 8), col: c.randomColor(), at: center})
	default: // ticket or visiting card
		for i := range 3 + r.IntN(6) {
			y := 6 + float64(i)*5.5
			c.text(label{text: number.Words(r), x: between(r, 5, 30), y: y, size: between(r, 1.4, 4), col: c.ink(6, y-2, 40, 4)})
		}
		c.emblem(between(r, 10, c.w-10), between(r, 10, c.h-10), between(r, 4, 10), c.randomColor(), 1)
	}
	return c.done()
}

// Thing draws an object of a card's size that is not a bank card.
func (d *Painter) Thing(long int) *Card {
	for {
		if c := d.thing(long); c.Thing {
			return c
		}
	}
}
