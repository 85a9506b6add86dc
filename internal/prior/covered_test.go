package prior

import (
	"testing"

	"github.com/kahao/kahao/issuer"
)

// The issuer is told by the visible first digits only.
func TestLookupWithCoveredDigits(t *testing.T) {
	whole := Lookup("6222021234567890123")
	if !whole.Listed || len(whole.Prefix) > 6 {
		t.Fatalf("the table has %+v for 622202, want a prefix of at most six digits", whole)
	}
	if got := Lookup("622202???????890123"); got.Issuer != whole.Issuer || !got.LengthMatches {
		t.Errorf("covered after the prefix: %+v, want %+v", got, whole)
	}
	// A row of the table with more digits than are visible is not the number's, but
	// six digits tell the network.
	for _, digits := range []string{"62135601????????888", "62168282????????006"} {
		if got := Lookup(digits); got.Network != issuer.UnionPay || got.Issuer != "" && len(got.Prefix) > 8 {
			t.Errorf("Lookup(%q) = %+v, want the network", digits, got)
		}
	}
	for _, digits := range []string{"62220???????7890123", "????021234567890123", "???"} {
		if got := Lookup(digits); got != (issuer.Result{}) {
			t.Errorf("Lookup(%q) = %+v, want nothing", digits, got)
		}
	}
}

// A check digit that cannot be checked is worse than a right one, and better
// than a wrong one.
func TestCheckWithCoveredDigits(t *testing.T) {
	at := issuer.Result{Network: issuer.Visa}
	covered := Check("400000????234567", at, true)
	if right := Check("4000001234567899", at, true); covered >= right {
		t.Errorf("covered %g, right %g, want less", covered, right)
	}
	if wrong := Check("4000007391846252", at, false); covered <= wrong {
		t.Errorf("covered %g, wrong %g, want more", covered, wrong)
	}
}
