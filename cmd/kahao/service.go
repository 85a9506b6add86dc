package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/api/legacy"
)

// cardReader serves the legacy interface with a kahao.Reader.
type cardReader struct {
	read func(ctx context.Context, image []byte) (*kahao.Reading, error)
}

var _ legacy.Reader = cardReader{}

// pictureErrors pairs the library's errors with those that the wire knows.
var pictureErrors = []struct{ from, to error }{
	{kahao.ErrEmpty, legacy.ErrEmpty},
	{kahao.ErrMalformed, legacy.ErrMalformed},
	{kahao.ErrUnsupported, legacy.ErrUnsupported},
	{kahao.ErrTooLarge, legacy.ErrTooLarge},
}

// Read returns the best card in the picture. Its errors are those that
// legacy.Reader names, and the context's.
func (r cardReader) Read(ctx context.Context, image []byte) (legacy.Reading, error) {
	reading, err := r.read(ctx, image)
	if err != nil {
		for _, e := range pictureErrors {
			if errors.Is(err, e.from) {
				return legacy.Reading{}, fmt.Errorf("%w: %w", e.to, err)
			}
		}
		return legacy.Reading{}, err
	}
	card := reading.Best()
	if card == nil {
		if slices.ContainsFunc(reading.Reasons, func(r kahao.Reason) bool { return r.Code == kahao.ReasonNoCard }) {
			return legacy.Reading{}, nil
		}
		return legacy.Reading{}, unread(reading.Reasons)
	}
	if card.Verdict == kahao.VerdictReject { // a wrong number does more harm than none
		return legacy.Reading{}, unread(card.Reasons)
	}
	return legacy.Reading{
		Found:            true,
		Number:           card.PAN,
		NumberBox:        wireBox(card.Number.Quad),
		NumberConfidence: card.Number.Confidence,
		Type:             card.Issuer.TypeText(),
		CardName:         card.Issuer.CardName,
		Bank:             card.Issuer.BankInfo(),
		Expiry:           card.Expiry.String(),
		ExpiryBox:        wireBox(card.Expiry.Quad),
		ExpiryConfidence: card.Expiry.Confidence,
	}, nil
}

// unread is the error for a card whose number was not read, for the
// reasons given.
func unread(reasons []kahao.Reason) error {
	if slices.ContainsFunc(reasons, func(r kahao.Reason) bool { return r.Code == kahao.ReasonBlur }) {
		return legacy.ErrBlurred
	}
	return legacy.ErrUnreadable
}

func wireBox(q kahao.Quad) legacy.Box {
	b := box(q.Bounds())
	return legacy.Box{X: b[0], Y: b[1], Width: b[2], Height: b[3]}
}
