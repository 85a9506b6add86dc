package pan

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// CoveredDigit stands in a Partial for a digit that cannot be seen.
const CoveredDigit = '?'

// ErrNotPartial means that NewPartial got no covered digit, or something other
// than digits. It never quotes the digits.
var ErrNotPartial = errors.New("pan: not a number with covered digits")

// Partial is a card number of which some digits are covered. It is no Number:
// its visible digits are not a number of their own. It prints masked, as a
// Number does; the zero Partial has no digits.
type Partial struct {
	_    [0]func() // not comparable with ==, which would compare addresses
	text *string   // see Number
}

// NewPartial makes a Partial of 1 to 64 ASCII digits and CoveredDigit, which
// occurs at least once. It does not check whether a card can have the number.
// It returns ErrEmpty, ErrLong or ErrNotPartial.
func NewPartial(text string) (Partial, error) {
	switch {
	case text == "":
		return Partial{}, ErrEmpty
	case len(text) > maxLen:
		return Partial{}, ErrLong
	case onlyDigits(text) || !onlyDigits(strings.ReplaceAll(text, string(CoveredDigit), "0")):
		return Partial{}, ErrNotPartial
	}
	own := strings.Clone(text)
	return Partial{text: &own}, nil
}

// Reveal returns the visible digits, and CoveredDigit for each of the others.
// It is the only method that does.
func (p Partial) Reveal() string {
	if p.text == nil {
		return ""
	}
	return *p.text
}

// Equal reports whether both have the same digits covered, and the same others.
func (p Partial) Equal(q Partial) bool { return p.Reveal() == q.Reveal() }

// Len returns the count of digits, the covered ones included. That of the
// covered ones is an estimate: under a bar they cannot be counted.
func (p Partial) Len() int { return len(p.Reveal()) }

// IsZero reports whether p is the zero Partial, for the omitzero tag of JSON.
func (p Partial) IsZero() bool { return p.text == nil }

// Masked returns the number as it may be shown: as Number.Masked, but with
// CoveredDigit for the covered digits.
func (p Partial) Masked() string { return Mask(p.Reveal()) }

// String returns Masked.
func (p Partial) String() string { return p.Masked() }

// GoString returns Masked, for %#v.
func (p Partial) GoString() string { return "pan.Partial(" + p.Masked() + ")" }

// Format prints the masked number for every verb, as that of Number does.
func (p Partial) Format(f fmt.State, verb rune) { format(f, verb, p.Masked(), p.GoString()) }

// MarshalJSON encodes the masked number.
func (p Partial) MarshalJSON() ([]byte, error) { return strconv.AppendQuote(nil, p.Masked()), nil }

// MarshalText encodes the masked number.
func (p Partial) MarshalText() ([]byte, error) { return []byte(p.Masked()), nil }

// LogValue logs the masked number.
func (p Partial) LogValue() slog.Value { return slog.StringValue(p.Masked()) }
