package pipeline

import (
	"image"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/issuer"
	"github.com/kahao/kahao/pan"
)

// Verdict is what the caller may do with a reading.
type Verdict string

// The verdicts, best first.
const (
	Accept Verdict = "accept"
	Review Verdict = "review"
	Reject Verdict = "reject"
)

// Reading is everything that was read in one image.
type Reading struct {
	Width, Height int     // of the image, upright
	Cards         []*Card // by verdict, then top to bottom, left to right
	Reasons       []Reason
	Checks        *capture.Checks // nil unless asked for
	maybe         []Region        // text that may be a number
}

// Card is one card in an image. Positions are in pixels of the image.
type Card struct {
	PAN     pan.Number  // zero if digits are covered
	Masked  pan.Partial // the number if digits are covered, else zero
	Number  Number
	Expiry  Date // of Dates; zero if none was read
	Issued  Date // of Dates: the date of issue; zero if none was read
	Dates   []Date
	Issuer  issuer.Result
	Verdict Verdict
	Reasons []Reason
	Corners geom.Quad
	Checks  *capture.Checks // nil unless asked for
	Crop    *image.RGBA     // nil unless asked for
	outline bool            // Corners were detected
	proof   proof
}

// Number says where a card's number was read, and how surely.
type Number struct {
	Quad       geom.Quad
	Confidence float64              // probability that every digit is right
	Evidence   calibration.Evidence // what the confidence was computed from
	Digits     []Digit
	Candidates []Candidate
	Crop       *image.RGBA // nil unless asked for
}

// Candidate is one reading of a card's number.
type Candidate struct {
	PAN pan.Number
	P   float64
}

// Digit is one digit of a number.
type Digit struct {
	Value        byte // '0' to '9', or pan.CoveredDigit
	P            float64
	Quad         geom.Quad
	Alternatives []Alternative
}

// Alternative is another reading of a digit.
type Alternative struct {
	Value byte
	P     float64
}

// Date is a date printed on a card.
type Date struct {
	Text        string
	Month, Year int
	Quad        geom.Quad
	Confidence  float64
	Verdict     Verdict // empty for the zero Date
	Evidence    calibration.Evidence
}
