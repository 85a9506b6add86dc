package main

import (
	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/cardjson"
	"github.com/kahao/kahao/pan"
)

// record is the line of JSON for one image.
type record struct {
	File    string            `json:"file"`
	Page    int               `json:"page,omitempty"` // of a PDF file
	MS      float64           `json:"ms"`
	Cards   []cardjson.Card   `json:"cards"`
	Reasons []cardjson.Reason `json:"reasons"`
	Error   *errorRecord      `json:"error"`

	Checks  map[string]cardjson.Check `json:"checks,omitempty"`
	Quality *int                      `json:"quality,omitempty"`
}

type errorRecord struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// outcome is the result of reading one image.
type outcome struct {
	reading *kahao.Reading
	err     error
	ms      float64

	inside string // where the image is in a PDF file, such as "!page-2-image-17"; or ""
	page   int    // of the PDF file; or 0
}

func (o outcome) record(file string, reveal bool) record {
	r := record{File: file, Page: o.page, MS: cardjson.Tenth(o.ms), Cards: []cardjson.Card{}, Reasons: []cardjson.Reason{}}
	if o.err != nil {
		_, code := classify(o.err)
		r.Error = &errorRecord{code, message(o.err)}
		return r
	}
	show := cardjson.Masked
	if reveal {
		show = cardjson.Whole
	}
	for _, c := range o.reading.Cards {
		card, err := cardjson.Of(c, show)
		if err != nil {
			panic(err) // neither fails
		}
		r.Cards = append(r.Cards, card)
	}
	r.Reasons = cardjson.Reasons(o.reading.Reasons)
	r.Checks, r.Quality = cardjson.Checks(o.reading.Checks)
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
