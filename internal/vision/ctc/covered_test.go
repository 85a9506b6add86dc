package ctc

import (
	"math"
	"testing"
)

// A covered digit is a symbol like the others.
func TestCoveredDigits(t *testing.T) {
	const text = "5412??2044"
	m := spelled(text, .995)
	got := digits(nil, m)
	if got.Top().Text != text || got.Top().P < .7 || Greedy(m) != text {
		t.Errorf("read %q with %g, greedily %q, want %q", got.Top().Text, got.Top().P, Greedy(m), text)
	}
	spots := Align(m, text)
	if len(spots) != len(text) || spots[4].P[Covered] < .9 {
		t.Errorf("spots %v, want a covered digit at the fifth", spots)
	}
	if got := dates(nil, spelled("0?/28", .995)).Top().Text; got != "0?/28" {
		t.Errorf("date %q, want 0?/28", got)
	}
}

// Crops that disagree about how many digits are covered agree about the others:
// they are not outvoted by a number without any.
func TestCountsOfCoveredDigitsAreOneHypothesis(t *testing.T) {
	got := digits(nil, spelled("5412???2044", .995), spelled("5412????2044", .995), spelled("5412?????2044", .99))
	if top := got.Top(); !SameSeen(top.Text, "5412?2044") || top.P < .7 {
		t.Errorf("read %q with %g, want 5412, covered digits, 2044", top.Text, top.P)
	}
	n, sum := 0, 0.0
	for _, h := range got.List {
		if SameSeen(h.Text, "5412?2044") {
			n++
		}
		sum += h.P
	}
	if n != 1 || sum > 1+1e-9 {
		t.Errorf("%d hypotheses, probability %g, want one of at most 1", n, sum)
	}
	long := func(text string) float64 { return -10 * math.Abs(float64(len(text)-12)) }
	if got := digits(long, spelled("5412???2044", .995), spelled("5412????2044", .995)).Top().Text; got != "5412????2044" {
		t.Errorf("read %q, want the count that the prior prefers", got)
	}
}

func TestSameSeen(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"1234", "1234", true}, {"1234", "124", false}, {"12??4", "12?4", true}, {"12??4", "124", false}, {"?12", "12?", false}, {"1122?", "12?", false},
	} {
		if SameSeen(c.a, c.b) != c.want {
			t.Errorf("SameSeen(%q, %q) = %v, want %v", c.a, c.b, !c.want, c.want)
		}
	}
}
