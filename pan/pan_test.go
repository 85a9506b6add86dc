package pan

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// A number of a test range, 4000 00..., that no card has.
const digits = "4000001234567899"

func must(t *testing.T, s string) Number {
	t.Helper()
	n, err := New(s)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return n
}

// leaks reports whether more of the number shows than masking leaves: any run
// of seven of its digits. Runs of five also turned up, once in some hundred
// runs, in the address of a pointer printed in octal.
func leaks(s string) bool {
	for i := 0; i+7 <= len(digits); i++ {
		if strings.Contains(s, digits[i:i+7]) {
			return true
		}
	}
	return false
}

func TestPrintsMaskedEverywhere(t *testing.T) {
	n := must(t, digits)
	const masked = "400000******7899"
	if n.Masked() != masked || n.String() != masked {
		t.Fatalf("Masked = %q", n.Masked())
	}
	type inside struct {
		Exported Number
		hidden   Number
		pointer  *Number
	}
	holder := inside{n, n, &n}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%c", "%U", "%t", "%e", "%20s", "%-20v", "%.3s", "%p"} {
		for name, v := range map[string]any{
			"value": n, "pointer": &n, "struct": holder, "struct pointer": &holder,
			"slice": []Number{n}, "map": map[string]Number{"": n}, "interface": any(n),
		} {
			if got := fmt.Sprintf(verb, v); leaks(got) {
				t.Errorf("%s of a %s shows the digits: %s", verb, name, got)
			}
		}
	}
	for verb, want := range map[string]string{
		"%s": masked, "%v": masked, "%d": masked, "%q": `"` + masked + `"`,
		"%18s": "  " + masked, "%#v": "pan.Number(" + masked + ")",
	} {
		if got := fmt.Sprintf(verb, n); got != want {
			t.Errorf("%s = %q, want %q", verb, got, want)
		}
	}
	if err := fmt.Errorf("card %w, %v", errors.New("x"), n); leaks(err.Error()) {
		t.Error("an error shows the digits")
	}
}

func TestEncodesMasked(t *testing.T) {
	n := must(t, digits)
	var b bytes.Buffer
	type doc struct {
		N Number
		P *Number
		M map[string]Number
	}
	v := doc{n, &n, map[string]Number{"x": n}}
	if err := json.NewEncoder(&b).Encode(v); err != nil {
		t.Fatalf("encode JSON: %v", err)
	}
	if got := strings.Count(b.String(), `"400000******7899"`); got != 3 {
		t.Errorf("JSON = %s", b.String())
	}
	if err := xml.NewEncoder(&b).Encode(struct {
		XMLName xml.Name `xml:"d"`
		A       Number   `xml:"a,attr"`
		B       Number
	}{A: n, B: n}); err != nil {
		t.Fatalf("encode XML: %v", err)
	}
	for _, h := range []slog.Handler{slog.NewJSONHandler(&b, nil), slog.NewTextHandler(&b, nil)} {
		slog.New(h).Info("read", "number", n, "pointer", &n, "in", v, "list", []Number{n}, slog.Group("g", "n", n))
	}
	if leaks(b.String()) {
		t.Errorf("an encoding shows the digits:\n%s", b.String())
	}
}

func TestNew(t *testing.T) {
	for in, want := range map[string]error{
		"": ErrEmpty, "12a4": ErrDigits, "1234 5678": ErrDigits, "１２３４": ErrDigits,
		strings.Repeat("1", 65): ErrLong, strings.Repeat("1", 64): nil, "1": nil, digits: nil,
	} {
		n, err := New(in)
		if err != want {
			t.Errorf("New of %d characters: %v, want %v", len(in), err, want)
		}
		if err == nil && n.Reveal() != in {
			t.Error("Reveal does not return what New got")
		}
		if err != nil && len(in) > 3 && strings.Contains(err.Error(), in) {
			t.Error("the error quotes the digits")
		}
	}
}

func TestZeroAndEquality(t *testing.T) {
	var zero Number
	if zero.Reveal() != "" || zero.String() != "" || !zero.IsZero() {
		t.Errorf("the zero Number is %q, IsZero %v, want empty", zero.Reveal(), zero.IsZero())
	}
	if zero.Luhn() || zero.Plausible() {
		t.Errorf("the zero Number has Luhn %v, Plausible %v, want false", zero.Luhn(), zero.Plausible())
	}
	a, b := must(t, digits), must(t, string([]byte(digits)))
	if !a.Equal(b) || !zero.Equal(Number{}) {
		t.Error("Equal of the same digits = false, want true")
	}
	if a.Equal(must(t, "4000001234567890")) || a.Equal(zero) {
		t.Error("Equal of other digits = true, want false")
	}
	if a.IsZero() {
		t.Error("IsZero of a number with digits = true, want false")
	}
}

func TestMask(t *testing.T) {
	for in, want := range map[string]string{
		"": "", "1": "*", "1234567": "*******", "12345678": "****5678", "12345678901": "*******8901",
		"123456789012": "123456**9012", "1234567890123456789": "123456*********6789",
	} {
		if got := Mask(in); got != want {
			t.Errorf("Mask(%q) = %q, want %q", in, got, want)
		}
	}
}

// The values are those of published descriptions of the algorithm.
func TestLuhn(t *testing.T) {
	for in, want := range map[string]bool{
		"79927398713": true, "79927398710": false, "17893729974": true,
		"4111111111111111": true, "378282246310005": true, "5555555555554444": true,
		"30569309025904": true, "6011111111111117": true, "3530111333300000": true,
		"4111111111111112": false, "": false, "0": false, "00": true, "1a": false, "18": true,
	} {
		if got := Luhn(in); got != want {
			t.Errorf("Luhn(%q) = %v, want %v", in, got, want)
		}
	}
	if d := LuhnDigit("7992739871"); d != '3' {
		t.Errorf("LuhnDigit = %c, want 3", d)
	}
	for i := range 1000 {
		p := fmt.Sprintf("62%05d%d", i*7919%100000, i)
		ok := 0
		for d := byte('0'); d <= '9'; d++ {
			if Luhn(p + string(d)) {
				ok++
				if d != LuhnDigit(p) {
					t.Fatalf("LuhnDigit(%s) = %c, and %c passes", p, LuhnDigit(p), d)
				}
			}
		}
		if ok != 1 {
			t.Fatalf("%d check digits of %s pass", ok, p)
		}
	}
}
