package pipeline

import (
	"math"

	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/reprint"
)

// The first digits of an embossed number may stand once more beneath it: a
// second reading of them.
const (
	againDigits = reprint.Digits
	// astray is how probable it is that what is printed there is something
	// else, or read wrongly.
	astray = 0.03
	// unlikely readings are no reason to look.
	unlikely = 1e-3
)

// again reads the first digits of the look's number where they stand once
// more, if they are in doubt, and weighs its readings by them.
func (s *session) again(l *look) error {
	top := l.number.Top()
	if len(l.parts) != 1 || len(top.Text) < prior.MinDigits || !l.doubted() {
		return nil
	}
	spots, by := l.parts[0].Spots(top.Text)
	first, err := reprint.Read(s.ctx, s.spell.Digits, s.picture, spots, by)
	if err != nil {
		return err
	}
	s.trace("recognize")
	l.first = first
	l.weighFirst()
	s.trace("ctc")
	return nil
}

// weighFirst weighs the readings of the number by what stands beneath it, one
// against the other: none gets likelier than it was.
func (l *look) weighFirst() {
	said := func(text string) float64 { return l.first[text[:min(againDigits, len(text))]] }
	most := 0.0
	for _, c := range l.number.Candidates {
		most = math.Max(most, said(c.Text))
	}
	if most == 0 {
		return
	}
	l.number.Weigh(len(l.number.Candidates), func(text string) float64 {
		return math.Log((astray + said(text)) / (astray + most))
	})
}

// doubted reports whether another reading with other first digits is at all
// likely.
func (l *look) doubted() bool {
	top := l.number.Top().Text
	for _, c := range l.number.Candidates {
		if c.P > unlikely && (len(c.Text) < againDigits || c.Text[:againDigits] != top[:againDigits]) {
			return true
		}
	}
	return false
}
