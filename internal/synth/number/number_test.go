package number

import (
	"math/rand/v2"
	"regexp"
	"testing"
)

func luhn(d string) bool { return check([]byte(d[:len(d)-1])) == d[len(d)-1] }

func TestCheckDigit(t *testing.T) {
	// ISO/IEC 7812-1 annex B's procedure on the published Visa test number
	if !luhn("4111111111111111") || luhn("4111111111111112") {
		t.Error("Luhn digit is wrong")
	}
}

func TestForms(t *testing.T) {
	form := regexp.MustCompile(`^(\d\d[/. -]\d\d|\d\d[/. -]\d{4}|\d{4}[/. -]\d\d|\d{4}|\d\d[/. -]\d\d[/. -](\d\d){1,2}|\d{4}[/. -]\d\d[/. -]\d\d|\d\d)$`)
	rng := rand.New(rand.NewPCG(3, 4))
	named := 0
	for range 2000 {
		text, words := Form(rng)
		if !form.MatchString(text) || words == "" && len(text) < 4 {
			t.Fatalf("date %q %q", words, text)
		}
		if words != "" {
			named++
		}
	}
	if named == 0 || named > 200 {
		t.Errorf("%d of 2000 dates have the month's name", named)
	}
}

func TestNumbersAreWellFormed(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	valid, n := 0, 3000
	for range n {
		for i, c := range []Number{Source{}.PAN(rng), Source{}.Line(rng), Short(rng, 4+rng.IntN(9))} {
			sum := 0
			for _, g := range c.Groups {
				sum += g
			}
			if sum != len(c.Digits) {
				t.Fatalf("groups %v do not cover %d digits", c.Groups, len(c.Digits))
			}
			if i == 0 && luhn(c.Digits) {
				valid++
			}
		}
		Name(rng)
		Words(rng)
		if d := Date(rng); len(d) != 5 && len(d) != 7 {
			t.Fatalf("date %q", d)
		}
	}
	if s := float64(valid) / float64(n); s < .78 || s > .86 {
		t.Errorf("%.2f of the numbers pass Luhn", s)
	}
}
