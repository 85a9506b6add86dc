package kahao

import (
	"cmp"
	"slices"

	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/issuer"
	"github.com/kahao/kahao/pan"
)

// Point is a position in pixels of the uploaded picture, x to the right and
// y down.
type Point = geom.Point

// Quad is four corners in pixels of the uploaded picture: top-left,
// top-right, bottom-right, bottom-left as the thing is read, so that they
// also tell which way is up.
type Quad = geom.Quad

// Rect is an axis-parallel rectangle in pixels of the uploaded picture.
type Rect = geom.Rect

// Verdict is what the caller may do with a reading.
type Verdict string

// The verdicts, from the probability that the whole number is right.
const (
	Accept Verdict = "accept" // right with very high probability
	Review Verdict = "review" // probably right: let a person look
	Reject Verdict = "reject" // do not use
)

// Reading is everything that was read in one picture.
type Reading struct {
	Width, Height int     // of the picture, upright
	Cards         []*Card // by verdict, then top to bottom, left to right; empty when there is none

	// Reasons says why there is no card, or that there are several.
	Reasons []Reason
}

// Best is the card whose number is surest; nil when there is none.
func (r *Reading) Best() *Card {
	if len(r.Cards) == 0 {
		return nil
	}
	return slices.MaxFunc(r.Cards, func(a, b *Card) int {
		return cmp.Compare(a.Number.Confidence, b.Number.Confidence)
	})
}

// Card is one bank card in a picture.
type Card struct {
	Number  Number
	Expiry  Date   // the latest date on the card; zero when none was read
	Dates   []Date // every date that was read, top to bottom
	Issuer  issuer.Result
	Verdict Verdict
	Reasons []Reason // why the verdict is not Accept; none where it is
	Corners Quad     // of the card
}

// Number is a card number and where it was read. It prints masked; Reveal is
// the only way to the digits.
type Number struct {
	pan.Number
	Quad       Quad                 // around the whole number
	Confidence float64              // probability that every digit is right
	Evidence   calibration.Evidence // what the confidence was made of
	Digits     []Digit
	Candidates []Candidate // up to five readings, the likeliest first: this number
}

// Candidate is one reading of a card's number. It prints masked.
type Candidate struct {
	pan.Number
	P float64
}

// Box is the rectangle around the number.
func (n Number) Box() Rect { return n.Quad.Bounds() }

// Digit is one digit of a number.
type Digit struct {
	Value        byte // '0' to '9'
	P            float64
	Quad         Quad
	Alternatives []Alternative // other digits that may stand here, best first
}

// Alternative is another reading of a digit.
type Alternative struct {
	Value byte
	P     float64
}

// Date is a date printed on a card.
type Date struct {
	Text       string // as printed, such as "08/22" or "2022/08"
	Month      int    // as printed too: specimens show 00 and 88
	Year       int    // four digits
	Quad       Quad
	Confidence float64 // probability that all of it is right
	Evidence   calibration.Evidence
}

// String is the date as MM/YYYY; empty for the zero Date.
func (d Date) String() string {
	if d.Text == "" {
		return ""
	}
	return twoDigits(d.Month) + "/" + fourDigits(d.Year)
}

func twoDigits(n int) string { return string([]byte{byte('0' + n/10%10), byte('0' + n%10)}) }

func fourDigits(n int) string { return twoDigits(n/100) + twoDigits(n%100) }
