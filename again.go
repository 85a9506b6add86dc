package kahao

import (
	"math"

	"github.com/kahao/kahao/internal/card/prior"
	"github.com/kahao/kahao/internal/vision/geom"
	"github.com/kahao/kahao/internal/vision/lattice"
	"github.com/kahao/kahao/internal/vision/transcribe"
)

// Under the first group of an embossed number its digits stand again, printed
// flat and small, so that a number that was pressed over another shows. They
// are a second reading of four digits. Lengths are in heights of the number's
// digits, 4.3 mm on a card of ISO/IEC 7811.
const (
	againDigits = 4
	againBelow  = 1.03 // from axis to axis
	againHeight = 0.40
	againFrom   = -0.65 // of its strip, from the middle of the first digit
	againTo     = 1.75
	// astray is how probable it is that what is printed there is something
	// else, or read wrongly.
	astray = 0.03
	// unlikely readings are no reason to look.
	unlikely = 1e-3
)

// againViews look for it where cards have it, a little higher and lower, and
// smaller and larger. None but the right one gives four digits.
var againViews = []transcribe.View{
	{Tall: 1.45, Stretch: 1},
	{Tall: 1.45, Stretch: 1, Shift: -0.30},
	{Tall: 1.45, Stretch: 1, Shift: 0.30},
	{Tall: 1.90, Stretch: 1.1},
	{Tall: 1.15, Stretch: 1},
}

// again reads the first digits of the look's number where they stand once
// more, if they are in doubt, and weighs its readings by them.
func (s *session) again(l *look) error {
	top := l.number.Top()
	if len(l.parts) != 1 || len(top.Text) < prior.MinDigits || !l.doubted() {
		return nil
	}
	strip, ok := beneath(l.parts[0].Spots(top.Text))
	if !ok {
		return nil
	}
	first, err := s.firstDigits(strip)
	if err != nil {
		return err
	}
	l.first = first
	l.weighFirst()
	s.trace("lattice")
	return nil
}

// firstDigits is what the strip says in four digits, with how probable that
// is to the crop that shows it best.
func (s *session) firstDigits(strip transcribe.Strip) (map[string]float64, error) {
	first := map[string]float64{}
	for _, v := range againViews {
		cols, err := s.spell.Digits.Read(s.ctx, s.picture, strip, v)
		if err != nil {
			return nil, err
		}
		s.trace("transcribe")
		for _, c := range lattice.Decode([]*lattice.View{lattice.Digits(cols.P)}, nil).Candidates {
			if len(c.Text) == againDigits {
				first[c.Text] = math.Max(first[c.Text], c.P)
			}
		}
	}
	return first, nil
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

// beneath is the strip below the first digits, whose places are given in columns
// of the crop.
func beneath(spots []lattice.Spot, by *transcribe.Columns) (transcribe.Strip, bool) {
	if len(spots) < againDigits {
		return transcribe.Strip{}, false
	}
	x, y := spots[0].Column*transcribe.Stride, transcribe.Height/2+againBelow*by.Digit
	return transcribe.Strip{
		Left: geom.Point{X: x + againFrom*by.Digit, Y: y}, Right: geom.Point{X: x + againTo*by.Digit, Y: y},
		Height: againHeight * by.Digit, ToPicture: by.ToPicture,
	}, true
}
