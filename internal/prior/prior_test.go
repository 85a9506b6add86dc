package prior

import (
	"testing"

	"github.com/kahao/kahao/issuer"
)

func number(digits string) float64 { return Number(digits, issuer.Lookup(digits)) }

func check(digits string, strict bool) float64 { return Check(digits, issuer.Lookup(digits), strict) }

// The numbers are public test numbers and specimens' patterns.
func TestNumber(t *testing.T) {
	// From what is most to what is least to be expected.
	tests := []struct{ name, digits string }{
		{"listed, with its length", "6225758888888888"},
		{"of no known issuer", "1234567890123456"},
		{"of no known issuer, 18 digits", "123456789012345678"},
		{"listed, with another length", "62257588888888888"},
		{"too short", "62257588888"},
	}
	for i := 1; i < len(tests); i++ {
		if a, b := number(tests[i-1].digits), number(tests[i].digits); a <= b {
			t.Errorf("%s has %g, %s %g", tests[i-1].name, a, tests[i].name, b)
		}
	}
	if w := number("340000000000009"); w != unknownBIN && w != 0 {
		t.Errorf("fifteen digits of American Express have %g", w)
	}
}

func TestCheck(t *testing.T) {
	const passes, failsHard, failsSoft = "5105105105105100", "5105105105105101", "6225759027134685"
	if w := check(passes, true); w != 0 {
		t.Errorf("a right check digit has %g", w)
	}
	if soft, hard := check(failsSoft, true), check(failsHard, false); soft <= hard {
		t.Errorf("UnionPay's has %g, Visa's %g", soft, hard)
	}
	if w := check(failsHard, true); w > -30 {
		t.Errorf("strictly, a wrong check digit has %g", w)
	}
}

func TestComplete(t *testing.T) {
	for digits, want := range map[string]bool{
		"6225758888888888": true, "622575888888888": false, "1234567890123456": true,
		"123456789012345": false, "340000000000009": true, "3400000000000090": false,
	} {
		if got := Complete(digits, issuer.Lookup(digits)); got != want {
			t.Errorf("%d digits from %.6s: %v", len(digits), digits, got)
		}
	}
	if Known(issuer.Lookup("1234567890123456")) || !Known(issuer.Lookup("6225758888888888")) {
		t.Error("what is known is not what the table has")
	}
}

func TestGroups(t *testing.T) {
	tests := []struct {
		groups []int
		usual  bool
	}{
		{[]int{4, 4, 4, 4}, true}, {[]int{4, 4, 4, 4, 3}, true}, {[]int{4, 6, 5}, true}, {[]int{4, 6, 4}, true},
		{[]int{6, 13}, true}, {[]int{19}, true}, {[]int{4, 4, 4, 5}, true}, {[]int{4, 4, 4, 4, 1}, true},
		{[]int{4, 3, 3, 3}, true}, {[]int{4, 3, 3, 4}, false},
		{[]int{1, 4, 4, 4, 4}, false}, {[]int{3, 4, 4, 4}, false}, {[]int{4, 4, 4, 3}, false}, {[]int{4, 2, 4, 4}, false},
		{[]int{5, 4, 4, 4}, false}, {[]int{8, 8}, false}, {[]int{4, 4, 4, 6}, false},
	}
	for _, tt := range tests {
		if got := UsualGroups(tt.groups); got != tt.usual {
			t.Errorf("%v: %v", tt.groups, got)
		}
		if _, _, gap := Gap(tt.groups); gap && tt.usual {
			t.Errorf("%v: a gap in usual groups", tt.groups)
		}
	}
	if from, to, ok := Gap([]int{4, 2, 4, 4}); !ok || from != 4 || to != 6 {
		t.Errorf("4-2-4-4: gap at %d to %d, %v", from, to, ok)
	}
}

func TestMadeUp(t *testing.T) {
	for digits, want := range map[string]bool{
		"6225758888888888": true, "6225751234567890": true, "6222020000000000000": true, "374510123456789": true, "1234567898765432": true,
		"4111111111111111": true, "6225759027134685": false, "6225758888829134": false, "62257588": false,
	} {
		if got := MadeUp(digits); got != want {
			t.Errorf("%s: %v", digits, got)
		}
	}
	const madeUp, issued = "6225758888888888", "6225759027134685"
	if a, b := check(madeUp, false), check(issued, false); a <= b {
		t.Errorf("a wrong check digit weighs %g where the number is made up, %g elsewhere", a, b)
	}
}
