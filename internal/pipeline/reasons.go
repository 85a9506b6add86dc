package pipeline

import (
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/detect"
	"github.com/kahao/kahao/internal/vision/quality"
	"github.com/kahao/kahao/pan"
)

// ReasonCode names one thing that stands in the way of a reading. The set is
// closed.
type ReasonCode string

// The reasons. Of a picture:
const (
	NoCard       ReasonCode = "no_card"       // nothing in it looks like a card
	NoNumber     ReasonCode = "no_number"     // a card, and no number was read on it
	SeveralCards ReasonCode = "several_cards" // each has its own reading
)

// Of a card, or of some of its digits:
const (
	CutOff      ReasonCode = "cut_off"      // there may be more, beyond the picture or beside it
	TooSmall    ReasonCode = "too_small"    // too few pixels
	Blur        ReasonCode = "blur"         // out of focus, or moved
	Glare       ReasonCode = "glare"        // burnt out by light
	LowContrast ReasonCode = "low_contrast" // hardly lighter or darker than the ground
	Covered     ReasonCode = "covered"      // a gap where digits should be
	UnsureDigit ReasonCode = "unsure_digit" // another digit is likely, too
	CheckDigit  ReasonCode = "check_digit"  // wrong: misread, or a specimen
	OddLength   ReasonCode = "odd_length"   // not as long as numbers that begin so
)

// Reason says why a number is not accepted, and which digits it is about:
// From <= i < To, or the whole number if To is 0.
type Reason struct {
	Code     ReasonCode
	From, To int
}

// Limits of what can be read, for the reasons alone: they decide no verdict.
// Drawn digits below them are misread several times as often as those above.
const (
	smallDigit   = 11.0 // pixels
	softEdge     = 0.22 // digit heights
	softBand     = 0.16 // the same, of the band with the number
	burntShare   = 0.30 // of a digit's pixels
	faintDigit   = 0.12 // contrast
	unsureDigit  = 0.95 // probability of a digit
	rivalDigit   = 0.02 // probability of another number that differs in a digit
	beyondFrame  = 0.02 // of the card's width, for a corner
	nearEdge     = 0.6  // digit heights from a number's end to the picture's edge
	oneMore      = 1.3  // the same, of a number that the table does not have with its length
	missingDigit = 2.6  // distance of two digits, over the usual one, with another between

	// On an embossed card (ISO/IEC 7811-1) a digit is 4.33 mm high, with its
	// centre 21.42 mm above the lower edge.
	digitOfCard = 4.33 / 53.98
	bandOfCard  = 1 - 21.42/53.98
)

// reasons says why a card is not accepted: at least one thing.
func (s *session) reasons(c *Card, l *look) []Reason {
	var found []Reason
	all := func(code ReasonCode) { found = append(found, Reason{Code: code}) }
	patches := make([]quality.Patch, len(c.Number.Digits))
	for i, d := range c.Number.Digits {
		patches[i] = quality.Measure(s.picture, s.fromFile(d.Quad))
	}
	some := func(code ReasonCode, is func(i int) bool) {
		found = append(found, ranges(code, len(patches), is)...)
	}
	weak := s.weakDigits(c)

	if !c.Number.Evidence.Acceptable() || !l.whole && s.beyond(l.corners) {
		all(CutOff)
	}
	small := median(patches, func(p quality.Patch) float64 { return p.Height }) < smallDigit
	if small {
		all(TooSmall)
	}
	if !small && median(patches, func(p quality.Patch) float64 { return p.Edge }) > softEdge {
		all(Blur)
	}
	clear := median(patches, func(p quality.Patch) float64 { return p.Contrast })
	some(Glare, func(i int) bool {
		return patches[i].Burnt > burntShare && (weak[i] || patches[i].Contrast < clear/2)
	})
	some(LowContrast, func(i int) bool { return patches[i].Contrast < faintDigit && patches[i].Burnt <= burntShare })
	digits := c.PAN.Reveal()
	if len(l.parts) == 1 && l.marks != nil {
		found = append(found, s.gaps(l.groups(), c.Number.Digits)...)
	}
	some(UnsureDigit, func(i int) bool { return weak[i] })
	if l.marks != nil {
		if s.options.Luhn != LuhnOff && !pan.Luhn(digits) {
			all(CheckDigit)
		}
		if !prior.Complete(digits) {
			all(OddLength)
		}
	}
	if len(found) == 0 {
		found = append(found, weakest(&c.Number))
	}
	return found
}

// weakDigits says which digits are doubtful: by themselves, or because a rival
// number has another one there.
func (s *session) weakDigits(c *Card) []bool {
	n, digits := &c.Number, c.PAN.Reveal()
	weak := make([]bool, len(n.Digits))
	for i, d := range n.Digits {
		weak[i] = d.P < unsureDigit
	}
	for _, c := range n.Candidates[min(1, len(n.Candidates)):] {
		other := c.PAN.Reveal()
		if c.P < rivalDigit || len(other) != len(weak) || len(digits) != len(weak) {
			continue
		}
		for i := range weak {
			weak[i] = weak[i] || other[i] != digits[i]
		}
	}
	return weak
}

// weakest is the reason where nothing else is to be found.
func weakest(n *Number) Reason {
	at := 0
	for i, d := range n.Digits {
		if d.P < n.Digits[at].P {
			at = i
		}
	}
	return Reason{UnsureDigit, at, at + 1}
}

// ranges are the runs of digits for which is holds; one reason without digits
// where it holds for all.
func ranges(code ReasonCode, n int, is func(i int) bool) (found []Reason) {
	for i := 0; i < n; i++ {
		if !is(i) {
			continue
		}
		from := i
		for i+1 < n && is(i+1) {
			i++
		}
		found = append(found, Reason{code, from, i + 1})
	}
	if len(found) == 1 && found[0].From == 0 && found[0].To == n {
		found[0] = Reason{Code: code}
	}
	return found
}

// gaps are the places in a line where digits should be, and were not seen: they
// are named by the digits on both sides, or by the group that is too short.
func (s *session) gaps(groups []int, digits []Digit) (found []Reason) {
	usual := usualDistance(digits)
	for i := 1; i < len(digits); i++ {
		a, b := digits[i-1].Quad, digits[i].Quad
		if b.Center().Sub(a.Center()).Len() < missingDigit*usual {
			continue
		}
		code := Covered
		between := geom.Quad{a[1], b[0], b[3], a[2]}
		if quality.Measure(s.picture, s.fromFile(between)).Burnt > burntShare {
			code = Glare
		}
		found = append(found, Reason{code, i - 1, i + 1})
	}
	if from, to, ok := prior.Gap(groups); ok && len(found) == 0 {
		found = append(found, Reason{Covered, from, to})
	}
	return found
}

// usualDistance is the distance of neighbours within a group.
func usualDistance(digits []Digit) float64 {
	var all []float64
	for i := 1; i < len(digits); i++ {
		all = append(all, digits[i].Quad.Center().Sub(digits[i-1].Quad.Center()).Len())
	}
	if len(all) == 0 {
		return math.Inf(1)
	}
	slices.Sort(all)
	return all[3*len(all)/8]
}

func median(patches []quality.Patch, of func(quality.Patch) float64) float64 {
	if len(patches) == 0 {
		return 0
	}
	values := make([]float64, len(patches))
	for i, p := range patches {
		values[i] = of(p)
	}
	slices.Sort(values)
	return values[len(values)/2]
}

// cut reports whether there may be more of a card's number: it ends at the
// picture's edge, or beside a row. A number that the table has with its length,
// and whose check digit is right, is taken for a whole one.
func (s *session) cut(n *Number, digits string, row bool) bool {
	if len(n.Digits) == 0 || prior.Known(digits) && pan.Luhn(digits) {
		return false
	}
	reach := nearEdge
	if !prior.Known(digits) {
		reach = oneMore
	}
	for _, d := range []Digit{n.Digits[0], n.Digits[len(n.Digits)-1]} {
		b, slack := d.Quad.Bounds(), reach*d.Quad.Height()
		if b.X0 < slack || b.Y0 < slack || b.X1 > float64(s.width)-slack || b.Y1 > float64(s.height)-slack {
			return true
		}
	}
	return row
}

// beyond reports whether a card reaches out of the picture.
func (s *session) beyond(corners geom.Quad) bool {
	slack := beyondFrame * math.Max(corners.Width(), corners.Height())
	return slices.ContainsFunc(corners[:], func(p geom.Point) bool {
		return p.X < -slack || p.Y < -slack || p.X > float64(s.picture.W)+slack || p.Y > float64(s.picture.H)+slack
	})
}

// withoutCard says why no card was read, by the best of the outlines found.
func (s *session) withoutCard(found []detect.Found) []Reason {
	if len(found) == 0 {
		return []Reason{{Code: NoCard}}
	}
	reasons := []Reason{{Code: NoNumber}}
	corners := found[0].Corners
	if s.beyond(corners) {
		reasons = append(reasons, Reason{Code: CutOff})
	}
	band := quality.Measure(s.picture, numberBand(corners))
	switch {
	case band.Height < smallDigit:
		reasons = append(reasons, Reason{Code: TooSmall})
	case band.Burnt > burntShare:
		reasons = append(reasons, Reason{Code: Glare})
	case band.Contrast < faintDigit:
		reasons = append(reasons, Reason{Code: LowContrast})
	case band.Edge > softBand:
		reasons = append(reasons, Reason{Code: Blur})
	}
	return reasons
}

// numberBand is where an embossed card has its number.
func numberBand(card geom.Quad) geom.Quad {
	toCard, ok := geom.QuadToQuad(geom.RectQuad(0, 0, 1, 1), card)
	if !ok {
		return geom.Quad{}
	}
	return toCard.Quad(geom.RectQuad(0.1, bandOfCard-digitOfCard/2, 0.8, digitOfCard))
}
