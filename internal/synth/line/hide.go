package line

import (
	"strings"

	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Covered stands in a sample's text for a digit that is there and cannot be
// seen: one for every digit, whatever hides it.
const Covered = '?'

// Ways in which digits are hidden: printed over by marks instead, by things
// that lie on the card, and in the picture afterwards.
var (
	marked  = []string{"star", "star", "star", "cross", "cross", "dot", "dot", "hash", "under", "block"}
	laid    = []string{"bar", "bar", "marker", "tape", "tape", "finger", "finger", "sticker", "sign"}
	painted = []string{"box", "box", "pixels", "pixels", "blur", "blur", "marker", "sticker"}
)

// hidden says which characters of a line cannot be seen.
type hidden struct {
	way   string
	after bool   // hidden in the picture, not on the card
	at    []bool // by character
}

// hide chooses digits of the number and a way to hide them. Where marks are
// printed they take the digits' places in n.
func (d *Drawer) hide(s *sheet, n *number.Number) {
	rng := d.rng
	h := &hidden{at: d.choose(n)}
	switch t := rng.Float64(); {
	case t < .42:
		h.way = raster.Pick(rng, marked...)
		d.mark(s, n, h)
	case t < .72:
		h.way = raster.Pick(rng, laid...)
	default:
		h.way, h.after = raster.Pick(rng, painted...), true
	}
	if h.way == "sign" { // one digit, under a sign of its size
		h.at = make([]bool, len(n.Digits))
		h.at[rng.IntN(len(h.at))] = true
	}
	s.hidden, s.what = h, "hidden-"+h.way+"/"
}

// choose draws which digits of a number are hidden: whole groups, as people
// do, all but the first six and last four, as shops do, or any stretch.
func (d *Drawer) choose(n *number.Number) []bool {
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

// mark prints a mark in the place of every hidden digit, sometimes more or
// fewer of them than there were digits.
func (d *Drawer) mark(s *sheet, n *number.Number, h *hidden) {
	rng := d.rng
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	size, stem := u(.5, 1), s.face.Stroke*u(.8, 1.2)
	switch h.way {
	case "cross":
		size = u(.62, 1)
	case "dot":
		size = u(.2, .62)
	case "star":
		size, stem = u(.42, .95), stem*u(.6, 1)
	case "under", "block", "hash":
		size = u(.8, 1)
	}
	s.face = s.face.With(glyph.Mark, glyph.Draw(h.way, size, stem, rng.IntN(12)))
	change := 0
	if raster.Chance(rng, .12) {
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
			at, size = append(at, h.at[i]), size+1
			// the last of a hidden stretch gives way, or is followed by more
			if last := h.at[i] && (k == g-1 || !h.at[i+1]); last && change < 0 && size > -change {
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
	n.Digits, n.Groups, h.at = string(b), groups, at
}

// label is what is to be read of the printed text: nothing for a dash between
// dates, a solidus for what separates a date's parts, Covered for a digit that
// is hidden.
func (s *sheet) label(i int) (byte, bool) {
	c := s.text[i]
	switch {
	case s.hidden != nil && s.hidden.at[i]:
		return Covered, true
	case c == '-':
		return '/', s.dashed
	case c == '.':
		return '/', true
	}
	return c, true
}

// seen takes the hidden characters out of what must be readable.
func (s *sheet) seen(p *imprint.Result) {
	if s.hidden == nil {
		return
	}
	for i := range p.Contrast {
		if s.hidden.at[i] {
			p.Contrast[i] = max(p.Contrast[i], 1)
		}
	}
}
