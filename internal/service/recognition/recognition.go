// Package recognition decides what a client may get of a reading. The rules
// hold for every API.
package recognition

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
)

// Reader reads the cards in an image. A *kahao.Reader is one.
type Reader interface {
	ReadAll(ctx context.Context, image []byte) (*kahao.Reading, error)
}

// ExtrasReader also reads what is computed only if asked for.
type ExtrasReader interface {
	// ReadWith is ReadAll with extras.
	ReadWith(ctx context.Context, image []byte, extras capture.Extras) (*kahao.Reading, error)
}

// Errors of an image that was read without a result, and ErrOverloaded of one
// that was not read.
var (
	// ErrNoCard: the image shows no card.
	ErrNoCard = errors.New("recognition: no card")
	// ErrUnreadable: there is a card, and its number was not read surely enough.
	ErrUnreadable = errors.New("recognition: the card number cannot be read")
	// ErrBlurred is ErrUnreadable because the card is out of focus, or moved.
	ErrBlurred = errors.New("recognition: the card is blurred")
	// ErrNotANumber: a card with a number that cannot be a card number.
	ErrNotANumber = errors.New("recognition: not a card number")
	// ErrUnclassified: the recogniser cannot tell what the image shows. That of
	// this module always can.
	ErrUnclassified = errors.New("recognition: cannot tell what the image shows")
	// ErrNaN: a confidence is not a number.
	ErrNaN = errors.New("recognition: a confidence is not a number")
	// ErrOverloaded: the server has no capacity for the image now.
	ErrOverloaded = errors.New("recognition: overloaded")
)

// Best returns the card of a reading that a reply may contain: the one with the
// surest number, unless its verdict is reject or digits of it are covered. A
// wrong number does more harm than none.
func Best(r *kahao.Reading) (*kahao.Card, error) {
	card := r.Best()
	switch {
	case card == nil && slices.ContainsFunc(r.Reasons, hasCode(kahao.ReasonNoCard)):
		return nil, ErrNoCard
	case card == nil:
		return nil, unread(r.Reasons)
	case card.Verdict == kahao.VerdictReject, !card.Masked.IsZero():
		return nil, unread(card.Reasons)
	case card.PAN.Reveal() == "":
		return nil, ErrNotANumber
	case math.IsNaN(card.Number.Confidence) || math.IsNaN(card.Expiry.Confidence):
		return nil, ErrNaN
	}
	return card, nil
}

// unread returns the error for a number that was not read, for these reasons.
func unread(reasons []kahao.Reason) error {
	if slices.ContainsFunc(reasons, hasCode(kahao.ReasonBlur)) {
		return ErrBlurred
	}
	return ErrUnreadable
}

func hasCode(code kahao.ReasonCode) func(kahao.Reason) bool {
	return func(r kahao.Reason) bool { return r.Code == code }
}

// Cost is what admission control needs to know of an image before it is read.
type Cost struct {
	Decode time.Duration // CPU time of decoding
	Memory int64
}

// CostOf reads the headers of an image that is read with extras. An image that
// they refuse costs nothing: reading it fails at once.
func CostOf(r interface {
	Inspect(image []byte) (kahao.Info, error)
}, image []byte, extras capture.Extras) Cost {
	info, err := r.Inspect(image)
	if err != nil {
		return Cost{}
	}
	c := Cost{info.DecodeTime, info.Memory}
	if extras.Checks || extras.CardCrop || extras.NumberCrop {
		// The image is decoded again at its full size, and kept with its reductions.
		c.Decode *= 2
		c.Memory += 2 * int64(info.Width) * int64(info.Height)
	}
	return c
}
