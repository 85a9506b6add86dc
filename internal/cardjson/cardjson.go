// Package cardjson is the JSON of readings: that of kahao read --json, and of the
// native API.
package cardjson

import (
	"math"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/pan"
)

// Show decides what is written of card numbers.
type Show struct {
	// Number is the text of a number.
	Number func(pan.Number) (string, error)
	// Digits replaces the digits that must not be seen by *.
	Digits func(string) string
	// Opaque means that Number returns something else than digits: nothing else of
	// the number is written.
	Opaque bool
}

// Whole writes whole numbers.
var Whole = plain(func(digits string) string { return digits })

// Masked writes the first six and the last four digits.
var Masked = plain(pan.Mask)

func plain(digits func(string) string) Show {
	return Show{Number: func(n pan.Number) (string, error) { return digits(n.Reveal()), nil }, Digits: digits}
}

// Card is one card.
type Card struct {
	Number        string        `json:"number"`
	Masked        string        `json:"masked,omitempty"`
	Confidence    float64       `json:"confidence"`
	Verdict       kahao.Verdict `json:"verdict"`
	Reasons       []Reason      `json:"reasons"`
	Expiry        string        `json:"expiry"`
	ExpiryVerdict kahao.Verdict `json:"expiry_verdict"`
	Issued        string        `json:"issued,omitempty"`
	Type          string        `json:"type"`
	TypeCode      string        `json:"type_code"`
	Product       string        `json:"product"`
	Bank          string        `json:"bank"`
	BankCode      string        `json:"bank_code"`
	Network       string        `json:"network"`
	Box           [4]int        `json:"box"`
	Quad          Quad          `json:"quad"`
	Digits        []Digit       `json:"digits"`
	Candidates    []Candidate   `json:"candidates"`
	Dates         []Date        `json:"dates"`
	Corners       Quad          `json:"corners"`

	Checks  map[string]Check `json:"checks,omitempty"`
	Quality *int             `json:"quality,omitempty"`
}

// Reason is a reason why a number is not accepted, with the first and the
// last digit that it is about, counted from 1; without digits, it is about all.
type Reason struct {
	Code   kahao.ReasonCode `json:"code"`
	Digits []int            `json:"digits"`
}

// Candidate is a reading of a number.
type Candidate struct {
	Number string  `json:"number"`
	P      float64 `json:"p"`
}

// Date is a date as printed, and as MM/YYYY.
type Date struct {
	Text string  `json:"text"`
	Date string  `json:"date"`
	P    float64 `json:"p"`
	Box  [4]int  `json:"box"`
}

// Digit is one digit. A masked digit is "*", a covered one "?"; both have no alternatives.
type Digit struct {
	Digit        string        `json:"digit"`
	P            float64       `json:"p"`
	Box          [4]int        `json:"box"`
	Alternatives []Alternative `json:"alternatives"`
}

// Alternative is another digit that one may be.
type Alternative struct {
	Digit string  `json:"digit"`
	P     float64 `json:"p"`
}

// Quad is four points: top-left, top-right, bottom-right, bottom-left.
type Quad [4][2]float64

// Reasons converts reasons.
func Reasons(reasons []kahao.Reason) []Reason {
	records := []Reason{}
	for _, r := range reasons {
		record := Reason{r.Code, []int{}}
		if r.Digits.OK() {
			record.Digits = []int{r.Digits.From + 1, r.Digits.To}
		}
		records = append(records, record)
	}
	return records
}

// Of converts a card. After an error of show nothing of the card may be sent.
func Of(c *kahao.Card, show Show) (Card, error) {
	number, err := show.Number(c.PAN)
	if err != nil {
		return Card{}, err
	}
	shown := show.Digits(c.PAN.Reveal() + c.Masked.Reveal()) // one of them is zero
	r := Card{
		Number: number, Confidence: Probability(c.Number.Confidence), Verdict: c.Verdict, Reasons: Reasons(c.Reasons),
		Expiry: c.Expiry.String(), ExpiryVerdict: c.Expiry.Verdict, Issued: c.Issued.String(), Type: c.Issuer.TypeText(), TypeCode: c.Issuer.Type.String(),
		Product: c.Issuer.CardName, Bank: c.Issuer.BankInfo(), BankCode: c.Issuer.Code, Network: c.Issuer.Network,
		Box: box(c.Number.Quad.Bounds()), Quad: QuadOf(c.Number.Quad), Corners: QuadOf(c.Corners),
		Digits: []Digit{}, Candidates: []Candidate{}, Dates: []Date{},
	}
	if !show.Opaque {
		r.Masked = show.Digits(c.Masked.Reveal())
		for _, other := range c.Number.Candidates {
			r.Candidates = append(r.Candidates, Candidate{show.Digits(other.PAN.Reveal()), Probability(other.P)})
		}
	}
	r.Checks, r.Quality = Checks(c.Checks)
	for _, d := range c.Dates {
		r.Dates = append(r.Dates, Date{d.Text, d.String(), Probability(d.Confidence), box(d.Quad.Bounds())})
	}
	for i, d := range c.Number.Digits {
		digit := Digit{"*", Probability(d.P), box(d.Quad.Bounds()), []Alternative{}}
		if i < len(shown) && shown[i] != '*' {
			digit.Digit = string(rune(d.Value))
			for _, a := range d.Alternatives {
				digit.Alternatives = append(digit.Alternatives, Alternative{string(rune(a.Value)), Probability(a.P)})
			}
		}
		r.Digits = append(r.Digits, digit)
	}
	return r, nil
}

// QuadOf converts a quad.
func QuadOf(q kahao.Quad) Quad {
	var r Quad
	for i, p := range q {
		r[i] = [2]float64{Tenth(p.X), Tenth(p.Y)}
	}
	return r
}

// box is the bounding box in whole pixels: x, y, width, height.
func box(b kahao.Rect) [4]int {
	x, y := int(math.Floor(Tenth(b.X0))), int(math.Floor(Tenth(b.Y0)))
	return [4]int{x, y, int(math.Ceil(Tenth(b.X1))) - x, int(math.Ceil(Tenth(b.Y1))) - y}
}

// Tenth rounds to tenths. JSON has no NaN and no infinity: they become 0.
func Tenth(x float64) float64 {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return 0
	}
	return math.Round(x*10) / 10
}

// Probability rounds down to four decimals, so that 1 means 1.
func Probability(p float64) float64 {
	if !(p > 0) {
		return 0
	}
	return math.Floor(min(p, 1)*1e4+1e-6) / 1e4
}

// Check is the result of one check of how an image was captured.
type Check struct {
	P        float64          `json:"p"`
	Warn     bool             `json:"warn"`
	Polygons []Quad           `json:"polygons"`
	Fields   *[]capture.Field `json:"fields,omitempty"` // of glare
}

// Checks returns the checks by their names, and the quality. Both are nil if no
// checks were asked for.
func Checks(c *capture.Checks) (map[string]Check, *int) {
	if c == nil {
		return nil, nil
	}
	records := map[string]Check{}
	for name, check := range c.All() {
		r := Check{P: Probability(check.P), Warn: check.Warn, Polygons: []Quad{}}
		for _, p := range check.Polygons {
			var q Quad
			for i, corner := range p {
				q[i] = [2]float64{Tenth(corner[0]), Tenth(corner[1])}
			}
			r.Polygons = append(r.Polygons, q)
		}
		if name == "glare" {
			fields := append([]capture.Field{}, check.Fields...)
			r.Fields = &fields
		}
		records[name] = r
	}
	quality := c.Quality
	return records, &quality
}
