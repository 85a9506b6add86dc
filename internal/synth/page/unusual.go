package page

import (
	"fmt"
	"math"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Kinds of cards that are rare, and were read worse than others.
const (
	UnionPay18 = "UnionPay, 18 digits"
	UnionPay19 = "UnionPay, 19 digits"
	Amex443    = "American Express, 4-4-4-3"
	Rows       = "group below group"
	Column     = "digit below digit"
	SignBeside = "sign beside the number"
	SignOver   = "sign over the number"
	Segments   = "seven segments"
	Thumbnail  = "card of 90 to 150 pixels"
	DateInLine = "date in a line with text"
)

// Unusuals are the kinds of Unusual.
var Unusuals = []string{UnionPay18, UnionPay19, Amex443, Rows, Column, SignBeside, SignOver, Segments, Thumbnail, DateInLine}

// plate is a blank card before it is printed.
type plate struct {
	ground, ink raster.Color
	style       imprint.Style
	face        *glyph.Face
	font        *glyph.Font
}

// The size of a card's drawing, in pixels a millimetre and in pixels.
const (
	plateScale = 10.0
	plateW     = 856
	plateH     = 540
)

// plate starts a card of one colour with faint figures. The class of its face counts
// if it is that of displays; others are drawn.
func (p *Painter) plate(w, h int, embossed bool, class glyph.Class) plate {
	ground := raster.Color{p.rng.Float32(), p.rng.Float32(), p.rng.Float32()}.Mix(raster.Gray(raster.Pick(p.rng, float32(.15), .85)), .4)
	p.start(w, h, ground)
	for range 3 {
		p.im.Ellipse(p.between(0, float64(w)), p.between(0, float64(h)), p.between(60, 300), p.between(60, 300), p.between(0, 3), ground.Mix(raster.Gray(p.rng.Float32()), .15), 1)
	}
	b := plate{ground: ground, ink: raster.Gray(1), style: p.printer.FlatStyle(p.rng, .2, ground), face: p.face(), font: p.font()}
	if class == glyph.Segment {
		b.face = p.lib.Pick(p.rng, class)
	}
	if embossed {
		b.style, b.face = p.printer.EmbossStyle(p.rng, .2, true), p.lib.Pick(p.rng, glyph.Farrington)
	}
	if ground.Luma() > .5 {
		b.ink = raster.Gray(.1)
	}
	return b
}

// Unusual draws a card of the given kind, near and nearly upright, in a photograph
// or, if it is small, in a screenshot.
func (p *Painter) Unusual(seed uint64, what string) *Image {
	p.seed(seed)
	n := p.panOf(what)
	date := fmt.Sprintf("%02d/%02d", 1+p.rng.IntN(12), 24+p.rng.IntN(10))
	embossed := what != Segments && what != Rows && what != Column && what != DateInLine && p.chance(.5)
	p.card.Number = ""
	switch what {
	case Rows, Column:
		p.tall(n, date, what)
	case DateInLine:
		if p.chance(.5) {
			p.tall(n, date, what)
		} else {
			p.wide(n, date, what, false)
		}
	default:
		p.wide(n, date, what, embossed)
	}
	p.label(n, date)
	p.card.Print, p.card.Layout = "flat", "classic"
	if embossed {
		p.card.Print = "emboss"
	}
	if what == Thumbnail {
		p.thumbnail()
		return p.finish(seed, "art", what)
	}
	p.photograph()
	return p.finish(seed, "photo", what)
}

// panOf draws a number for a kind.
func (p *Painter) panOf(what string) number.Number {
	for {
		n := p.pan()
		long, unionPay := len(n.Digits), strings.HasPrefix(n.Digits, "62")
		switch what {
		case UnionPay18:
			if !unionPay || long != 18 {
				continue
			}
		case UnionPay19:
			if !unionPay || long != 19 {
				continue
			}
		case Amex443:
			if long != 15 || n.Digits[0] != '3' {
				continue
			}
			n.Groups = []int{4, 4, 4, 3}
		default:
			if long != 16 {
				continue
			}
			n.Groups = []int{4, 4, 4, 4}
		}
		return n
	}
}

// wide prints a card with the number in one line.
func (p *Painter) wide(n number.Number, date, what string, embossed bool) {
	const k = plateScale
	class := glyph.Sans
	if what == Segments {
		class = glyph.Segment
	}
	b := p.plate(plateW, plateH, embossed, class)
	p.text(b.font, p.pick("NORTH BANK", "CITY BANK", "HARBOUR BANK"), 50, 50, 30, b.ink)
	p.im.RoundRect(80, 170, 110, 85, 12, raster.Color{.85, .72, .4}, 1)
	digit, row := 4.3*k, grouped(n)
	pitch := math.Min(.84, 710/digit/float64(len(row)))
	y := 300 + p.between(0, 25)
	boxes, end := p.row(b.face, row, 70, y, digit, pitch, &b.style)
	switch what {
	case SignBeside:
		p.sign(b, end+digit*p.between(.25, .9), y, digit*p.between(.7, 1.1))
	case SignOver:
		box := boxes[len(boxes)-1-p.rng.IntN(4)]
		p.sign(b, box.X0+digit*p.between(.1, .5), y, digit*p.between(.7, 1.1))
	}
	if what == DateInLine {
		p.inLine(b, date, 70+p.between(0, 200), 385+p.between(0, 20))
	} else {
		x, dy, size := 300+p.between(0, 80), 390+p.between(0, 20), p.between(2.6, 3.4)*k
		p.text(b.font, p.pick("VALID THRU", "GOOD THRU", "EXPIRES END"), x-115, dy-12, 13, b.ink)
		p.row(b.face, date, x, dy, size, .84, &b.style)
	}
	p.text(b.font, number.Name(p.rng), 70, 460, 25, b.ink)
}

// inLine prints a date in one line with its label, the security code, or both.
func (p *Painter) inLine(b plate, date string, x, y float64) {
	row := p.pick("DATE 123", "EXP DATE", "VALID DATE  CVV 123", "Valid thru DATE  CVV 123", "GOOD THRU DATE", "DATE  CVC 123")
	row = strings.NewReplacer("DATE", date, "123", fmt.Sprintf("%03d", p.rng.IntN(1000))).Replace(row)
	p.text(b.font, row, x, y, p.between(1.5, 2.6)*plateScale, b.ink)
}

// sign prints one of the signs that stand beside numbers, in plain ink, with its
// left end at x.
func (p *Painter) sign(b plate, x, y, h float64) {
	kind := raster.Pick(p.rng, glyph.Signs...)
	if p.chance(.4) {
		kind = "waves"
	}
	f := b.face.With(glyph.Sign, glyph.Draw(kind, p.between(.8, 1.1), p.between(.07, .12), p.rng.IntN(12)))
	p.printer.Print(p.im, imprint.Line{Face: f, Text: ">", X: []float64{x + h*f.Glyphs[glyph.Sign].W/2}, Y: []float64{y}, Height: h}, flat(b.ink))
}

// tall prints a portrait card with the number in rows of four digits or of one.
func (p *Painter) tall(n number.Number, date, what string) {
	b := p.plate(plateH, plateW, false, glyph.Sans)
	p.text(b.font, p.pick("NORTH BANK", "CITY BANK", "HARBOUR BANK"), 50, 50, 30, b.ink)
	p.im.RoundRect(230, 130, 85, 110, 12, raster.Color{.85, .72, .4}, 1)
	digit, each := p.between(38, 52), 4
	lead := digit * p.between(1.35, 1.8)
	x, y := p.between(60, 240), 330.0
	if what == Column {
		each, digit = 1, p.between(24, 32)
		lead, x, y = digit*p.between(1.2, 1.45), p.between(60, 170), p.between(90, 130)
		if p.chance(.5) { // right of the chip
			x += 300
		}
	}
	for at := 0; at < len(n.Digits); at += each {
		p.row(b.face, n.Digits[at:at+each], x, y, digit, .84, &b.style)
		y += lead
	}
	if what == DateInLine {
		p.inLine(b, date, p.between(50, 120), plateW-p.between(90, 200))
		return
	}
	p.text(b.font, "VALID THRU", 200, plateW-75, 12, b.ink)
	p.row(b.face, date, 290, plateW-70, 26, .84, &b.style)
}

// thumbnail places the card small in the screenshot of an application.
func (p *Painter) thumbnail() {
	card := p.im
	k := p.between(90, 150) / float64(card.W)
	w := 360 + p.rng.IntN(240)
	paper := raster.Gray(float32(p.between(.9, 1)))
	page := raster.NewImage(w, int(float64(w)*p.between(1.2, 1.7)))
	page.Fill(paper)
	x, y := p.between(.05, .4)*float64(w), p.between(.2, .6)*float64(page.H)
	q := geom.RectQuad(x, y, k*float64(card.W), k*float64(card.H))
	mask := raster.NewMask(card.W, card.H)
	mask.RoundRect(0, 0, float64(card.W), float64(card.H), 32, 1)
	if m, ok := geom.QuadToQuad(geom.RectQuad(0, 0, float64(card.W), float64(card.H)), q); ok {
		card.Place(page, mask, m, 1)
	}
	p.im = page
	f := p.font()
	p.lines(f, .05*float64(w), .06*float64(page.H), .03*float64(w), raster.Gray(.2), "My cards", p.pick("Manage", "Payments", "Settings"))
}
