package pan

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// FuzzNew: what New and NewPartial take are the digits, and nothing that prints
// them shows more than the first six and the last four of twelve or more. The check
// digit is that of a second implementation.
func FuzzNew(f *testing.F) {
	for _, s := range []string{"", "4000001234567899", "40000012", "4000001", "400000123456", "4000??1234567899", "????????????", "６２２２", "1234 5678", strings.Repeat("9", 65)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		digits, covered := 0, 0
		for i := range len(s) {
			switch c := s[i]; {
			case c >= '0' && c <= '9':
				digits++
			case c == CoveredDigit:
				covered++
			}
		}
		fits := len(s) >= 1 && len(s) <= 64
		n, err := New(s)
		if want := fits && digits == len(s); (err == nil) != want {
			t.Fatalf("New(%q): %v, want that it succeeds: %v", s, err, want)
		}
		p, partialErr := NewPartial(s)
		if want := fits && covered > 0 && digits+covered == len(s); (partialErr == nil) != want {
			t.Fatalf("NewPartial(%q): %v, want that it succeeds: %v", s, partialErr, want)
		}
		switch {
		case err == nil:
			if n.Reveal() != s || n.Len() != len(s) || n.Luhn() != doubled(s) {
				t.Fatalf("New(%q): %q, %d digits, Luhn %v, want itself, %d and %v", s, n.Reveal(), n.Len(), n.Luhn(), len(s), doubled(s))
			}
			if with := s + string(LuhnDigit(s)); !doubled(with) {
				t.Fatalf("LuhnDigit(%q) = %c, which is not its check digit", s, LuhnDigit(s))
			}
			hides(t, s, n.Masked(), n)
		case partialErr == nil:
			if p.Reveal() != s {
				t.Fatalf("NewPartial(%q).Reveal() = %q", s, p.Reveal())
			}
			hides(t, s, p.Masked(), p)
		default:
			if quoted := err.Error() + partialErr.Error(); digits >= 8 && strings.Contains(quoted, s) {
				t.Fatalf("the error quotes the text: %s", quoted)
			}
		}
	})
}

// doubled is the check of ISO/IEC 7812-1, annex B, digit by digit from the right.
// A single digit checks none.
func doubled(s string) bool {
	if len(s) < 2 {
		return false
	}
	sum := 0
	for i := range len(s) {
		d := int(s[len(s)-1-i] - '0')
		if i%2 == 1 {
			d = 2*d/10 + 2*d%10
		}
		sum += d
	}
	return sum%10 == 0
}

// hides checks a masked text, and that every way to print the value has no other.
func hides(t *testing.T, s, masked string, value any) {
	t.Helper()
	if len(masked) != len(s) {
		t.Fatalf("%q is masked as %q, of another length", s, masked)
	}
	for i := range len(s) {
		shown := len(s) >= 12 && i < 6 || len(s) >= 8 && i >= len(s)-4
		want := s[i]
		if !shown && want != CoveredDigit {
			want = '*'
		}
		if masked[i] != want {
			t.Fatalf("%q is masked as %q: place %d is %c, want %c", s, masked, i, masked[i], want)
		}
	}
	text, err := json.Marshal(value)
	if err != nil || string(text) != `"`+masked+`"` {
		t.Fatalf("JSON of %q: %s, %v", s, text, err)
	}
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("m", "v", value)
	type wrapper struct{ inner any }
	printed := fmt.Sprintf("%v %+v %#v %s %q %d %x", value, value, value, value, value, value, wrapper{value}) + log.String()
	if len(s) >= 8 && strings.Contains(masked, "*") && strings.Contains(printed, s) { // fewer may be in an address
		t.Fatalf("%q is printed: %s", s, printed)
	}
}
