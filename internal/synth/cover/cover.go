// Package cover hides digits of numbers as people do: with marks printed in
// their place, under things on the card, or by editing the image.
package cover

import (
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Digit stands in the text of a label for a digit that is there and cannot be
// seen: one for each, whatever hides it.
const Digit = '?'

// Ways to hide digits, by their weights: marks printed in their place, things
// on the card, and edits of the image.
var (
	Marks = []string{"star", "star", "star", "cross", "cross", "dot", "dot", "hash", "under", "block"}
	Laid  = []string{"bar", "bar", "marker", "tape", "tape", "finger", "finger", "sticker", "sign"}
	Edits = []string{"box", "box", "pixels", "pixels", "blur", "blur", "marker", "sticker"}
)

// Hidden is which characters of a line cannot be seen, and why.
type Hidden struct {
	Way  string
	Edit bool   // hidden in the image, not on the card
	At   []bool // by character
}

// Marked reports whether marks are printed in place of the digits.
func (h *Hidden) Marked() bool { return slices.Contains(Marks, h.Way) }

// Painter hides digits. It belongs to one goroutine.
type Painter struct {
	rng     *rand.Rand
	lib     *glyph.Library
	set     *glyph.Setter
	printer *imprint.Printer
	tmp     raster.Image
}

// New returns a painter that shares its owner's random source and materials.
func New(rng *rand.Rand, lib *glyph.Library, set *glyph.Setter, printer *imprint.Printer) *Painter {
	return &Painter{rng: rng, lib: lib, set: set, printer: printer}
}

// Hide chooses digits of the number and a way to hide them. Where that is by
// marks, they replace the digits in n and the returned face has their glyph;
// for single lines there may be more or fewer marks than digits, and more often
// a single digit is hidden.
func (d *Painter) Hide(n *number.Number, face *glyph.Face, lines bool) (*Hidden, *glyph.Face) {
	rng := d.rng
	h := &Hidden{At: d.choose(*n)}
	if lines && raster.Chance(rng, .15) {
		h.At = d.one(len(n.Digits))
	}
	switch t := rng.Float64(); {
	case t < .42:
		h.Way = raster.Pick(rng, Marks...)
		face = d.mark(face, n, h, lines)
	case t < .72:
		h.Way = raster.Pick(rng, Laid...)
	default:
		h.Way, h.Edit = raster.Pick(rng, Edits...), true
	}
	if h.Way == "sign" { // covers one digit
		h.At = d.one(len(n.Digits))
	}
	return h, face
}

// one draws a single digit of n.
func (d *Painter) one(n int) []bool {
	at := make([]bool, n)
	at[d.rng.IntN(n)] = true
	return at
}

// choose draws which digits of a number are hidden: whole groups, as people
// do, all but the first six and last four, as shops do, or any stretch.
func (d *Painter) choose(n number.Number) []bool {
	rng, total := d.rng, len(n.Digits)
	at := make([]bool, total)
	set := func(from, to int) {
		for i := max(0, from); i < min(total, to); i++ {
			at[i] = true
		}
	}
	groups := n.Groups
	if len(groups) < 3 { // in fours, however it is printed
		groups = nil
		for left := total; left > 0; left -= 4 {
			groups = append(groups, min(4, left))
		}
	}
	group := func(k int) (from, to int) {
		for _, g := range groups[:k] {
			from += g
		}
		return from, from + groups[k]
	}
	k := rng.IntN(len(groups))
	switch t := rng.Float64(); {
	case t < .40:
		set(group(k))
	case t < .55:
		set(group(k))
		set(group(min(k+1, len(groups)-1)))
	case t < .65:
		set(0, total-raster.Pick(rng, 4, 4, 3, 5))
	case t < .77:
		set(raster.Pick(rng, 6, 6, 4, 8), total-raster.Pick(rng, 4, 4, 3))
	case t < .82:
		set(raster.Pick(rng, 4, 6), total)
	case t < .90:
		set(k, k+1)
		i := rng.IntN(total)
		set(i, i+1)
	default:
		i := rng.IntN(total)
		set(i, i+2+rng.IntN(5))
	}
	for _, v := range at {
		if v {
			return at
		}
	}
	set(group(k)) // a short line that no rule met
	return at
}

// mark puts a mark in the place of every hidden digit of n, or with recount
// sometimes more or fewer of them, and returns the face that has the mark.
func (d *Painter) mark(face *glyph.Face, n *number.Number, h *Hidden, recount bool) *glyph.Face {
	rng := d.rng
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	size, stem := u(.5, 1), face.Stroke*u(.8, 1.2)
	switch h.Way {
	case "cross":
		size = u(.62, 1)
	case "dot":
		size = u(.2, .62)
	case "star":
		size, stem = u(.42, .95), stem*u(.6, 1)
	case "under", "block", "hash":
		size = u(.8, 1)
	}
	face = face.With(glyph.Mark, glyph.Draw(h.Way, size, stem, rng.IntN(12)))
	change := 0
	if recount && raster.Chance(rng, .12) {
		change = raster.Pick(rng, -2, -1, 1, 2)
	}
	var text strings.Builder
	var at []bool
	var groups []int
	i := 0
	for _, g := range n.Groups {
		size := 0
		for k := range g {
			text.WriteByte(n.Digits[i])
			at, size = append(at, h.At[i]), size+1
			// the last of a hidden stretch gives way, or is followed by more
			if last := h.At[i] && (k == g-1 || !h.At[i+1]); last && change < 0 && size > -change {
				t := text.String()[:text.Len()+change]
				text.Reset()
				text.WriteString(t)
				at, size, change = at[:len(at)+change], size+change, 0
			} else if last {
				for ; change > 0 && len(at) < 19; change-- {
					text.WriteByte('0')
					at, size = append(at, true), size+1
				}
			}
			i++
		}
		groups = append(groups, size)
	}
	b := []byte(text.String())
	for i, v := range at {
		if v {
			b[i] = '*'
		}
	}
	n.Digits, n.Groups, h.At = string(b), groups, at
	return face
}
