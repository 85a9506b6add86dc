package kahao

import (
	"github.com/kahao/kahao/internal/card/issuer"
	"github.com/kahao/kahao/internal/card/pan"
)

// Log prior weights of what a number can be, in nats. They are odds: a
// reading that the prior disfavours by w needs pixels e^w times as likely.
const (
	unusualLength = -1.5 // 13, 14, 17, 18: real, and rare
	noLength      = -7.0 // fewer than 12 digits or more than 19
	unknownBIN    = -2.0 // new BINs appear every year, and specimens invent them
	wrongLength   = -3.0 // a BIN of the table, with a length that it never has

	// ln(9(1-q)/q) for a share q of numbers that fail the check digit: 9
	// wrong digits of 10 fail. Issued cards of most networks always pass, but
	// specimens and test cards, which fail nine times in ten, are pictured
	// too: q is 15 %, and 30 % for UnionPay. LuhnStrict is for those who read
	// issued cards alone.
	luhnHard = -3.9
	luhnSoft = -3.0
	forbid   = -60.0
)

// prior is the log prior of a number under the Reader's options.
func (s *session) prior(digits string) float64 {
	w := 0.0
	switch n := len(digits); {
	case n < minDigits || n > maxDigits:
		return noLength
	case n != 16 && n != 19 && n != 15:
		w += unusualLength
	}
	at := issuer.Lookup(digits)
	switch {
	case !at.Listed || at.Permissive:
		w += unknownBIN
	case !at.LengthMatches:
		w += wrongLength
	}
	return w + s.luhnPrior(digits, at.Network)
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
