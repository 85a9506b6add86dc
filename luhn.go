package kahao

import (
	"fmt"
	"slices"
	"strings"
)

// LuhnMode says what a failing check digit (ISO/IEC 7812-1, annex B) means. As
// text the modes are prior, strict and off.
type LuhnMode int

const (
	// LuhnPrior weighs a failing check digit against what the pixels say:
	// heavily for the networks whose numbers always pass, lightly for
	// UnionPay, where some real cards fail. A number that fails is at most for
	// review, unless it is obviously a specimen's.
	LuhnPrior LuhnMode = iota
	// LuhnStrict never reads a number that fails, except UnionPay's.
	LuhnStrict
	// LuhnOff ignores the check digit, as specimen cards need.
	LuhnOff
)

var luhnNames = []string{LuhnPrior: "prior", LuhnStrict: "strict", LuhnOff: "off"}

// String returns the name of the mode.
func (m LuhnMode) String() string {
	if m < 0 || int(m) >= len(luhnNames) {
		return fmt.Sprintf("LuhnMode(%d)", int(m))
	}
	return luhnNames[m]
}

// MarshalText returns the name of the mode.
func (m LuhnMode) MarshalText() ([]byte, error) { return []byte(m.String()), nil }

// UnmarshalText parses the name of a mode.
func (m *LuhnMode) UnmarshalText(text []byte) error {
	i := slices.Index(luhnNames, string(text))
	if i < 0 {
		return fmt.Errorf("%q is not one of %s", text, strings.Join(luhnNames, ", "))
	}
	*m = LuhnMode(i)
	return nil
}
