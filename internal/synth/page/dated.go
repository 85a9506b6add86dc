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

// Forms are the forms of a date, of a day in December 2028 or another month.
var Forms = []string{
	"MM/YY", "MM-YY", "MM.YY", "MM YY", "MMYY", "MM/YYYY", "MM-YYYY", "MM YYYY", "YYYY/MM", "YYYY-MM", "YYYY.MM",
	"DD/MM/YY", "DD-MM-YY", "DD.MM.YY", "DD/MM/YYYY", "MM/DD/YY", "MON YY", "MON YYYY",
}

// NamedForms are more forms with the month's name.
var NamedForms = []string{"Mon YY", "Mon YYYY", "YY MON", "DD/MON/YY", "DD MON YYYY"}

// Dated draws a card, upright and near, whose date has a form.
func (p *Painter) Dated(seed uint64, form string, embossed bool) *Image {
	p.seed(seed)
	month, year, day := 1+p.rng.IntN(12), 2024+p.rng.IntN(12), 13+p.rng.IntN(16)
	name := number.Months[month-1]
	text := strings.NewReplacer("YYYY", fmt.Sprint(year), "YY", fmt.Sprint(year%100), "MM", fmt.Sprintf("%02d", month),
		"DD", fmt.Sprint(day), "MON", name, "Mon", name[:1]+strings.ToLower(name[1:])).Replace(form)
	n := p.pan()
	const k, w, h = 10.0, 856, 540
	ground := raster.Color{p.rng.Float32(), p.rng.Float32(), p.rng.Float32()}.Mix(raster.Gray(raster.Pick(p.rng, float32(.15), .85)), .4)
	p.start(w, h, ground)
	for range 3 {
		p.im.Ellipse(p.between(0, w), p.between(0, h), p.between(60, 300), p.between(60, 300), p.between(0, 3), ground.Mix(raster.Gray(p.rng.Float32()), .15), 1)
	}
	style := p.printer.FlatStyle(p.rng, .2, ground)
	face := p.face()
	if embossed {
		style, face = p.printer.EmbossStyle(p.rng, .2, true), p.lib.Pick(p.rng, glyph.Farrington)
	}
	ink := raster.Gray(1)
	if ground.Luma() > .5 {
		ink = raster.Gray(.1)
	}
	f := p.font()
	p.text(f, p.pick("NORTH BANK", "CITY BANK", "HARBOUR BANK"), 50, 50, 30, ink)
	p.im.RoundRect(80, 170, 110, 85, 12, raster.Color{.85, .72, .4}, 1)
	digit := 4.3 * k
	row := grouped(n)
	p.row(face, row, 70, 315, digit, math.Min(.84, 710/digit/float64(len(row))), &style)
	x, y, size := 300+p.between(0, 80), 390+p.between(0, 20), p.between(2.6, 3.4)*k
	p.text(f, p.pick("VALID THRU", "GOOD THRU", "EXPIRES END", "VALID DATES"), x-115, y-12, 13, ink)
	p.date(f, face, text, x, y, size, &style)
	p.text(f, number.Name(p.rng), 70, 460, 25, ink)
	p.label(n, fmt.Sprintf("%02d/%d", month, year))
	p.card.Print, p.card.Layout = "flat", "classic"
	if embossed {
		p.card.Print = "emboss"
	}
	p.photograph()
	return p.finish(seed, "photo", form)
}

// date prints a date; a month's name in a font, as high as the digits.
func (p *Painter) date(f *glyph.Font, face *glyph.Face, text string, x, y, h float64, style *imprint.Style) {
	const pitch = .84
	letter := func(c rune) bool { return c >= 'A' }
	if from := strings.IndexFunc(text, letter); from >= 0 {
		to := strings.LastIndexFunc(text, letter) + 1
		if from > 0 {
			_, x = p.row(face, text[:from], x, y, h, pitch, style)
		}
		name := text[from:to]
		if m := p.set.Dist(f, name, h*fontSize); m != nil {
			pad, down := h*fontSize/4, 0.0
			if strings.ContainsAny(name, "gpy") { // the ink reaches below the digits
				down = .2 * h
			}
			p.printer.PrintShape(p.im, m, int(x-pad), int(y-h/2-pad+down), .17*h, style)
			x += float64(m.W) - 2*pad + .5*h
		}
		text = strings.TrimPrefix(text[to:], " ")
		if strings.HasPrefix(text, "/") {
			x -= .4 * h
		}
	}
	p.row(face, text, x, y, h, pitch, style)
}

// photograph places the card on a table, a little turned and seen a little from
// the side.
func (p *Painter) photograph() {
	card := p.im
	w, h := 1200, 900
	table := raster.NewImage(w, h)
	table.Fill(raster.Color{p.rng.Float32(), p.rng.Float32(), p.rng.Float32()}.Mix(raster.Gray(.5), .6))
	mask := raster.NewMask(card.W, card.H)
	mask.RoundRect(0, 0, float64(card.W), float64(card.H), 32, 1)
	a := p.between(-4, 4) * math.Pi / 180
	size := p.between(.85, 1.1)
	var q geom.Quad
	for i, c := range geom.RectQuad(0, 0, float64(card.W), float64(card.H)) {
		u, v := size*(c.X-float64(card.W)/2), size*(c.Y-float64(card.H)/2)
		q[i] = geom.Point{
			X: float64(w)/2 + u*math.Cos(a) - v*math.Sin(a) + p.between(-15, 15),
			Y: float64(h)/2 + u*math.Sin(a) + v*math.Cos(a) + p.between(-15, 15),
		}
	}
	m, ok := geom.QuadToQuad(geom.RectQuad(0, 0, float64(card.W), float64(card.H)), q)
	if ok {
		card.Place(table, mask, m, 1)
	}
	for i, c := range q {
		p.card.Corners[2*i], p.card.Corners[2*i+1] = math.Round(c.X), math.Round(c.Y)
	}
	table.Blur(p.between(.2, .7))
	p.im = table
}
