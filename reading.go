package kahao

import (
	"cmp"
	"fmt"
	"image"
	"slices"
	"time"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/issuer"
	"github.com/kahao/kahao/pan"
)

// Reading is everything that was read in one image.
type Reading struct {
	Width, Height int // of the image, upright

	// Cards are sorted by verdict, then from top to bottom and left to
	// right. It is empty if no number was read.
	Cards []*Card

	// Reasons says why there is no card, that there are several, and that a part
	// of the image is missing.
	Reasons []Reason
	Checks  *capture.Checks // of the whole image; nil unless asked for
}

// Best returns the card with the greatest Number.Confidence, or nil if there
// is none.
func (r *Reading) Best() *Card {
	if len(r.Cards) == 0 {
		return nil
	}
	return slices.MaxFunc(r.Cards, func(a, b *Card) int {
		return cmp.Compare(a.Number.Confidence, b.Number.Confidence)
	})
}

// Card is one bank card in an image.
type Card struct {
	PAN            pan.Number  // the card number; it prints masked. Zero if digits are covered
	Masked         pan.Partial // the number if digits of it are covered, otherwise zero
	Number         Number      // where and how surely the number was read
	Expiry, Issued Date        // of Dates: the expiry and the date of issue; zero if not read
	Dates          []Date      // top to bottom
	Issuer         issuer.Result
	Verdict        Verdict
	Reasons        []Reason        // why Verdict is not VerdictAccept; empty if it is
	Corners        Quad            // of the card
	Checks         *capture.Checks // of the card; nil unless asked for
	Crop           *image.RGBA     // the card, flattened and upright; nil unless asked for
}

// Number is where a card number was read, and how surely.
type Number struct {
	Quad       Quad        // around the whole number
	Confidence float64     // probability that every digit is right; of Card.Masked, an estimate
	Digits     []Digit     // one for each digit of Card.PAN or Card.Masked
	Candidates []Candidate // up to five readings, likeliest first; the first is Card.PAN. None of Card.Masked
	Crop       *image.RGBA // the line of the number; nil unless asked for
}

// Candidate is one reading of a card number.
type Candidate struct {
	PAN pan.Number
	P   float64
}

// Digit is one digit of a number.
type Digit struct {
	Value        byte // '0' to '9', or pan.CoveredDigit
	P            float64
	Quad         Quad
	Alternatives []Alternative // other digits that it may be, likeliest first
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
	Verdict    Verdict // on the date, whatever the number's is; empty for the zero Date
}

// String returns the date as MM/YYYY, or "" for the zero Date.
func (d Date) String() string {
	if d.Text == "" {
		return ""
	}
	return fmt.Sprintf("%02d/%04d", d.Month, d.Year)
}

// Verdict is what the caller may do with a reading.
type Verdict string

// The verdicts, from the probability that the whole number is right.
const (
	VerdictAccept Verdict = "accept" // right with very high probability
	VerdictReview Verdict = "review" // probably right: let a person check it
	VerdictReject Verdict = "reject" // do not use it
)

// ReasonCode names one thing that stands in the way of a reading. The codes
// below are all there are; a minor version may add some.
type ReasonCode string

// The reasons that apply to an image.
const (
	ReasonNoCard       ReasonCode = "no_card"       // nothing looks like a card
	ReasonNoNumber     ReasonCode = "no_number"     // a card, but no number was read on it
	ReasonSeveralCards ReasonCode = "several_cards" // each has its own entry in Cards

	// ReasonDamaged: the end of the file is missing or damaged, and so are rows of
	// the image. A card has this reason if its number reaches into them; no such
	// number is accepted, and no date there is reported.
	ReasonDamaged ReasonCode = "damaged"
)

// The reasons that apply to a card, or to some of its digits.
const (
	ReasonCutOff      ReasonCode = "cut_off"      // there may be more digits, outside the image or next to the number
	ReasonTooSmall    ReasonCode = "too_small"    // too few pixels
	ReasonBlur        ReasonCode = "blur"         // out of focus, or moved
	ReasonGlare       ReasonCode = "glare"        // overexposed by a reflection
	ReasonLowContrast ReasonCode = "low_contrast" // hardly lighter or darker than the background
	ReasonCovered     ReasonCode = "covered"      // a gap where digits should be
	ReasonUnsureDigit ReasonCode = "unsure_digit" // another digit is likely too
	ReasonCheckDigit  ReasonCode = "check_digit"  // wrong: misread, or a specimen
	ReasonOddLength   ReasonCode = "odd_length"   // not the length of numbers that begin like it
	ReasonUnknownCard ReasonCode = "unknown_card" // no outline, issuer or layout shows that the number is a card's

	// ReasonCoveredDigits: some digits cannot be seen. The number is in
	// Card.Masked and its verdict is never VerdictAccept.
	ReasonCoveredDigits ReasonCode = "covered_digits"
)

// Reason says why a reading is not accepted.
type Reason struct {
	Code   ReasonCode
	Digits Range // that the reason is about; the zero Range means the whole
}

// Range is a half-open range of indexes into Number.Digits: From <= i < To.
type Range struct{ From, To int }

// OK reports whether the range holds any index.
func (r Range) OK() bool { return r.From < r.To }

// Info is what the headers of an image file say.
type Info struct {
	Format        Format
	Pages         int   // in a file of pages, else 1
	Width, Height int   // upright
	Memory        int64 // bytes that decoding needs, estimated

	// DecodeTime is the CPU time that decoding needs, estimated for a core of a
	// current server and the costliest content that a file with these headers
	// may have.
	DecodeTime time.Duration
}

// Format is a file format, known by its content. Animations are refused, and so
// are most formats of the professions, such as JPEG 2000.
type Format string

// The formats that are read.
const (
	FormatJPEG Format = "JPEG" // baseline and progressive; grey, YCbCr, RGB and CMYK; the first image of an MPO
	FormatPNG  Format = "PNG"  // of any depth, with a palette or transparency
	FormatBMP  Format = "BMP"
	FormatWebP Format = "WebP" // lossy and lossless
	FormatHEIC Format = "HEIC" // as phones write it: HEVC images and grids of them
	FormatAVIF Format = "AVIF" // AV1 images and grids of them
	FormatTIFF Format = "TIFF" // a page of it; compressed by CCITT, LZW, JPEG, Deflate, PackBits or not
)

// Versions says what a reading was made with. The same give the same reading.
type Versions struct {
	Kahao       string // of the module
	Models      []Model
	Calibration string // of the confidences
	Table       string // of the issuers
}

// Model is an embedded network.
type Model struct {
	Name    string // "corners", "lines", "digits"; "texture", "surround", "capture" of the checks
	Version string
	SHA256  string // of the weights, in hexadecimal
}

// Stage is a step of a reading, as Options.Trace and WithTrace see it.
type Stage string

// The stages, in the order in which a reading first reaches them. A reading
// goes through those from StageRectify on several times.
const (
	StageDecode    Stage = "decode"    // bytes to pixels
	StageDetect    Stage = "detect"    // where the cards are
	StageRectify   Stage = "rectify"   // a card, seen from straight above
	StageLines     Stage = "lines"     // where its lines of print are
	StageRecognize Stage = "recognize" // probabilities for a crop of a line
	StageCTC       Stage = "ctc"       // the likeliest texts of a line's crops
	StageJudge     Stage = "judge"     // confidence, issuer, verdict and reasons
	StageExtras    Stage = "extras"    // crops and checks
)
