package card

import (
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
)

// Constraints narrows what is drawn, for sets whose make-up is planned. What it leaves
// empty is left to chance. Chance is asked first all the same, so that the
// empty Constraints draws what was drawn before there was one.
type Constraints struct {
	Layout string // as Card.Layout, or Thing
	Print  string // Tipped, Untipped, Flat or Laser
	Length int    // of the number
	Luhn   Luhn
	// NoNumber leaves the number off where a layout can go without: backs.
	NoNumber bool
}

// Kinds of print to ask for; and a layout, the only one that is no bank card.
const (
	Tipped   = "tipped"
	Untipped = "untipped"
	Flat     = "flat"
	Laser    = "laser"
	Thing    = "thing"
)

// Luhn is what to ask of the check digit.
type Luhn int

// The check digit is left to chance, right, or wrong.
const (
	AnyLuhn Luhn = iota
	Passing
	Failing
)

// layouts in the order of their weights in Painter.card.
var layouts = []string{"classic", "free", "lines2", "stacked", "portrait", "back", "blank"}

// raised says whether print is embossed: as asked, or as chance has it.
func (a Constraints) raised(chance bool) bool {
	switch a.Print {
	case Tipped, Untipped:
		return true
	case Flat, Laser:
		return false
	}
	return chance
}

// ink makes flat print laser-engraved, or not, where one of them is asked for.
func (a Constraints) ink(s *imprint.Style) {
	switch a.Print {
	case Flat:
		s.Kind = imprint.Flat
	case Laser:
		s.Kind = imprint.Laser
	}
}

// tipped says whether foil lies on embossed print.
func (a Constraints) tipped(chance bool) bool {
	return a.Print == Tipped || a.Print != Untipped && chance
}

// suits reports whether a number is as asked for.
func (a Constraints) allow(n number.Number) bool {
	if a.Length != 0 && len(n.Digits) != a.Length {
		return false
	}
	return a.Luhn == AnyLuhn || n.Luhn() == (a.Luhn == Passing)
}
