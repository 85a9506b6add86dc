package line

import (
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Shares of the lines of a month stream that are no date with a month's name: lines
// of the other streams, and dates with another word in its place.
const (
	otherShare = .2
	decoyShare = .15
)

// fontSize is the size of a font over the height of its capitals.
const fontSize = 1.36

// descent is how far letters reach below the base line, in digit heights.
const descent = .27

// maxMonthLine is the greatest width of a date and its margins over the canvas's
// height, so that the crop is not compressed.
const maxMonthLine = 10.5

// letters are those of names of months, which decoys have, too.
const letters = "ABCDEFGJLMNOPRSTUVY"

// named draws a crop of a date that may have a month's name. The sample's text is
// the name in capitals, and X the centre of it; both are empty if there is none.
func (d *Renderer) named(diff float64) Sample {
	for range 12 {
		if raster.Chance(d.rng, otherShare) {
			d.wide = false // wide ones have months' names without a label
			s, ok := d.line(diff, d.rng.Float64()*.4)
			if raster.Chance(d.rng, .3) {
				s, ok = d.negative(diff), true
			}
			if ok {
				s.Text, s.X = "", nil
				return s
			}
			continue
		}
		if s, ok := d.monthLine(diff); ok {
			return s
		}
	}
	s := d.negative(diff)
	s.Text, s.X = "", nil
	return s
}

// word is a month's name or a decoy on a sheet.
type word struct {
	text  string
	month string // in capitals; empty if it is a decoy
	x, w  float64
	dist  *raster.Mask
	pad   float64
	small float64 // its height over that of the digits
}

// monthLine draws a date with a word between its digits or beside them.
func (d *Renderer) monthLine(diff float64) (Sample, bool) {
	s, w, ok := d.monthLayout()
	if !ok {
		return Sample{}, false
	}
	c := &d.canvas
	c.Reset(int((s.total+s.left+s.right)*s.dh), canvasH)
	d.bank.cut(d.rng, c)
	if raster.Chance(d.rng, .1) {
		d.patch(s)
	}
	d.surround(s)
	if raster.Chance(d.rng, .2) {
		d.clutter(s)
	}
	p := d.printMonth(s, w, diff)
	if p.Visible() < max(.05, .6*p.Rough) {
		return Sample{}, false
	}
	img, at, ok := d.camera(s, p, diff)
	if !ok {
		return Sample{}, false
	}
	out := Sample{Image: img, Style: s.what + s.kind.String() + "/" + s.face.Class.String()}
	if w.month != "" {
		out.Text, out.X = w.month, at[len(at)-1:]
	}
	return out, true
}

// monthLayout places digits, separators and a word.
func (d *Renderer) monthLayout() (*sheet, *word, bool) {
	rng := d.rng
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	s := &sheet{what: "month/", small: true, kind: imprint.Flat}
	if raster.Chance(rng, .6) {
		s.kind = imprint.Emboss
	}
	s.face = d.pickFace(s.kind, true)
	s.stretch = u(.88, 1.14)
	s.dh = canvasH * u(.5, .82)
	s.cy = canvasH/2 + u(-1, 1)*(canvasH-s.dh)/2*u(.2, 1)
	adv, cell := d.pitch(s)
	s.pitch = slices.Min(adv[:10])
	w := d.word(s)
	if w == nil {
		return nil, nil, false
	}
	before, after := number.Around(rng)
	gap := cell * u(.15, .9)
	x := 0.0
	put := func(text string) {
		for _, ch := range text {
			if ch == ' ' {
				x += gap
				continue
			}
			a := adv[glyph.Index(byte(ch))]
			s.x = append(s.x, x+a/2)
			s.text += string(ch)
			x += a
		}
	}
	put(before)
	w.x = x
	x += w.w
	put(after)
	s.total = x
	if raster.Chance(rng, .4) {
		s.words = number.Thru(rng)
	}
	s.left, s.right = u(.05, 5), u(.05, 4)
	room := maxMonthLine*canvasH/s.dh - s.total
	if m := s.left + s.right; m > room {
		k := max(0, room) / m
		s.left, s.right = s.left*k, s.right*k
	}
	return s, w, room > 0
}

// word chooses a month's name or a decoy and its letters.
func (d *Renderer) word(s *sheet) *word {
	rng := d.rng
	w := &word{small: raster.Uniform(rng, .85, 1.08)}
	w.month = raster.Pick(rng, number.Months...)
	w.text = w.month
	if raster.Chance(rng, decoyShare) {
		w.text = raster.Pick(rng, "END", "EXP", "THR", "DAY", "MTH", "MON", "ANO", "MES", "VAL", "DEB", "NOM", "SIG", "CVV")
		if raster.Chance(rng, .6) {
			w.text = string([]byte{letters[rng.IntN(len(letters))], letters[rng.IntN(len(letters))], letters[rng.IntN(len(letters))]})
		}
		if !slices.Contains(number.Months, w.text) {
			w.month = ""
		}
	}
	switch t := rng.Float64(); {
	case t < .2:
		w.text = w.text[:1] + strings.ToLower(w.text[1:])
	case t < .23:
		w.text = strings.ToLower(w.text)
	}
	size := s.dh * w.small * fontSize
	if w.dist = d.set.Dist(d.lib.PickText(rng, "A"), w.text, size); w.dist == nil {
		return nil
	}
	w.pad = size / 4
	w.w = (float64(w.dist.W) - 2*w.pad) / s.dh
	return w
}

// printMonth prints the digits and the word. The word's box is the last.
func (d *Renderer) printMonth(s *sheet, w *word, diff float64) imprint.Result {
	words := s.words
	s.words = ""
	var st imprint.Style
	p := d.printWith(s, diff, &st)
	if words != "" {
		s.words = words
		d.before(s, &st)
	}
	if raster.Chance(d.rng, .08) { // by another press
		st = d.press.FlatStyle(d.rng, diff, d.canvas.Mean(0, int(s.cy-s.dh/2), d.canvas.W, int(s.cy+s.dh/2)))
	}
	st.Floor = 0
	left := (s.left + w.x) * s.dh
	bottom := s.cy + s.dh/2 // on the digits' base line
	if strings.ContainsAny(w.text, "gjpy") {
		bottom += descent * s.dh
	}
	height := float64(w.dist.H) - 2*w.pad
	d.press.PrintShape(&d.canvas, w.dist, int(left-w.pad), int(bottom-height-w.pad), .17*s.dh*w.small, &st)
	p.Contrast = append(p.Contrast, p.Visible())
	p.Boxes = append(p.Boxes, geom.Rect{X0: left, X1: left + w.w*s.dh, Y0: bottom - height, Y1: bottom})
	return p
}
