package native

import (
	"strings"

	"github.com/kahao/kahao/internal/cardjson"
	"github.com/kahao/kahao/internal/service/account"
)

// ShowFor returns how the replies to a key contain numbers. What a form of numbers
// hides is hidden everywhere in a reply: in the digits, in other candidates, and in
// numbers with covered digits.
func ShowFor(a account.Access) cardjson.Show {
	if a.Shape == nil {
		return cardjson.Whole
	}
	show := cardjson.Show{Number: a.Shape.Number}
	switch {
	case a.WholeNumber():
		show.Digits = cardjson.Whole.Digits
	case a.MaskedNumber():
		show.Digits = cardjson.Masked.Digits
	default:
		show.Opaque = true
		show.Digits = func(digits string) string { return strings.Repeat("*", len(digits)) }
	}
	return show
}
