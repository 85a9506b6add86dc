package line

import (
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/synth/cover"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// least is the minimum pitch of digits in crop pixels: three columns of the
// recogniser's output, less its tolerance.
const least = 10.2

// layout chooses the line's text, its face and the positions.
func (d *Renderer) layout(diff, t float64) *sheet {
	rng := d.rng
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	s := &sheet{}
	date := t < .265
	strip := !date && t < .335
	short := !date && !strip && t < .395
	if d.opt.Digits == nil && d.opt.Width < 300 {
		short = short || !date && !strip
	}
	s.kind = imprint.Flat
	if raster.Chance(rng, .66) {
		s.kind = imprint.Emboss
	}
	s.face = d.pickFace(s.kind, date)
	if d.wide {
		d.widen(s, date)
	}
	s.stretch = u(.88, 1.14)
	if s.face.Class == glyph.Sans && raster.Chance(rng, .1) {
		s.stretch = u(1.14, 1.6)
	}
	switch {
	case d.opt.Digits != nil:
		n := number.Number{Digits: d.opt.Digits()}
		n.Groups = number.Grouping(rng, n.Digits)
		d.set1(s, n)
	case date:
		d.dates(s)
	case strip:
		d.strip(s)
	case short:
		n := 4 + rng.IntN(9)
		if d.opt.Width < 300 {
			n = 2 + rng.IntN(max(2, min(12, d.opt.Width/15-1)))
		}
		if raster.Chance(rng, .4) { // the first digits repeated, as under a number
			n, s.small, s.kind = 4, true, imprint.Flat
			s.face = d.pickFace(s.kind, false)
		}
		s.what = "short/"
		d.number(s, number.Short(rng, n))
	default:
		d.number(s, d.opt.Numbers.Line(rng))
	}
	s.left, s.right = u(.05, 1.4)*raster.Pick(rng, 1, 1, .3), u(.05, 1.4)*raster.Pick(rng, 1, 1, .3)
	if raster.Chance(rng, .06) {
		s.left = -u(0, .12)
	}
	if raster.Chance(rng, .06) {
		s.right = -u(0, .12)
	}
	share := u(.54, .9)
	if raster.Chance(rng, .35) {
		share = u(.40, .97)
	}
	if strip {
		share = u(.72, .97)
		s.left, s.right = u(.0, .16), u(.0, .16)
		if raster.Chance(rng, .3) {
			share, s.left, s.right = u(.55, .8), u(0, .5), u(0, .5)
		}
	}
	if s.words != "" {
		s.left += u(.6, 4)
	}
	if s.sign {
		s.left += u(1.4, 3)
		if raster.Chance(rng, .6) {
			s.left, s.right = s.right, s.left
		}
	}
	if s.edge {
		if raster.Chance(rng, .5) {
			s.left = u(1, 7)
		} else {
			s.right = u(1, 7)
		}
	}
	// margins shrink before the pitch becomes too small to separate digits
	room := s.total * (float64(d.opt.Width)/(least*float64(len(s.x))) - 1)
	if s.pitch > 0 {
		room = s.pitch*float64(d.opt.Width)/least - s.total
	}
	if m := s.left + s.right; m > 0 && m > room {
		k := max(0, room) / m
		s.left, s.right = s.left*k, s.right*k
	}
	s.dh = canvasH * share
	s.cy = canvasH/2 + u(-1, 1)*max(0, (canvasH-s.dh)/2)*u(.2, 1.05)
	return s
}

// widen chooses the face and surroundings that only Wide lines have.
func (d *Renderer) widen(s *sheet, date bool) {
	rng := d.rng
	switch {
	case s.kind == imprint.Flat && raster.Chance(rng, .14):
		s.face = d.lib.Pick(rng, glyph.Segment)
	case s.kind == imprint.Emboss && raster.Chance(rng, .2):
		s.bare, s.comic = true, true
	case raster.Chance(rng, .06):
		s.comic = true
	}
	s.sign = !date && raster.Chance(rng, .14)
	s.edge = !s.sign && raster.Chance(rng, .14)
}

// number lays out a number; one in three Wide lines has hidden digits.
func (d *Renderer) number(s *sheet, n number.Number) {
	if d.wide && raster.Chance(d.rng, .34) {
		d.hide(s, &n)
	}
	d.set1(s, n)
}

func (d *Renderer) pickFace(k imprint.Kind, date bool) *glyph.Face {
	t := d.rng.Float64()
	class := glyph.Sans
	if k == imprint.Emboss {
		switch {
		case date && raster.Chance(d.rng, .62), raster.Chance(d.rng, .03):
			class = glyph.Block
		case t < .77:
			class = glyph.Farrington
		case t < .92:
		case t < .95:
			class = glyph.Mono
		default:
			class = glyph.OCR
		}
	} else {
		switch {
		case t < .47:
		case t < .58:
			class = glyph.Mono
		case t < .78:
			class = glyph.OCR
		case t < .90:
			class = glyph.Serif
		default:
			class = glyph.Farrington
		}
	}
	return d.lib.Pick(d.rng, class)
}

// pitch returns the advance of every glyph in digit heights.
func (d *Renderer) pitch(s *sheet) (adv [glyph.Slots]float64, cell float64) {
	u := func(a, b float64) float64 { return raster.Uniform(d.rng, a, b) }
	f := s.face
	extra := u(0, .10)
	mono := f.Class == glyph.OCR || f.Class == glyph.Mono || f.Class == glyph.Block || f.Class == glyph.Segment && f.Glyphs[1].Adv == f.Glyphs[8].Adv || raster.Chance(d.rng, .45)
	switch {
	case f.Class == glyph.Farrington:
		extra = u(-.04, .10)
		for i, g := range f.Glyphs {
			adv[i] = g.Adv*s.stretch + extra
		}
	case mono:
		a := f.DigitWidth() * s.stretch * u(1.12, 1.55)
		for i := range adv {
			adv[i] = a + extra
		}
	default:
		for i, g := range f.Glyphs {
			adv[i] = max(g.Adv, g.W*1.08)*s.stretch + extra
		}
	}
	return adv, adv[0]
}

// set1 lays out a number in its groups.
func (d *Renderer) set1(s *sheet, n number.Number) {
	adv, cell := d.pitch(s)
	gap := cell * raster.Pick(d.rng, 1, 1, 1, raster.Uniform(d.rng, .3, 1.6))
	if s.face.Class != glyph.Farrington && raster.Chance(d.rng, .5) {
		gap = cell * raster.Uniform(d.rng, .35, .9)
	}
	s.text = n.Digits
	uneven := d.wide && len(n.Groups) > 1 && raster.Chance(d.rng, .2)
	if uneven {
		s.pitch = slices.Min(adv[:10])
	}
	x, i := 0.0, 0
	for k, g := range n.Groups {
		if uneven { // the widest gaps that still leave every digit its columns
			room := (s.pitch*float64(d.opt.Width)/least - cell*float64(len(n.Digits))) / float64(len(n.Groups)-1)
			if k > 0 {
				x += min(cell*raster.Uniform(d.rng, .2, 3.2), max(room, 0)) - gap
			}
		}
		for range g {
			a := adv[glyph.Index(n.Digits[i])]
			s.x = append(s.x, x+a/2+aside(s, n.Digits[i], a))
			x += a
			i++
		}
		x += gap
	}
	s.total = x - gap
}

// aside is the distance of a display's 1 from the middle of its cell, to the right.
func aside(s *sheet, c byte, cell float64) float64 {
	f := s.face
	if f.Class != glyph.Segment || c != '1' || f.Glyphs[1].Adv < f.Glyphs[8].Adv {
		return 0
	}
	return min(f.DigitWidth()*s.stretch-f.Glyphs[1].W, cell-f.Glyphs[1].W) / 3
}

// strip lays out exactly four cells, usually with an empty one: pieces cut out of a
// number, without surroundings.
func (d *Renderer) strip(s *sheet) {
	rng := d.rng
	s.what = "strip/"
	adv, cell := d.pitch(s)
	n := number.Short(rng, 4).Digits
	skip := -1
	if raster.Chance(rng, .6) {
		skip = rng.IntN(4)
	}
	text := make([]byte, 0, 4)
	for i := range 4 {
		if i == skip {
			continue
		}
		text = append(text, n[i])
		s.x = append(s.x, (float64(i)+.5)*cell)
	}
	s.text, s.total = string(text), 4*cell
	_ = adv
}

// dates lays out one or two dates.
func (d *Renderer) dates(s *sheet) {
	rng := d.rng
	s.what, s.small = "date/", true
	adv, cell := d.pitch(s)
	var text, month string
	if d.wide {
		text, month = number.Form(rng)
		s.dashed = strings.Contains(text, "-")
	} else {
		text = number.Date(rng)
	}
	gap := 0.0
	if strings.Contains(text, " ") {
		gap = cell * raster.Uniform(rng, .35, 1.2)
	}
	if plain := len(text) < 8 && gap == 0 && !s.dashed && month == ""; raster.Chance(rng, .22) && d.opt.Width >= 160 && plain {
		sep := raster.Pick(rng, "-", "-", " ")
		if sep == " " {
			gap = cell * raster.Uniform(rng, 1, 6)
		}
		text += sep + number.Date(rng)
	}
	slash := raster.Uniform(rng, .75, 1.15)
	x := 0.0
	for i := range len(text) {
		if text[i] == ' ' {
			x += gap
			continue
		}
		a := adv[glyph.Index(text[i])]
		if text[i] == '/' {
			a *= slash
		}
		s.x = append(s.x, x+a/2)
		x += a
	}
	s.text, s.total = strings.ReplaceAll(text, " ", ""), x
	if raster.Chance(rng, .4) {
		s.words = number.Thru(rng)
	}
	if month != "" {
		s.words, s.month = month, true
	}
	if d.wide && !s.month && raster.Chance(rng, .08) {
		h := &cover.Hidden{Way: raster.Pick(rng, cover.Laid[:len(cover.Laid)-1]...), Edit: raster.Chance(rng, .4)}
		for range s.text {
			h.At = append(h.At, raster.Chance(rng, .5))
		}
		for i := range s.text {
			h.At[i] = s.text[i] >= '0' && (h.At[i] || i > 0 && h.At[i-1] && s.text[i-1] >= '0')
		}
		s.hidden, s.what = h, "hidden-date/"
	}
}

// before sets the words left of a date, in one or two lines.
func (d *Renderer) before(s *sheet, st *imprint.Style) {
	rng, c := d.rng, &d.canvas
	words := []string{s.words}
	if raster.Chance(rng, .5) {
		words = strings.Fields(s.words)
	}
	size := s.dh * raster.Uniform(rng, .3, .7) / float64(len(words))
	if s.month {
		size = s.dh * raster.Uniform(rng, .7, 1.05)
	}
	ink := imprint.InkOf(rng, raster.Pick(rng, raster.Uniform32(rng, 0, .25), raster.Uniform32(rng, .75, 1)))
	if st.Kind != imprint.Emboss {
		ink = st.Ink
	}
	font := d.lib.PickText(rng, s.words)
	y := s.cy - s.dh*raster.Uniform(rng, .2, .5)
	if s.month {
		y = s.cy - s.dh*.5
	}
	for _, w := range words {
		m := d.set.Mask(font, w, max(size*1.3, 7))
		if m == nil {
			continue
		}
		x := s.left*s.dh - float64(m.W) - raster.Uniform(rng, .1, .5)*s.dh
		c.Blend(m, int(x), int(y), ink, raster.Uniform32(rng, .5, 1))
		y += float64(m.H) + 1
	}
}
