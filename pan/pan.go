// Package pan holds card numbers (primary account numbers, ISO/IEC 7812-1).
//
// A [Number] is masked wherever it is printed, logged or encoded; [Number.Reveal]
// is the only way to its digits. So a number that ends up in an error, a log
// line or a JSON document by accident does no harm.
package pan

import (
	"errors"
	"fmt"
	"log/slog"
	"strconv"
	"strings"
)

// Card numbers as issued have 12 to 19 digits: ISO/IEC 7812-1 allows 8 to 19,
// and every network in use keeps to these bounds.
const (
	MinDigits = 12
	MaxDigits = 19
)

// maxLen is the length of the longest string that New accepts. An image of a
// line of print may show more digits than a card number has.
const maxLen = 64

// Errors of New. They never quote the digits.
var (
	ErrEmpty  = errors.New("pan: no digits")
	ErrLong   = errors.New("pan: more than 64 digits")
	ErrDigits = errors.New("pan: something other than the digits 0 to 9")
)

// Number is a card number. The zero Number has no digits. Numbers compare with
// Equal; they cannot be compared with ==.
//
// The digits are behind a pointer to a string. fmt does not call the methods of
// unexported fields, so it prints a Number in such a field of a caller's struct
// field by field: it must find an address there, not the digits. fmt follows
// pointers to structs, but not this one.
type Number struct {
	_      [0]func() // not comparable with ==, which would compare addresses
	digits *string
}

// New makes a Number of 1 to 64 ASCII digits. It does not check whether a card
// can have it; see Plausible and Luhn. It returns ErrEmpty, ErrLong or
// ErrDigits.
func New(digits string) (Number, error) {
	switch {
	case digits == "":
		return Number{}, ErrEmpty
	case len(digits) > maxLen:
		return Number{}, ErrLong
	case !onlyDigits(digits):
		return Number{}, ErrDigits
	}
	own := strings.Clone(digits)
	return Number{digits: &own}, nil
}

// Reveal returns the digits. It is the only method that does.
func (n Number) Reveal() string {
	if n.digits == nil {
		return ""
	}
	return *n.digits
}

// Equal reports whether both numbers have the same digits.
func (n Number) Equal(m Number) bool { return n.Reveal() == m.Reveal() }

// Len returns the count of digits.
func (n Number) Len() int { return len(n.Reveal()) }

// IsZero reports whether n is the zero Number, for the omitzero tag of JSON.
func (n Number) IsZero() bool { return n.digits == nil }

// Plausible reports whether a card may have a number of this length: 12 to 19
// digits.
func (n Number) Plausible() bool { return n.Len() >= MinDigits && n.Len() <= MaxDigits }

// Luhn reports whether the check digit is right.
func (n Number) Luhn() bool { return Luhn(n.Reveal()) }

// Masked returns the number as it may be shown: the first six and the last
// four digits of a whole number, the last four of 8 to 11 digits, none of
// fewer.
func (n Number) Masked() string { return Mask(n.Reveal()) }

// Mask hides the middle of a string of digits; see Number.Masked. It leaves
// CoveredDigit as it is.
func Mask(digits string) string {
	head, tail := 0, 0
	switch n := len(digits); {
	case n >= MinDigits:
		head, tail = 6, 4
	case n >= 8:
		tail = 4
	}
	masked := []byte(digits)
	for i := head; i < len(digits)-tail; i++ {
		if digits[i] != CoveredDigit {
			masked[i] = '*'
		}
	}
	return string(masked)
}

// String returns Masked.
func (n Number) String() string { return n.Masked() }

// GoString returns Masked, for %#v.
func (n Number) GoString() string { return "pan.Number(" + n.Masked() + ")" }

// Format prints the masked number for every verb, %d and %x included.
func (n Number) Format(f fmt.State, verb rune) { format(f, verb, n.Masked(), n.GoString()) }

func format(f fmt.State, verb rune, masked, goString string) {
	switch {
	case verb == 'v' && f.Flag('#'):
		fmt.Fprint(f, goString)
	case verb == 'q':
		fmt.Fprintf(f, fmt.FormatString(f, 'q'), masked)
	default:
		// Width and alignment are kept. A precision may cut off the visible
		// end; the rest is no secret either.
		fmt.Fprintf(f, fmt.FormatString(f, 's'), masked)
	}
}

// MarshalJSON encodes the masked number.
func (n Number) MarshalJSON() ([]byte, error) { return strconv.AppendQuote(nil, n.Masked()), nil }

// MarshalText encodes the masked number.
func (n Number) MarshalText() ([]byte, error) { return []byte(n.Masked()), nil }

// LogValue logs the masked number.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.Masked()) }

func onlyDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
