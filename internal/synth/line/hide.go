package line

import (
	"github.com/kahao/kahao/internal/synth/cover"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
)

// hide hides digits of the line's number.
func (d *Renderer) hide(s *sheet, n *number.Number) {
	s.hidden, s.face = d.cover.Hide(n, s.face, true)
	s.what = "hidden-" + s.hidden.Way + "/"
}

// label returns the label of a printed character: none for a dash between dates,
// a solidus for a separator in a date, cover.Digit for a hidden digit.
func (s *sheet) label(i int) (byte, bool) {
	c := s.text[i]
	switch {
	case s.hidden != nil && s.hidden.At[i]:
		return cover.Digit, true
	case c == '-':
		return '/', s.dashed
	case c == '.':
		return '/', true
	}
	return c, true
}

// seen removes the hidden characters from those that must be readable.
func (s *sheet) seen(p *imprint.Result) {
	if s.hidden == nil {
		return
	}
	for i := range p.Contrast {
		if s.hidden.At[i] {
			p.Contrast[i] = max(p.Contrast[i], 1)
		}
	}
}
