// Package billing computes what readings cost: prices, packs and free units,
// the month's bill, arrears, and the calendar for all of these
// (docs/accounts.md).
//
// It is given the time and keeps no state. Money is counted in whole hundredths
// and units in whole readings, without floating point.
package billing

import (
	"errors"
	"fmt"
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// Cents is an amount of money in hundredths of the currency.
type Cents int64

// ErrAmount means that a text is not an amount, or an amount is too large.
var ErrAmount = errors.New("billing: invalid amount")

// String returns the amount with two decimals and thousands separators:
// 1,234.56.
func (c Cents) String() string {
	digits := c.decimal()
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	whole, fraction, _ := strings.Cut(digits, ".")
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteByte(',')
		}
		b.WriteRune(d)
	}
	return b.String() + "." + fraction
}

// decimal returns the amount without separators.
func (c Cents) decimal() string {
	size, sign := uint64(c), ""
	if c < 0 {
		size, sign = -size, "-"
	}
	return fmt.Sprintf("%s%d.%02d", sign, size/100, size%100)
}

// MarshalText returns the amount without separators: 1234.56. In JSON it is a
// string, so that no reader makes it a floating-point number.
func (c Cents) MarshalText() ([]byte, error) { return []byte(c.decimal()), nil }

// UnmarshalText parses what ParseCents parses.
func (c *Cents) UnmarshalText(text []byte) (err error) {
	*c, err = ParseCents(string(text))
	return err
}

// ParseCents parses an amount with at most two decimals, with or without
// thousands separators: 0.15, 120, -1,234.5. It returns ErrAmount.
func ParseCents(s string) (Cents, error) {
	wrong := fmt.Errorf("%w: %.40q", ErrAmount, s)
	unsigned, negative := strings.CutPrefix(s, "-")
	whole, fraction, point := strings.Cut(unsigned, ".")
	if point && (fraction == "" || len(fraction) > 2) {
		return 0, wrong
	}
	thousands := strings.Split(whole, ",")
	for i, group := range thousands {
		if len(thousands) > 1 && (len(group) > 3 || i > 0 && len(group) < 3) {
			return 0, wrong
		}
	}
	digits := strings.Join(thousands, "") + (fraction + "00")[:2]
	if thousands[0] == "" || strings.Trim(digits, "0123456789") != "" {
		return 0, wrong
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil {
		return 0, wrong
	}
	if negative {
		n = -n
	}
	return Cents(n), nil
}

// times multiplies by a number of units. It returns ErrAmount if either is
// negative or the product too large.
func (c Cents) times(units int64) (Cents, error) {
	if c < 0 || units < 0 {
		return 0, fmt.Errorf("%w: %d units at %v", ErrAmount, units, c)
	}
	high, low := bits.Mul64(uint64(c), uint64(units))
	if high != 0 || low > math.MaxInt64 {
		return 0, fmt.Errorf("%w: %d units at %v", ErrAmount, units, c)
	}
	return Cents(low), nil
}

// plus adds two non-negative amounts. It returns ErrAmount if the sum is too
// large.
func (c Cents) plus(more Cents) (Cents, error) {
	if c > math.MaxInt64-more {
		return 0, fmt.Errorf("%w: %v and %v", ErrAmount, c, more)
	}
	return c + more, nil
}
