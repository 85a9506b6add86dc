package pipeline

import (
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/detect"
	"github.com/kahao/kahao/pan"
)

// ReasonCode names one thing that stands in the way of a reading; see
// kahao.ReasonCode.
type ReasonCode string

// The reasons of an image.
const (
	NoCard       ReasonCode = "no_card"
	NoNumber     ReasonCode = "no_number"
	SeveralCards ReasonCode = "several_cards"
	Damaged      ReasonCode = "damaged" // of a card, too
)

// The reasons of a card, or of some of its digits.
const (
	CutOff      ReasonCode = "cut_off"
	TooSmall    ReasonCode = "too_small"
	Blur        ReasonCode = "blur"
	Glare       ReasonCode = "glare"
	LowContrast ReasonCode = "low_contrast"
	Covered     ReasonCode = "covered"
	UnsureDigit ReasonCode = "unsure_digit"
	CheckDigit  ReasonCode = "check_digit"
	OddLength   ReasonCode = "odd_length"
	UnknownCard ReasonCode = "unknown_card"

	CoveredDigits ReasonCode = "covered_digits"
)

// Reason says why a number is not accepted, and which digits it is about:
// From <= i < To, or the whole number if To is 0.
type Reason struct {
	Code     ReasonCode
	From, To int
}

// Limits of what can be read. They are for the reasons only and decide no
// verdict. On synthetic images digits below them are misread several times as
// often as those above.
const (
	minDigitHeight   = 11.0 // pixels
	maxEdge          = 0.22 // digit heights
	maxBandEdge      = 0.16 // the same, of the band with the number
	maxBurnt         = 0.30 // of a digit's pixels
	minContrast      = 0.12
	unsureProb       = 0.95 // of a digit
	unsureRivalProb  = 0.02 // of another number that differs in a digit
	frameMargin      = 0.02 // of the card's width, beyond the image, for a corner
	minEdgeDistance  = 0.6  // digit heights from a number's end to the image's edge
	minEdgeUnknown   = 1.3  // the same, if the table does not have the number with its length
	missingDigitStep = 2.6  // distance of two digits, over the usual one, with another between

	// On an embossed card (ISO/IEC 7811-1) a digit is 4.33 mm high, with its
	// centre 21.42 mm above the lower edge.
	digitOfCard = 4.33 / 53.98
	bandOfCard  = 1 - 21.42/53.98
)

// reasons says why a card is not accepted. There is at least one.
func reasons(img input, p *pass, c *Card, luhn LuhnMode) []Reason {
	digits := c.Number.Digits
	patches := make([]patch, len(digits))
	for i, d := range digits {
		patches[i] = measure(img.pixels, img.fromImage(d.Quad))
	}
	weak := weakDigits(c)
	var found []Reason
	add := func(code ReasonCode, holds bool) {
		if holds {
			found = append(found, Reason{Code: code})
		}
	}
	addSome := func(code ReasonCode, holds func(i int) bool) {
		found = append(found, ranges(code, len(digits), holds)...)
	}

	add(Damaged, img.lacks(c.Number.Quad))
	add(CutOff, !c.Number.Evidence.Acceptable() || !p.whole && beyondImage(img, p.corners))
	seen := func(i int) bool { return digits[i].Value != pan.CoveredDigit }
	addSome(CoveredDigits, func(i int) bool { return !seen(i) })
	small := median(patches, func(p patch) float64 { return p.height }) < minDigitHeight
	add(TooSmall, small)
	add(Blur, !small && median(patches, func(p patch) float64 { return p.edge }) > maxEdge)
	contrast := median(patches, func(p patch) float64 { return p.contrast })
	addSome(Glare, func(i int) bool {
		return patches[i].burnt > maxBurnt && (!seen(i) || weak[i] || patches[i].contrast < contrast/2)
	})
	addSome(LowContrast, func(i int) bool {
		return seen(i) && patches[i].contrast < minContrast && patches[i].burnt <= maxBurnt
	})
	if len(p.number.Parts) == 1 && p.lines != nil && c.Masked.IsZero() {
		found = append(found, gaps(img, c.PAN.Reveal(), p.groups(), digits)...)
	}
	addSome(UnsureDigit, func(i int) bool { return seen(i) && weak[i] })
	if p.lines != nil && c.Masked.IsZero() {
		add(CheckDigit, luhn != LuhnOff && !c.PAN.Luhn())
		add(OddLength, !prior.Complete(c.PAN.Reveal(), c.Issuer))
		add(UnknownCard, !c.proof.card)
	}
	if len(found) == 0 {
		found = append(found, weakestDigit(digits))
	}
	return found
}

// weakDigits reports which digits are doubtful: by themselves, or because a
// rival number has another digit there.
func weakDigits(c *Card) []bool {
	n, number := c.Number, c.PAN.Reveal()+c.Masked.Reveal() // one of them is zero
	weak := make([]bool, len(n.Digits))
	for i, d := range n.Digits {
		weak[i] = d.P < unsureProb
	}
	for _, rival := range n.Candidates[min(1, len(n.Candidates)):] {
		other := rival.PAN.Reveal()
		if rival.P < unsureRivalProb || len(other) != len(weak) || len(number) != len(weak) {
			continue
		}
		for i := range weak {
			weak[i] = weak[i] || other[i] != number[i]
		}
	}
	for i := range min(len(c.proof.doubled), len(number), len(weak)) {
		weak[i] = weak[i] || number[i] != pan.CoveredDigit && c.proof.doubled[i] != number[i]
	}
	return weak
}

// weakestDigit is the reason if no other is found.
func weakestDigit(digits []Digit) Reason {
	at := 0
	for i, d := range digits {
		if d.P < digits[at].P {
			at = i
		}
	}
	return Reason{UnsureDigit, at, at + 1}
}

// ranges returns the runs of digits for which a reason holds, or one reason
// without digits if it holds for all n.
func ranges(code ReasonCode, n int, holds func(i int) bool) (found []Reason) {
	for i := 0; i < n; i++ {
		if !holds(i) {
			continue
		}
		from := i
		for i+1 < n && holds(i+1) {
			i++
		}
		found = append(found, Reason{code, from, i + 1})
	}
	if len(found) == 1 && found[0].From == 0 && found[0].To == n {
		found[0] = Reason{Code: code}
	}
	return found
}

// gaps returns the places in a line where digits should be and were not read:
// by the digits on both sides, or by the group that is too short.
func gaps(img input, text string, groups []int, digits []Digit) (found []Reason) {
	usual := usualStep(digits)
	for i := 1; i < len(digits); i++ {
		a, b := digits[i-1].Quad, digits[i].Quad
		if b.Center().Sub(a.Center()).Len() < missingDigitStep*usual {
			continue
		}
		code := Covered
		between := geom.Quad{a[1], b[0], b[3], a[2]}
		if measure(img.pixels, img.fromImage(between)).burnt > maxBurnt {
			code = Glare
		}
		found = append(found, Reason{code, i - 1, i + 1})
	}
	if from, to, ok := prior.Gap(groups); ok && len(found) == 0 && !prior.UsualFor(text, groups) {
		found = append(found, Reason{Covered, from, to})
	}
	return found
}

// usualStep is the distance of neighbours within a group.
func usualStep(digits []Digit) float64 {
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

func median(patches []patch, of func(patch) float64) float64 {
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

// cutOff reports whether there may be more of a card's number: it ends at the
// edge of the image or of its whole part, or next to a row that was left out. A number that the table has
// with its length, and whose check digit is right, counts as whole.
func cutOff(img input, c *Card, row bool) bool {
	digits, known := c.Number.Digits, prior.Known(c.Issuer)
	if len(digits) == 0 || known && c.PAN.Luhn() {
		return false
	}
	distance := minEdgeDistance
	if !known {
		distance = minEdgeUnknown
	}
	for _, d := range []Digit{digits[0], digits[len(digits)-1]} {
		b, slack := d.Quad.Bounds(), distance*d.Quad.Height()
		atStart := b.X0 < img.whole.X0+slack || b.Y0 < img.whole.Y0+slack
		if atStart || b.X1 > img.whole.X1-slack || b.Y1 > img.whole.Y1-slack {
			return true
		}
	}
	return row
}

// beyondImage reports whether a card reaches out of the image.
func beyondImage(img input, corners geom.Quad) bool {
	slack := frameMargin * math.Max(corners.Width(), corners.Height())
	right, bottom := float64(img.pixels.W)+slack, float64(img.pixels.H)+slack
	return slices.ContainsFunc(corners[:], func(p geom.Point) bool {
		return min(p.X, p.Y) < -slack || p.X > right || p.Y > bottom
	})
}

// withoutCard says why no card was read, by the readings that were dropped, or
// by the best of the outlines found.
func withoutCard(img input, found []detect.Found, dropped []Reason) []Reason {
	if len(found) == 0 {
		return []Reason{{Code: NoCard}}
	}
	reasons := []Reason{{Code: NoNumber}}
	if len(dropped) > 0 {
		return append(reasons, dropped...)
	}
	corners := found[0].Corners
	if beyondImage(img, corners) {
		reasons = append(reasons, Reason{Code: CutOff})
	}
	band := measure(img.pixels, numberBand(corners))
	switch {
	case band.height < minDigitHeight:
		reasons = append(reasons, Reason{Code: TooSmall})
	case band.burnt > maxBurnt:
		reasons = append(reasons, Reason{Code: Glare})
	case band.contrast < minContrast:
		reasons = append(reasons, Reason{Code: LowContrast})
	case band.edge > maxBandEdge:
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
