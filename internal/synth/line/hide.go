package line

import (
	"github.com/kahao/kahao/internal/synth/cover"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
)

// hide hides digits of the number that the line is to show.
func (d *Drawer) hide(s *sheet, n *number.Number) {
	s.hidden, s.face = d.cover.Hide(n, s.face, true)
	s.what = "hidden-" + s.hidden.Way + "/"
}

// label is what is to be read of the printed text: nothing for a dash between
// dates, a solidus for what separates a date's parts, cover.Digit for one that
// is hidden.
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

// seen takes the hidden characters out of what must be readable.
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
