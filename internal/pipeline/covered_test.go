package pipeline

import (
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/pan"
)

// printed returns the digits of a text, one every ten pixels; a blank is half a
// digit wide, and a dot is a digit that is not read.
func printed(text string) (digits []Digit) {
	x := 0.0
	for _, c := range text {
		switch c {
		case ' ':
			x += 5
			continue
		case '.':
		default:
			digits = append(digits, Digit{Value: byte(c), P: .99, Quad: geom.RectQuad(x, 0, 8, 14)})
		}
		x += 10
	}
	return digits
}

func cardOf(t *testing.T, text string) *Card {
	t.Helper()
	c := &Card{Number: Number{Digits: printed(text)}}
	var digits []byte
	for _, d := range c.Number.Digits {
		digits = append(digits, d.Value)
	}
	var err error
	if c.PAN, err = pan.New(string(digits)); err != nil {
		t.Fatalf("pan.New: %v", err)
	}
	c.Number.Candidates = []Candidate{{c.PAN, .9}}
	c.Issuer = prior.Lookup(string(digits))
	return c
}

// A gap as wide as a group of digits holds covered ones: what is left of the
// number is none of its own, whatever its check digit.
func TestGapsAreCoveredDigits(t *testing.T) {
	for text, want := range map[string]string{
		"5412 97.. .... 2044":     "541297??????2044",
		"5412 .... 7123 2044":     "5412????71232044",
		"5412  ....  7123  2044":  "5412????71232044",
		"622202 .......000123":    "622202???????000123",
		"5412 9712 3456 2044":     "",
		"5412  9712  3456  2044":  "",
		"5412    9712    3456 20": "",
		"5412 971. 3456 2044":     "", // one digit: a gap between groups is as wide
	} {
		c := cardOf(t, text)
		whole := c.PAN.Reveal()
		if err := c.fillGaps(); err != nil {
			t.Fatalf("fillGaps: %v", err)
		}
		if c.Masked.Reveal() != want {
			t.Errorf("%q: covered digits %q, want %q", text, c.Masked.Reveal(), want)
		}
		switch {
		case want == "" && c.PAN.Reveal() != whole:
			t.Errorf("%q: the number became %q", text, c.PAN.Reveal())
		case want != "" && (!c.PAN.IsZero() || len(c.Number.Candidates) > 0 || len(c.Number.Digits) != len(want)):
			t.Errorf("%q: a number of %d digits, %d candidates and %d places, want none, none and %d", text, c.PAN.Len(), len(c.Number.Candidates), len(c.Number.Digits), len(want))
		}
	}
}

// A number that the table has, with its check digit, is whole in spite of a gap.
func TestWholeNumberKeepsItsGap(t *testing.T) {
	c := cardOf(t, "6222 02......00 0000 0000")
	c.PAN, _ = pan.New("6222020000000006")
	c.Issuer = prior.Lookup(c.PAN.Reveal())
	if !prior.Known(c.Issuer) {
		c.Issuer.Listed, c.Issuer.LengthMatches = true, true
	}
	for d := range byte(10) { // one of them passes
		if c.PAN, _ = pan.New("622202000000000" + string('0'+d)); c.PAN.Luhn() {
			break
		}
	}
	if err := c.fillGaps(); err != nil || !c.Masked.IsZero() || c.PAN.IsZero() {
		t.Errorf("fillGaps = %v, covered %v, want the number as it was", err, c.Masked)
	}
}

func TestLegible(t *testing.T) {
	for text, want := range map[string]bool{"": true, "12": true, "????": false, "123?????????": false, "1234????????": true, "541297??????2044": true,
		"?????????????252": true, "??????????????52": false, "252?????????????": false, "?????????252": false} {
		if legible(text) != want {
			t.Errorf("legible(%q) = %v, want %v", text, !want, want)
		}
	}
}

// There are no more covered digits than have room where they stand.
func TestCoveredDigitsHaveRoom(t *testing.T) {
	for _, tt := range []struct {
		text  string
		crowd float64 // of the covered digits: their distance is 10 / crowd
		want  string
	}{
		{"6225 ???? 8888 8888", 1, "6225????88888888"},
		{"6225 ????? 8888 8888", 1, "6225?????88888888"}, // 17 digits may be right
		{"????? 8888 8888", 1.3, "????88888888"},
		{"6225 8888 8888 ????????", 2, "622588888888?????"}, // the gap may be a digit
		{"????????????????", 1, "????????????????"},
	} {
		var digits []Digit
		x := 0.0
		for _, c := range tt.text {
			step := 10.0
			switch c {
			case ' ':
				x += 5
				continue
			case pan.CoveredDigit:
				step /= tt.crowd
			}
			digits = append(digits, Digit{Value: byte(c), Quad: geom.RectQuad(x, 0, 8, 14)})
			x += step
		}
		var got []byte
		for _, d := range withRoom(digits) {
			got = append(got, d.Value)
		}
		if string(got) != tt.want {
			t.Errorf("withRoom(%q, %g times as close) = %s, want %s", tt.text, tt.crowd, got, tt.want)
		}
	}
}

// Beside visible groups of four whole groups are covered.
func TestCoveredGroupsAreWhole(t *testing.T) {
	for text, want := range map[string]string{
		"6226 ????? 2098 5535 71": "6226????2098553571",
		"6225 ??? 8888 8888":      "6225????88888888",
		"6225 ???????? 8888":      "6225????????8888",
		"????? 0168 3095":         "????01683095",
		"6225 ?????? 8888":        "6225??????8888",  // 4-6-4
		"6225 ??? 888 8888":       "6225???8888888",  // the first of four is covered
		"3726 ??????? 6945":       "3726???????6945", // 4-6-5
		"3528 ??????? 6945":       "3528????????6945",
		"6225 88?? 8888 8888":     "622588??88888888",
		"6225 ??? 8888 ??? 8888":  "6225???8888???8888",
		"???????????? 8888":       "????????????8888",
	} {
		var got []byte
		all := inFours(printed(text))
		for _, d := range all {
			got = append(got, d.Value)
		}
		if string(got) != want {
			t.Errorf("inFours(%q) = %s, want %s", text, got, want)
		}
	}
}

// The reason names the covered digits, and no others are named with them.
func TestReasonsOfCoveredDigits(t *testing.T) {
	digits := printed("12")
	all := append(digits, Digit{Value: pan.CoveredDigit}, Digit{Value: pan.CoveredDigit})
	got := ranges(CoveredDigits, len(all), func(i int) bool { return all[i].Value == pan.CoveredDigit })
	if len(got) != 1 || got[0] != (Reason{CoveredDigits, 2, 4}) {
		t.Errorf("reasons %v, want covered digits 2 to 4", got)
	}
}
