// Package prior has log priors of card numbers, for a reader that has to decide
// between several readings: by issuer, length, check digit and the groups in
// which the digits stand. Nothing is ruled out unless a caller asks for it.
package prior

import (
	"slices"

	"github.com/kahao/kahao/issuer"
	"github.com/kahao/kahao/pan"
)

// Log priors, in nats. They are odds: a reading that the prior disfavours by w
// needs pixels e^w times as likely.
const (
	noLength    = -9.0 // fewer digits than a card number has, or more
	unknownBIN  = -2.0 // new BINs appear every year, and specimens invent them
	wrongLength = -3.0 // a BIN of the table, with a length that it never has
	oldVisa     = -2.5 // 13 digits, as Visa's numbers once had

	// ln(9(1-q)/q) for a share q of numbers that fail the check digit: 9 wrong
	// digits of 10 fail. Issued cards of most networks always pass, but images
	// also show specimens, whose numbers were made up: q is 10 %, and 15 % for
	// UnionPay, some of whose issued cards fail. For issued cards only, there is
	// the strict check.
	luhnHard = -4.4
	luhnSoft = -3.9
	// A number that is obviously made up fails four times in five.
	luhnMadeUp  = -0.8
	madeUpShare = 0.8 // of the steps from digit to digit are 0, 1 or -1
	binDigits   = 6   // digits that are the issuer's
	forbidden   = -60.0

	// OddGroups is the log prior of digits in groups that no card maker sets:
	// a digit is missing, or an edge in the artwork was read as one. On
	// synthetic lines 3 % of the right readings have such groups, and 65 % of
	// the wrong ones.
	OddGroups = -2.5
)

// unlistedLength is the log prior of a length that the table does not have for
// the number's BIN, relative to 16 and 19 digits.
var unlistedLength = map[int]float64{12: -5, 13: -4, 14: -4, 15: -3, 17: -4, 18: -2}

// Number returns the log prior of a number by its issuer and its length.
func Number(digits string, at issuer.Result) float64 {
	n := len(digits)
	if n < pan.MinDigits || n > pan.MaxDigits {
		return noLength
	}
	switch {
	case !at.Listed || at.Permissive:
		switch {
		case n == 15 && at.Network == issuer.Amex, n == 14 && at.Network == issuer.Diners:
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

// Check returns the log prior of a number by its check digit. If strict, a
// failing number of a network whose numbers all pass is forbidden. Texts that
// are too short for a number have no check digit.
func Check(digits string, at issuer.Result, strict bool) float64 {
	switch {
	case len(digits) < pan.MinDigits || pan.Luhn(digits):
		return 0
	case hasCovered(digits):
		return coveredCheck
	}
	hard := issuer.LuhnRequired(at.Network)
	switch {
	case strict && hard:
		return forbidden
	case MadeUp(digits):
		return luhnMadeUp
	case hard:
		return luhnHard
	}
	return luhnSoft
}

// MadeUp reports whether a number is a specimen's: after the BIN its digits
// count up or down, or repeat, or three of its fours are the same.
func MadeUp(digits string) bool {
	if len(digits) < pan.MinDigits {
		return false
	}
	return counts(digits[binDigits:]) || repeatsFour(digits)
}

// repeatsFour reports whether three of a number's groups of four digits are the same.
func repeatsFour(digits string) bool {
	seen := map[string]int{}
	for i := 0; i+4 <= len(digits); i += 4 {
		if seen[digits[i:i+4]]++; seen[digits[i:i+4]] == 3 {
			return true
		}
	}
	return false
}

// Invented reports whether a number is a specimen's from its first digit on, such as
// 1234 5678 or sixteen zeros: it needs no issuer.
func Invented(digits string) bool { return MadeUp(digits) && counts(digits[:binDigits+1]) }

// counts reports whether digits count up or down, or repeat.
func counts(digits string) bool {
	steps := 0
	for i := 1; i < len(digits); i++ {
		if step := (digits[i] - digits[i-1] + 10) % 10; step <= 1 || step == 9 {
			steps++
		}
	}
	return float64(steps) >= madeUpShare*float64(len(digits)-1)
}

// Complete reports whether a number has the length of those that begin like it.
func Complete(digits string, at issuer.Result) bool {
	switch {
	case at.Listed && !at.Permissive:
		return at.LengthMatches
	case at.Network == issuer.Amex:
		return len(digits) == 15
	case at.Network == issuer.Diners && len(digits) == 14:
		return true
	}
	return len(digits) == 16
}

// Known reports whether the table has the number's BIN with its length.
func Known(at issuer.Result) bool {
	return at.Listed && !at.Permissive && at.LengthMatches
}

// visa13 and visa13Wide are the groupings of Visa's numbers of 13 digits.
var visa13, visa13Wide = []int{4, 3, 3, 3}, []int{4, 4, 5}

// UsualGroups reports whether card makers set numbers in such groups: in fours
// with the rest at the end, 4-6-5, 4-6-4, 4-3-3-3, six and the rest, or all
// digits in one.
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

// shortFours are the lengths of numbers that stand in three fours and a shorter rest:
// some banks print American Express's so, and any network's in rows.
var shortFours = map[string]int{issuer.Amex: 15, issuer.Diners: 14, issuer.Visa: 13}

// UsualFor is UsualGroups for a number: those of its network count too.
func UsualFor(digits string, groups []int) bool {
	return UsualGroups(groups) || inShortFours(digits, groups)
}

// inShortFours reports whether a number stands in three fours and the rest. With
// another network, or a wrong check digit, a digit of the last group was lost.
func inShortFours(digits string, groups []int) bool {
	n := len(digits)
	if n < 13 || !slices.Equal(groups, []int{4, 4, 4, n - 12}) || n != shortFours[issuer.Lookup(digits).Network] {
		return false
	}
	return pan.Luhn(digits) || MadeUp(digits)
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
