// Package prior says what card numbers can be, as weights for a reader that is
// in doubt between several: by their beginning, length, check digit and the
// groups that they are set in. Nothing is ruled out but by a caller's wish.
package prior

import (
	"slices"

	"github.com/kahao/kahao/issuer"
	"github.com/kahao/kahao/pan"
)

// Lengths of a card number (ISO/IEC 7812-1 allows 8 to 19; the issuers'
// tables and networks use these).
const (
	MinDigits = 12
	MaxDigits = 19
)

// Log prior weights, in nats. They are odds: a reading that the prior disfavours
// by w needs pixels e^w times as likely.
const (
	noLength    = -9.0 // fewer than 12 digits or more than 19
	unknownBIN  = -2.0 // new BINs appear every year, and specimens invent them
	wrongLength = -3.0 // a BIN of the table, with a length that it never has
	oldVisa     = -2.5 // 13 digits, as Visa's numbers once had

	// ln(9(1-q)/q) for a share q of numbers that fail the check digit: 9 wrong
	// digits of 10 fail. Issued cards of most networks always pass, but specimens
	// are pictured too, whose numbers were made up: q is 10 %, and 15 % for
	// UnionPay, some of whose issued cards fail. Who reads issued cards alone asks
	// for a strict check.
	luhnHard = -4.4
	luhnSoft = -3.9
	// A number that shows itself to be made up fails four times in five.
	luhnMadeUp = -0.8
	madeUp     = 0.8 // of the steps from digit to digit are 0, 1 or -1
	beginning  = 6   // digits that are the issuer's
	forbid     = -60.0

	// OddGroups is the weight of digits in groups that no card maker sets:
	// where one is missing, or an edge in the artwork was read as one. Of right
	// readings of drawn lines 3 % have such groups, of wrong ones 65 %.
	OddGroups = -2.5
)

// unlistedLength is the weight of the length of a number whose beginning the
// table does not have with it, over 16 and 19 digits.
var unlistedLength = map[int]float64{12: -5, 13: -4, 14: -4, 15: -3, 17: -4, 18: -2}

// Number is the weight of a number by its beginning and its length.
func Number(digits string) float64 {
	n := len(digits)
	if n < MinDigits || n > MaxDigits {
		return noLength
	}
	at := issuer.Lookup(digits)
	switch {
	case !at.Listed || at.Permissive:
		switch {
		case n == 15 && at.Network == issuer.Amex:
			return unknownBIN
		case n == 13 && at.Network == issuer.Visa:
			return unknownBIN + oldVisa
		}
		return unknownBIN + unlistedLength[n]
	case !at.LengthMatches:
		return wrongLength + unlistedLength[n]
	}
	return 0
}

// Check is the weight of a number by its check digit. Strictly, a number of a
// network whose numbers all pass is none if it fails. What is too short to be a
// number has no check digit.
func Check(digits string, strict bool) float64 {
	if len(digits) < MinDigits || pan.Luhn(digits) {
		return 0
	}
	hard := issuer.LuhnRequired(issuer.Lookup(digits).Network)
	switch {
	case strict && hard:
		return forbid
	case MadeUp(digits):
		return luhnMadeUp
	case hard:
		return luhnHard
	}
	return luhnSoft
}

// MadeUp reports whether a number is one that nobody's card has but a
// specimen's: beyond its beginning it counts up or down, or repeats itself.
func MadeUp(digits string) bool {
	if len(digits) < MinDigits {
		return false
	}
	own := digits[beginning:]
	steps := 0
	for i := 1; i < len(own); i++ {
		if step := (own[i] - own[i-1] + 10) % 10; step <= 1 || step == 9 {
			steps++
		}
	}
	return float64(steps) >= madeUp*float64(len(own)-1)
}

// Complete reports whether a number is as long as those that begin like it.
func Complete(digits string) bool {
	at := issuer.Lookup(digits)
	switch {
	case at.Listed && !at.Permissive:
		return at.LengthMatches
	case at.Network == issuer.Amex:
		return len(digits) == 15
	}
	return len(digits) == 16
}

// Known reports whether the table has the number's beginning, with its length.
func Known(digits string) bool {
	at := issuer.Lookup(digits)
	return at.Listed && !at.Permissive && at.LengthMatches
}

// visa13 is how Visa's numbers of 13 digits are set.
var visa13 = []int{4, 3, 3, 3}

// UsualGroups reports whether card makers set numbers in such groups: in fours
// with what is left over at the end, 4-6-5, 4-6-4, 4-3-3-3, six and the rest,
// or all in one.
func UsualGroups(groups []int) bool {
	switch len(groups) {
	case 1:
		return true
	case 2:
		return groups[0] == 6
	case 3:
		if groups[0] == 4 && groups[1] == 6 {
			return groups[2] == 4 || groups[2] == 5
		}
	case 4:
		if slices.Equal(groups, visa13) {
			return true
		}
	}
	for i, n := range groups {
		last := i == len(groups)-1
		if !last && n != 4 || last && (n > 5 || len(groups) < 5 && n < 4) {
			return false
		}
	}
	return len(groups) >= 3
}

// Gap returns the digits, from <= i < to, of the first group that is too short
// for its place in a number set in fours: some of its digits were not seen.
func Gap(groups []int) (from, to int, ok bool) {
	if UsualGroups(groups) {
		return 0, 0, false
	}
	at := 0
	for i, n := range groups {
		if n < 4 && i < len(groups)-1 || n < 3 && i < 4 {
			return at, at + n, true
		}
		at += n
	}
	return 0, 0, false
}
