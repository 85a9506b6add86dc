package main

import (
	"math"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/pan"
)

// record is the line of JSON for one image.
type record struct {
	File    string         `json:"file"`
	MS      float64        `json:"ms"`
	Cards   []cardRecord   `json:"cards"`
	Reasons []reasonRecord `json:"reasons"`
	Error   *errorRecord   `json:"error"`

	Checks  map[string]checkRecord `json:"checks,omitempty"`
	Quality *int                   `json:"quality,omitempty"`
}

type cardRecord struct {
	Number        string            `json:"number"`
	Masked        string            `json:"masked,omitempty"`
	Confidence    float64           `json:"confidence"`
	Verdict       kahao.Verdict     `json:"verdict"`
	Reasons       []reasonRecord    `json:"reasons"`
	Expiry        string            `json:"expiry"`
	ExpiryVerdict kahao.Verdict     `json:"expiry_verdict"`
	Issued        string            `json:"issued,omitempty"`
	Type          string            `json:"type"`
	TypeCode      string            `json:"type_code"`
	Name          string            `json:"name"` // the same as product
	Product       string            `json:"product"`
	Bank          string            `json:"bank"`
	BankCode      string            `json:"bank_code"`
	Network       string            `json:"network"`
	Box           [4]int            `json:"box"`
	Quad          quadRecord        `json:"quad"`
	Digits        []digitRecord     `json:"digits"`
	Candidates    []candidateRecord `json:"candidates"`
	Dates         []dateRecord      `json:"dates"`
	Corners       quadRecord        `json:"corners"`

	Checks  map[string]checkRecord `json:"checks,omitempty"`
	Quality *int                   `json:"quality,omitempty"`
}

// reasonRecord is a reason why a number is not accepted, with the first and the
// last digit that it is about, counted from 1; without digits, it is about all.
type reasonRecord struct {
	Code   kahao.ReasonCode `json:"code"`
	Digits []int            `json:"digits"`
}

type candidateRecord struct {
	Number string  `json:"number"`
	P      float64 `json:"p"`
}

// dateRecord is a date as printed, and as MM/YYYY.
type dateRecord struct {
	Text string  `json:"text"`
	Date string  `json:"date"`
	P    float64 `json:"p"`
	Box  [4]int  `json:"box"`
}

// digitRecord is one digit. A masked digit is "*", a covered one "?"; both have no alternatives.
type digitRecord struct {
	Digit        string              `json:"digit"`
	P            float64             `json:"p"`
	Box          [4]int              `json:"box"`
	Alternatives []alternativeRecord `json:"alternatives"`
}

type alternativeRecord struct {
	Digit string  `json:"digit"`
	P     float64 `json:"p"`
}

type errorRecord struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// quadRecord is four points: top-left, top-right, bottom-right, bottom-left.
type quadRecord [4][2]float64

// outcome is the result of reading one image.
type outcome struct {
	reading *kahao.Reading
	err     error
	ms      float64
}

func (o outcome) record(file string, reveal bool) record {
	r := record{File: file, MS: evaluate.Round(o.ms, 10), Cards: []cardRecord{}, Reasons: []reasonRecord{}}
	if o.err != nil {
		_, code := classify(o.err)
		r.Error = &errorRecord{code, message(o.err)}
		return r
	}
	for _, c := range o.reading.Cards {
		r.Cards = append(r.Cards, recordOf(c, reveal))
	}
	r.Reasons = reasonRecords(o.reading.Reasons)
	r.Checks, r.Quality = checkRecords(o.reading.Checks)
	return r
}

func reasonRecords(reasons []kahao.Reason) []reasonRecord {
	records := []reasonRecord{}
	for _, r := range reasons {
		record := reasonRecord{r.Code, []int{}}
		if r.Digits.OK() {
			record.Digits = []int{r.Digits.From + 1, r.Digits.To}
		}
		records = append(records, record)
	}
	return records
}

func recordOf(c *kahao.Card, reveal bool) cardRecord {
	shown := number(c, reveal)
	r := cardRecord{
		Number: masked(c.PAN.Reveal(), reveal), Masked: masked(c.Masked.Reveal(), reveal), Confidence: probability(c.Number.Confidence), Verdict: c.Verdict, Reasons: reasonRecords(c.Reasons),
		Expiry: c.Expiry.String(), ExpiryVerdict: c.Expiry.Verdict, Issued: c.Issued.String(), Type: c.Issuer.TypeText(), TypeCode: c.Issuer.Type.String(),
		Name: c.Issuer.CardName, Product: c.Issuer.CardName, Bank: c.Issuer.BankInfo(), BankCode: c.Issuer.Code, Network: c.Issuer.Network,
		Box: box(c.Number.Quad.Bounds()), Quad: quad(c.Number.Quad), Corners: quad(c.Corners),
		Digits: []digitRecord{}, Candidates: []candidateRecord{}, Dates: []dateRecord{},
	}
	r.Checks, r.Quality = checkRecords(c.Checks)
	for _, other := range c.Number.Candidates {
		r.Candidates = append(r.Candidates, candidateRecord{masked(other.PAN.Reveal(), reveal), probability(other.P)})
	}
	for _, d := range c.Dates {
		r.Dates = append(r.Dates, dateRecord{d.Text, d.String(), probability(d.Confidence), box(d.Quad.Bounds())})
	}
	for i, d := range c.Number.Digits {
		digit := digitRecord{"*", probability(d.P), box(d.Quad.Bounds()), []alternativeRecord{}}
		if i < len(shown) && shown[i] != '*' {
			digit.Digit = string(rune(d.Value))
			for _, a := range d.Alternatives {
				digit.Alternatives = append(digit.Alternatives, alternativeRecord{string(rune(a.Value)), probability(a.P)})
			}
		}
		r.Digits = append(r.Digits, digit)
	}
	return r
}

// number is the card's number, masked unless reveal is set. It has '?' for
// covered digits.
func number(c *kahao.Card, reveal bool) string {
	return masked(c.PAN.Reveal()+c.Masked.Reveal(), reveal) // one of them is zero
}

func masked(digits string, reveal bool) string {
	if reveal {
		return digits
	}
	return pan.Mask(digits)
}

func quad(q kahao.Quad) quadRecord {
	var r quadRecord
	for i, p := range q {
		r[i] = [2]float64{evaluate.Round(p.X, 10), evaluate.Round(p.Y, 10)}
	}
	return r
}

// box is the bounding box in whole pixels: x, y, width, height.
func box(b kahao.Rect) [4]int {
	x, y := int(math.Floor(evaluate.Round(b.X0, 10))), int(math.Floor(evaluate.Round(b.Y0, 10)))
	return [4]int{x, y, int(math.Ceil(evaluate.Round(b.X1, 10))) - x, int(math.Ceil(evaluate.Round(b.Y1, 10))) - y}
}
