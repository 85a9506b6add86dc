package issuer

import (
	"strings"
	"testing"

	"github.com/kahao/kahao/pan"
)

// FuzzLookup: a lookup finds the row that a search through all rows finds, and
// anything but digits finds none.
func FuzzLookup(f *testing.F) {
	for _, w := range []int{0, 1, 1000} {
		r := table().rows[w]
		f.Add(r.prefix + strings.Repeat("0", int(r.length)-len(r.prefix)))
		f.Add(r.prefix)
	}
	for _, s := range []string{"", "4", "6222021234567890123", "6222-0212", "９９", strings.Repeat("6", 70)} {
		f.Add(s)
	}
	rows := table().rows
	f.Fuzz(func(t *testing.T, number string) {
		r := Lookup(number)
		if strings.Trim(number, "0123456789") != "" {
			if r != (Result{}) {
				t.Fatalf("Lookup(%q) = %+v, want nothing", number, r)
			}
			return
		}
		// The longest prefix among the rows of the number's length, or else of any.
		var exact, any string
		var of *row // of exact
		lengths := map[int]bool{}
		for i := range rows {
			w := &rows[i]
			if !strings.HasPrefix(number, w.prefix) {
				continue
			}
			if int(w.length) == len(number) && len(number) <= pan.MaxDigits && len(w.prefix) > len(exact) {
				exact, of = w.prefix, w
			}
			if len(w.prefix) > len(any) {
				any, lengths = w.prefix, map[int]bool{}
			}
			if w.prefix == any {
				lengths[int(w.length)] = true
			}
		}
		switch {
		case !r.Listed:
			if r.Prefix != "" || r.Issuer != "" || r.Code != "" || r.CardName != "" {
				t.Fatalf("Lookup(%q) = %+v: not listed, but with a row", number, r)
			}
			if of != nil && !displaces(number, of, true) {
				t.Fatalf("Lookup(%q) is not listed, but has the row of %s", number, exact)
			}
		case r.LengthMatches:
			if r.Prefix != exact || r.Length != len(number) {
				t.Fatalf("Lookup(%q) has the row of %s and length %d, want %s and %d", number, r.Prefix, r.Length, exact, len(number))
			}
		default:
			if exact != "" || r.Prefix != any || !lengths[r.Length] {
				t.Fatalf("Lookup(%q) has the row of %s and length %d, want %q, one of %v", number, r.Prefix, r.Length, any, lengths)
			}
		}
		if r.Permissive != (r.Listed && len(r.Prefix) <= 3) {
			t.Fatalf("Lookup(%q): permissive %v with the prefix %q", number, r.Permissive, r.Prefix)
		}
	})
}
