package main

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/api/legacy"
)

// What the library says of a picture, in the words of the wire.
func TestCardReader(t *testing.T) {
	own := errors.New("weights gone")
	for name, c := range map[string]struct {
		card *kahao.Card
		err  error
		want error
	}{
		"accepted":     {&kahao.Card{Verdict: kahao.VerdictAccept}, nil, nil},
		"for review":   {&kahao.Card{Verdict: kahao.VerdictReview, Reasons: []kahao.Reason{{Code: kahao.ReasonBlur}}}, nil, nil},
		"rejected":     {&kahao.Card{Verdict: kahao.VerdictReject, Reasons: []kahao.Reason{{Code: kahao.ReasonGlare, Digits: kahao.Range{From: 0, To: 2}}}}, nil, legacy.ErrUnreadable},
		"blurred":      {&kahao.Card{Verdict: kahao.VerdictReject, Reasons: []kahao.Reason{{Code: kahao.ReasonUnsureDigit, Digits: kahao.Range{From: 0, To: 2}}, {Code: kahao.ReasonBlur}}}, nil, legacy.ErrBlurred},
		"empty":        {nil, fmt.Errorf("%w: 0 bytes", kahao.ErrEmpty), legacy.ErrEmpty},
		"malformed":    {nil, kahao.ErrMalformed, legacy.ErrMalformed},
		"unsupported":  {nil, kahao.ErrUnsupported, legacy.ErrUnsupported},
		"too large":    {nil, kahao.ErrTooLarge, legacy.ErrTooLarge},
		"out of time":  {nil, context.DeadlineExceeded, context.DeadlineExceeded},
		"out of order": {nil, own, own},
	} {
		r := cardReader{func(context.Context, []byte) (*kahao.Reading, error) {
			return &kahao.Reading{Cards: []*kahao.Card{c.card}}, c.err
		}}
		got, err := r.Read(t.Context(), nil)
		if !errors.Is(err, c.want) || got.Found != (c.want == nil) {
			t.Errorf("%s: %+v, %v, want %v", name, got, err, c.want)
		}
	}
}

// A card without a number that could be read is not a picture without a card.
func TestCardReaderWithoutNumber(t *testing.T) {
	for name, c := range map[string]struct {
		codes []kahao.ReasonCode
		want  error
	}{
		"no card":        {[]kahao.ReasonCode{kahao.ReasonNoCard}, nil},
		"no number":      {[]kahao.ReasonCode{kahao.ReasonNoNumber, kahao.ReasonCutOff}, legacy.ErrUnreadable},
		"blurred number": {[]kahao.ReasonCode{kahao.ReasonNoNumber, kahao.ReasonBlur}, legacy.ErrBlurred},
	} {
		reading := &kahao.Reading{}
		for _, code := range c.codes {
			reading.Reasons = append(reading.Reasons, kahao.Reason{Code: code})
		}
		r := cardReader{func(context.Context, []byte) (*kahao.Reading, error) { return reading, nil }}
		if got, err := r.Read(t.Context(), nil); !errors.Is(err, c.want) || got.Found {
			t.Errorf("%s: %+v, %v, want %v", name, got, err, c.want)
		}
	}
}
