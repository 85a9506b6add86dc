package prior

import (
	"testing"

	"github.com/kahao/kahao/issuer"
)

func number(digits string) float64 { return Number(digits, issuer.Lookup(digits)) }

func check(digits string, strict bool) float64 { return Check(digits, issuer.Lookup(digits), strict) }

// The numbers are public test numbers and those of specimens.
func TestNumber(t *testing.T) {
	// The most probable first.
	tests := []struct{ name, digits string }{
		{"listed, with its length", "6225758888888888"},
		{"of no known issuer", "1234567890123456"},
		{"of no known issuer, 18 digits", "123456789012345678"},
		{"listed, with another length", "62257588888888888"},
		{"too short", "62257588888"},
	}
	for i := 1; i < len(tests); i++ {
		if a, b := number(tests[i-1].digits), number(tests[i].digits); a <= b {
			t.Errorf("Number of one %s = %g, want more than of one %s, %g", tests[i-1].name, a, tests[i].name, b)
		}
	}
	for _, usual := range []string{"340000000000009", "36000000000008"} { // American Express, Diners
		if w := number(usual); w != unknownBIN && w != 0 {
			t.Errorf("Number of %d digits from %.4s = %g, want %g or 0", len(usual), usual, w, unknownBIN)
		}
	}
}

func TestCheck(t *testing.T) {
	const passes, failsHard, failsSoft = "5105105105105100", "5105105105105101", "6225759027134685"
	if w := check(passes, true); w != 0 {
		t.Errorf("Check of a right check digit = %g, want 0", w)
	}
	if soft, hard := check(failsSoft, true), check(failsHard, false); soft <= hard {
		t.Errorf("Check of UnionPay's = %g, want more than of Mastercard's, %g", soft, hard)
	}
	if w := check(failsHard, true); w > -30 {
		t.Errorf("strict Check = %g, want at most -30", w)
	}
}

func TestComplete(t *testing.T) {
	for digits, want := range map[string]bool{
		"6225758888888888": true, "622575888888888": false, "1234567890123456": true,
		"123456789012345": false, "340000000000009": true, "3400000000000090": false,
		"30569309025904": true, "62257588888888": false,
	} {
		if got := Complete(digits, issuer.Lookup(digits)); got != want {
			t.Errorf("Complete of %d digits from %.6s = %v, want %v", len(digits), digits, got, want)
		}
	}
	if Known(issuer.Lookup("1234567890123456")) || !Known(issuer.Lookup("6225758888888888")) {
		t.Error("Known differs from the table")
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
			t.Errorf("UsualGroups(%v) = %v, want %v", tt.groups, got, tt.usual)
		}
		if _, _, gap := Gap(tt.groups); gap && tt.usual {
			t.Errorf("Gap(%v) finds one in usual groups", tt.groups)
		}
	}
	if from, to, ok := Gap([]int{4, 2, 4, 4}); !ok || from != 4 || to != 6 {
		t.Errorf("Gap of 4-2-4-4 = %d, %d, %v, want 4, 6, true", from, to, ok)
	}
}

func TestMadeUp(t *testing.T) {
	for digits, want := range map[string]bool{
		"6225758888888888": true, "6225751234567890": true, "6222020000000000000": true, "374510123456789": true, "1234567898765432": true,
		"4111111111111111": true, "6225759027134685": false, "6225758888829134": false, "62257588": false,
	} {
		if got := MadeUp(digits); got != want {
			t.Errorf("MadeUp(%s) = %v, want %v", digits, got, want)
		}
	}
	const madeUp, issued = "6225758888888888", "6225759027134685"
	if a, b := check(madeUp, false), check(issued, false); a <= b {
		t.Errorf("Check of a made-up number = %g, want more than of another, %g", a, b)
	}
}

// American Express may stand in 4-4-4-3, Diners in 4-4-4-2 and Visa's 13 digits in
// 4-4-4-1, in which another network's number, or one that fails its check, has lost a digit.
func TestUsualFor(t *testing.T) {
	for _, tt := range []struct {
		digits string
		groups []int
		want   bool
	}{
		{"378282246310005", []int{4, 4, 4, 3}, true}, {"378282246310005", []int{4, 6, 5}, true},
		{"411111111111111", []int{4, 4, 4, 3}, false}, {"378282246310005", []int{4, 4, 3, 4}, false},
		{"378282246310014", []int{4, 4, 4, 3}, false}, {"378888888888888", []int{4, 4, 4, 3}, true},
		{"30569309025904", []int{4, 4, 4, 2}, true}, {"30569309025913", []int{4, 4, 4, 2}, false},
		{"4222222222222", []int{4, 4, 4, 1}, true}, {"41111111111111", []int{4, 4, 4, 2}, false},
		{"4111111111111111", []int{4, 4, 4, 4}, true},
	} {
		if got := UsualFor(tt.digits, tt.groups); got != tt.want {
			t.Errorf("UsualFor(%.6s…, %v) = %v, want %v", tt.digits, tt.groups, got, tt.want)
		}
		if tt.want && !CardGroupsFor(tt.digits, tt.groups) {
			t.Errorf("CardGroupsFor(%.6s…, %v) = false, want true", tt.digits, tt.groups)
		}
	}
}

// A specimen's number needs an issuer unless it is made up from its first digit on.
func TestInvented(t *testing.T) {
	for digits, want := range map[string]bool{
		"1234567890123456": true, "0000000000000000": true, "8888888888888888": true, "123412345678": true,
		"940012345678": false, "6225758888888888": false, "4111111811111117": false, "12345678": false,
	} {
		if got := Invented(digits); got != want {
			t.Errorf("Invented(%q) = %v, want %v", digits, got, want)
		}
	}
}
