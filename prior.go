package kahao

import (
	"github.com/kahao/kahao/internal/card/issuer"
	"github.com/kahao/kahao/internal/card/pan"
)

// Log prior weights of what a number can be, in nats. They are odds: a
// reading that the prior disfavours by w needs pixels e^w times as likely.
const (
	noLength    = -7.0 // fewer than 12 digits or more than 19
	unknownBIN  = -2.0 // new BINs appear every year, and specimens invent them
	wrongLength = -3.0 // a BIN of the table, with a length that it never has

	// Digits in groups that no card maker sets: where one is missing, or an
	// edge in the artwork was read as one. Of right readings of drawn lines
	// 3 % have such groups, of wrong ones 65 %.
	oddGroups = -2.5

	// ln(9(1-q)/q) for a share q of numbers that fail the check digit: 9
	// wrong digits of 10 fail. Issued cards of most networks always pass, but
	// specimens and test cards, which fail nine times in ten, are pictured
	// too: q is 15 %, and 30 % for UnionPay. LuhnStrict is for those who read
	// issued cards alone.
	luhnHard = -3.9
	luhnSoft = -3.0
	forbid   = -60.0
)

// unlistedLength is the log prior of the length of a number whose beginning
// the table does not have with it, over 16 and 19 digits.
var unlistedLength = map[int]float64{12: -5, 13: -4, 14: -4, 15: -3, 17: -4, 18: -2}

// prior is the log prior of a number under the Reader's options.
func (s *session) prior(digits string) float64 {
	n := len(digits)
	if n < minDigits || n > maxDigits {
		return noLength
	}
	at := issuer.Lookup(digits)
	w := 0.0
	switch {
	case !at.Listed || at.Permissive:
		w = unknownBIN
		if n != 15 || at.Network != issuer.Amex {
			w += unlistedLength[n]
		}
	case !at.LengthMatches:
		w = wrongLength + unlistedLength[n]
	}
	return w + s.luhnPrior(digits, at.Network)
}

// usualGroups reports whether card makers set numbers in such groups: in fours
// with what is left over at the end, 4-6-5, 4-6-4, six and the rest, or all in
// one.
func usualGroups(groups []int) bool {
	switch len(groups) {
	case 1:
		return true
	case 2:
		return groups[0] == 6
	case 3:
		if groups[0] == 4 && groups[1] == 6 {
			return groups[2] == 4 || groups[2] == 5
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

func (s *session) luhnPrior(digits, network string) float64 {
	if s.options.Luhn == LuhnOff || pan.Luhn(digits) {
		return 0
	}
	hard := issuer.LuhnRequired(network)
	switch {
	case s.options.Luhn == LuhnStrict && hard:
		return forbid
	case hard:
		return luhnHard
	}
	return luhnSoft
}
