package card

import (
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
)

// Constraints fixes properties of a card, for planned sets. Zero fields are
// random. A fixed property still consumes its random draw, so the zero
// Constraints draws the same card as code without constraints.
type Constraints struct {
	Layout string // as Card.Layout, or Thing
	Print  string // Tipped, Untipped, Flat or Laser
	Length int    // of the number
	Luhn   Luhn
	// NoNumber omits the number in layouts that allow it: backs.
	NoNumber bool
	// Hidden hides digits of the number.
	Hidden bool
}

// Kinds of print, and Thing, the one layout that is not a bank card.
const (
	Tipped   = "tipped"
	Untipped = "untipped"
	Flat     = "flat"
	Laser    = "laser"
	Thing    = "thing"
)

// Luhn constrains the check digit.
type Luhn int

// The check digit is random, right, or wrong.
const (
	AnyLuhn Luhn = iota
	Passing
	Failing
)

// layouts are in the order of their weights in Painter.card.
var layouts = []string{"classic", "free", "lines2", "stacked", "portrait", "back", "blank"}

// raised reports whether print is embossed: as constrained, or by chance.
func (a Constraints) raised(chance bool) bool {
	switch a.Print {
	case Tipped, Untipped:
		return true
	case Flat, Laser:
		return false
	}
	return chance
}

// ink makes flat print laser-engraved or not, if constrained.
func (a Constraints) ink(s *imprint.Style) {
	switch a.Print {
	case Flat:
		s.Kind = imprint.Flat
	case Laser:
		s.Kind = imprint.Laser
	}
}

// tipped reports whether embossed print has foil.
func (a Constraints) tipped(chance bool) bool {
	return a.Print == Tipped || a.Print != Untipped && chance
}

// allow reports whether a number satisfies the constraints.
func (a Constraints) allow(n number.Number) bool {
	if a.Length != 0 && len(n.Digits) != a.Length {
		return false
	}
	return a.Luhn == AnyLuhn || n.Luhn() == (a.Luhn == Passing)
}
