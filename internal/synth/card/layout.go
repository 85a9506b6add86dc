package card

import (
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// classic is the embossed card of ISO/IEC 7811-1 and flat cards with its layout:
// number across the middle, dates and name below.
func (c *canvas) classic(diff float64, emboss bool) bool {
	r := c.r
	c.card.Layout = "classic"
	y := c.h - 21.42
	if maybe(r, .25) || !emboss {
		y += between(r, -2.5, 2.5)
	} else {
		y += between(r, -.4, .4)
	}
	text, groups := c.number()
	p := c.newPrint(emboss, diff, c.mean(6, y-3, 74, 6))
	c.setPrint(&p)
	x := between(r, 6, 11)
	height := 4.33
	if p.face.Class != 0 || maybe(r, .2) {
		height = between(r, 3.2, 4.9)
	}
	w := row{kind: Number, text: text, groups: groups, x: x, y: y, height: height * between(r, .96, 1.03), fit: c.w - x - between(r, 3, 7)}
	if p.face.Class == 0 {
		w.pitch = 3.63 * between(r, .98, 1.03)
	}
	if maybe(r, .25) {
		w.gap = c.naturalPitch(p.face, height) * between(r, .35, 1.5)
	}
	c.reserve(x-1, y-height*.8, c.w-x-2, height*1.6)
	c.elements(true)
	// name and dates reserve their places before the number is printed
	c.below(&p, x, y, text, emboss)
	return c.digits(&p, w)
}

// below prints the text between the number and the lower edge.
func (c *canvas) below(p *print, x, y float64, text string, emboss bool) {
	r := c.r
	if maybe(r, .55) && len(text) > 4 { // the first digits again, small: a forgery check
		g := text[:4]
		c.text(label{text: g, x: x + between(r, 0, 3), y: y + between(r, 3.6, 5), size: between(r, 1.2, 2), col: c.ink(x, y+3, 9, 3)})
	}
	dy := c.h - between(r, 11.5, 15)
	if !emboss {
		dy = y + between(r, 6.5, 11)
	}
	if dy < y+5.5 {
		dy = y + 5.5
	}
	dx := pick(r, x+between(r, 12, 22), c.w*.5, c.w*between(r, .3, .55), x+between(r, 6, 12))
	if maybe(r, .86) {
		c.dates(p, dx, dy)
	}
	if maybe(r, .85) {
		c.holder(x+between(r, -1, 1), min(c.h-3.2, dy+between(r, 3.6, 7.5)), emboss)
		if maybe(r, .12) {
			c.holder(x, min(c.h-2.5, dy+11), emboss)
		}
	}
	if maybe(r, .2) { // member since, account numbers, codes
		c.text(label{text: pick(r, "MEMBER SINCE 08", "CVN", "GOLD", "0571-9555", "No. 3308", "A/C 00123456", "会员"), x: x, y: dy, size: between(r, 1, 2.2), col: c.ink(x, dy-2, 12, 4)})
	}
	if maybe(r, .1) {
		c.text(label{text: "◁ ATM"[len("◁ "):], x: 3.4, y: c.h - between(r, 3, 9), size: 1.6, col: c.ink(2, c.h-8, 8, 6)})
	}
}

// dates prints one to three dates with their captions.
func (c *canvas) dates(p *print, x, y float64) {
	r := c.r
	n := 1 + weighted(r, 70, 26, 4)
	height := between(r, 2.3, 3.3)
	step := pick(r, between(r, 17, 24), between(r, 19, 22))
	vertical := maybe(r, .12) && n == 2
	for i := range n {
		d := number.Date(r)
		q := *p
		if p.emboss && p.face.Class == 0 && maybe(r, .7) { // the embossing machine's second face
			q.face = c.d.lib.Pick(r, pick(r, glyph.Block, glyph.Block, glyph.Block, glyph.Block, glyph.Farrington))
		}
		w := row{kind: Date, text: d, x: x + float64(i)*step, y: y, height: height, at: left}
		if vertical {
			w.x, w.y = x, y+float64(i)*height*1.7
		}
		pitch := c.naturalPitch(q.face, height)
		if q.face.Class == glyph.Farrington || q.face.Class == glyph.Block {
			pitch = height * between(r, .74, .95)
		}
		w.pitch = pitch
		long := pitch * float64(len(d))
		if w.x+long > c.w-3 || w.y > c.h-2.5 || c.occupied(w.x, w.y-height*.5, long, height) && !maybe(r, .15) {
			continue
		}
		if !p.emboss {
			c.caption(w.x, w.y, height, i, n)
		}
		if !c.digits(&q, w) {
			continue
		}
		if p.emboss {
			c.caption(w.x, w.y, height, i, n)
		}
		c.card.Dates = append(c.card.Dates, d)
		if e := mmyy(d); i == n-1 || i == 0 {
			c.card.Expiry = e
		}
	}
}

// caption prints the words next to a date: two lines at its left, a line above,
// or both.
func (c *canvas) caption(x, y, height float64, i, n int) {
	r := c.r
	size := between(r, .8, 1.45)
	col := c.ink(x-8, y-3, 20, 5)
	from := n > 1 && i == 0
	if maybe(r, .75) {
		a, b := "VALID", "THRU"
		switch {
		case from:
			b = pick(r, "FROM", "DATE", "SINCE")
			if b == "SINCE" {
				a = "MEMBER"
			}
		case maybe(r, .3):
			a, b = pick(r, "GOOD", "EXPIRES", "EXPIRY", "有效", "UNTIL"), pick(r, "THRU", "END", "DATE", "期至", "END")
		}
		f := c.d.lib.PickText(r, a+b)
		c.text(label{text: a, x: x - .8, y: y - size*.75, size: size, col: col, at: right, font: f})
		c.text(label{text: b, x: x - .8, y: y + size*.75, size: size, col: col, at: right, font: f})
	}
	if maybe(r, .7) {
		c.text(label{text: pick(r, "MONTH/YEAR", "MONTH/YEAR", "月/年", "MM/YY", "月/年 MONTH/YEAR", "VALID THRU", "有效期"), x: x + height*1.7, y: y - height*.5 - size*.9, size: size, col: col, at: center})
	}
}

// holder prints a name in raised or flat capitals.
func (c *canvas) holder(x, y float64, emboss bool) {
	r := c.r
	name := number.Name(r)
	if emboss || maybe(r, .25) { // fixed pitch, 2.54 mm in ISO/IEC 7811-1
		size, pitch := between(r, 2.2, 3), between(r, 2.05, 2.6)
		if m := c.letters(name, size, min(pitch, (c.w-x-2)/float64(len(name)))); m != nil {
			c.stamp(m, x, y, name, size, emboss)
			return
		}
	}
	l := label{text: name, x: x, y: y, size: between(r, 2, 3.1), kind: Name, col: c.ink(x, y-2, 40, 4)}
	if maybe(r, .5) {
		l.text = spaced(name)
	}
	if emboss {
		l.emboss = c.newRelief(c.foil(), maybe(r, .7))
	}
	for range 4 {
		if b, ok := c.text(l); ok {
			if b.X1 < c.w && c.card.Name == "" {
				c.card.Name = name
			}
			return
		}
		l.size *= .8
	}
}

// stamp prints the mask of a name, vertically centred at y.
func (c *canvas) stamp(m *raster.Mask, x, y float64, name string, size float64, emboss bool) {
	px, py := int(x*c.k), int(y*c.k)-m.H/2
	if emboss {
		c.raise(m, px, py, c.newRelief(c.foil(), maybe(c.r, .72)))
	} else {
		c.im.Blend(m, px, py, c.ink(x, y-2, 40, 4), 1)
	}
	h := size * c.k
	c.card.Lines = append(c.card.Lines, Line{Kind: Name, Text: name, Height: h,
		Quad: geom.RectQuad(float64(px+2), float64(py)+(float64(m.H)-h)/2, float64(m.W-4), h)})
	if c.card.Name == "" {
		c.card.Name = name
	}
}

func spaced(s string) string {
	var o []rune
	for _, q := range s {
		o = append(o, q)
		if q == ' ' {
			o = append(o, ' ')
		}
	}
	return string(o)
}

// free is flat print at any height, in one line.
func (c *canvas) free(diff float64, emboss bool) bool {
	r := c.r
	c.card.Layout = "free"
	y := between(r, 7, c.h-5)
	text, groups := c.number()
	p := c.newPrint(emboss, diff, c.mean(6, y-3, 74, 6))
	c.setPrint(&p)
	height := between(r, 2, 5.2)
	x := between(r, 4, 20)
	at := left
	switch {
	case maybe(r, .25):
		x, at = c.w/2, center
	case maybe(r, .15):
		x, at = c.w-between(r, 3.5, 10), right
	}
	w := row{kind: Number, text: text, groups: groups, x: x, y: y, height: height, at: at, stretch: between(r, .9, 1.1)}
	w.fit = c.w - 6
	switch at {
	case left:
		w.fit = c.w - x - 3
	case right:
		w.fit = x - 3
	}
	w.pitch = c.naturalPitch(p.face, height) * w.stretch
	if maybe(r, .35) {
		w.gap = w.pitch * between(r, .3, 1.6)
	}
	c.reserve(x-50, y-height*.9, 150, height*1.8)
	c.elements(maybe(r, .8))
	if y < c.h-12 {
		c.below(&p, between(r, 4, 12), y, text, false)
	} else if maybe(r, .7) {
		c.dates(&p, between(r, 8, 55), y-between(r, 7, 12))
		c.holder(between(r, 5, 14), y-between(r, 14, 18), false)
	}
	return c.digits(&p, w)
}

// lines2 splits the number over two lines, flat.
func (c *canvas) lines2(diff float64) bool {
	c.card.Layout = "lines2"
	text, _ := c.number()
	groups := split4(text)
	return c.rows(diff, text, [][]int{groups[:len(groups)/2], groups[len(groups)/2:]})
}

// stacked prints every four digits on a line of their own.
func (c *canvas) stacked(diff float64) bool {
	c.card.Layout = "stacked"
	text, _ := c.number()
	var g [][]int
	for _, n := range split4(text) {
		g = append(g, []int{n})
	}
	return c.rows(diff, text, g)
}

func split4(s string) (g []int) {
	for n := len(s); n > 0; n -= 4 {
		g = append(g, min(4, n))
	}
	return g
}

// rows prints a number over several lines.
func (c *canvas) rows(diff float64, text string, groups [][]int) bool {
	r := c.r
	n := float64(len(groups))
	height := between(r, 3, min(6, 26/n))
	lead := height * between(r, 1.35, 1.9)
	x, y := between(r, 6, c.w*.6), between(r, 16, max(17, c.h-8-lead*n))
	if n < 3 {
		x = between(r, 6, c.w*.4)
	}
	p := c.newPrint(false, diff, c.mean(x, y-3, 40, lead*n))
	c.setPrint(&p)
	c.reserved = append(c.reserved, geom.Rect{X0: x - 1, Y0: y - height, X1: c.w, Y1: y + lead*n})
	c.elements(maybe(r, .7))
	c.card.Grouping = nil
	at := 0
	pitch := c.naturalPitch(p.face, height)
	for i, g := range groups {
		k := 0
		for _, v := range g {
			k += v
		}
		c.card.Grouping = append(c.card.Grouping, g...)
		if !c.digits(&p, row{kind: Number, text: text[at : at+k], groups: g, x: x, y: y + float64(i)*lead, height: height, pitch: pitch, fit: c.w - x - 3}) {
			return false
		}
		at += k
	}
	if maybe(r, .7) {
		c.dates(&p, x+between(r, 5, 14), min(c.h-4, y+lead*n))
	}
	if maybe(r, .7) {
		c.holder(between(r, 5, 14), c.h-between(r, 4, 8), false)
	}
	return true
}
