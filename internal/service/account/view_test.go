package account

import (
	"testing"

	"github.com/kahao/kahao/internal/service/masking"
)

// TestMaySee expects a stored reply to be shown only with the same form and a
// bucket that the key is valid for.
func TestMaySee(t *testing.T) {
	shape := func(p masking.Policy) Masker {
		m, err := masking.New(p, make([]byte, 32))
		if err != nil {
			t.Fatalf("masking.New(%v): %v", p.Number, err)
		}
		return m
	}
	masked := shape(masking.Policy{Number: masking.Masked})
	for _, c := range []struct {
		name  string
		asker Access
		view  View
		want  bool
	}{
		{"no masker", Access{}, Access{}.View("a"), true},
		{"no masker and the zero policy", Access{}, Access{Shape: shape(masking.Policy{})}.View("a"), true},
		{"masked, of a full reply", Access{Shape: masked}, Access{}.View("a"), false},
		{"full, of a masked reply", Access{}, Access{Shape: masked}.View("a"), false},
		{"masked, of a masked reply", Access{Shape: masked}, Access{Shape: masked}.View("a"), true},
		{"limited to the bucket", Access{Only: []string{"a"}}, Access{}.View("a"), true},
		{"limited to another", Access{Only: []string{"b"}}, Access{}.View("a"), false},
		{"limited, of a reply without a bucket", Access{Only: []string{"b"}}, Access{}.View(""), false},
		{"a signature for the bucket", Access{}.In("a"), Access{}.View("a"), true},
		{"a signature for another", Access{}.In("b"), Access{}.View("a"), false},
		{"a signature for a bucket outside the key's", Access{Only: []string{"a"}}.In("b"), Access{}.View("b"), false},
		{"a row without a view", Access{}, View{}, false},
	} {
		if got := c.asker.MaySee(c.view); got != c.want {
			t.Errorf("%s: MaySee(%+v) = %v, want %v", c.name, c.view, got, c.want)
		}
	}
}
