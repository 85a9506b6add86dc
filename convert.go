package kahao

import (
	"errors"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// The pipeline works with internal types. This file turns its results and
// errors into those of the API.

func result(p *pipeline.Reading, err error) (*Reading, error) {
	if err != nil {
		return nil, imageError(err)
	}
	r := &Reading{Width: p.Width, Height: p.Height, Reasons: each(p.Reasons, reason), Checks: p.Checks}
	for _, c := range p.Cards {
		r.Cards = append(r.Cards, &Card{
			PAN: c.PAN, Masked: c.Masked, Number: number(c.Number), Expiry: date(c.Expiry), Issued: date(c.Issued), Dates: each(c.Dates, date),
			Issuer: c.Issuer, Verdict: Verdict(c.Verdict), Reasons: each(c.Reasons, reason), Corners: quad(c.Corners), Checks: c.Checks, Crop: c.Crop,
		})
	}
	return r, nil
}

func number(n pipeline.Number) Number {
	return Number{
		Quad: quad(n.Quad), Confidence: n.Confidence, Digits: each(n.Digits, digit),
		Candidates: each(n.Candidates, func(c pipeline.Candidate) Candidate { return Candidate(c) }),
		Crop:       n.Crop,
	}
}

func digit(d pipeline.Digit) Digit {
	return Digit{
		Value: d.Value, P: d.P, Quad: quad(d.Quad),
		Alternatives: each(d.Alternatives, func(a pipeline.Alternative) Alternative { return Alternative(a) }),
	}
}

func date(d pipeline.Date) Date {
	return Date{Text: d.Text, Month: d.Month, Year: d.Year, Quad: quad(d.Quad), Confidence: d.Confidence, Verdict: Verdict(d.Verdict)}
}

func reason(r pipeline.Reason) Reason {
	return Reason{Code: ReasonCode(r.Code), Digits: Range{r.From, r.To}}
}

func quad(q geom.Quad) (out Quad) {
	for i, p := range q {
		out[i] = Point(p)
	}
	return out
}

// each converts a slice. An empty one becomes nil.
func each[From, To any](from []From, convert func(From) To) []To {
	if len(from) == 0 {
		return nil
	}
	to := make([]To, len(from))
	for i, v := range from {
		to[i] = convert(v)
	}
	return to
}

var formats = map[imagein.Format]Format{
	imagein.JPEG: FormatJPEG, imagein.PNG: FormatPNG, imagein.BMP: FormatBMP, imagein.WebP: FormatWebP, imagein.TIFF: FormatTIFF,
	imagein.HEIC: FormatHEIC, imagein.AVIF: FormatAVIF,
}

// Formats returns the formats that a Reader reads, in the order in which errors
// name them.
func Formats() []Format {
	return each(imagein.Formats(), func(f imagein.Format) Format { return formats[f] })
}

// FormatOf returns the format that a file's first bytes show, or "" if it is none
// of those that are read.
func FormatOf(file []byte) Format { return formats[imagein.FormatOf(file)] }

var kinds = map[error]error{
	imagein.ErrEmpty: ErrEmpty, imagein.ErrMalformed: ErrMalformed,
	imagein.ErrUnsupported: ErrUnsupported, imagein.ErrTooLarge: ErrTooLarge,
}

// imageError converts errors about an image and keeps every other, such as
// the context's.
func imageError(err error) error {
	var e *imagein.Error
	if !errors.As(err, &e) {
		return err
	}
	return &ImageError{Kind: kinds[e.Kind], Format: formats[e.Format], Detail: e.Detail, cause: e.Cause}
}
