package expiry

import (
	"fmt"
	"testing"
)

func TestParseNamed(t *testing.T) {
	for _, tt := range []struct {
		text  string
		month int
		want  string // Text=MM/YYYY; empty if it is no date
	}{
		{"/28", 12, "DEC 28=12/2028"},
		{"/2028", 1, "JAN 2028=01/2028"},
		{"28/", 5, "28 MAY=05/2028"},
		{"2028/", 5, "2028 MAY=05/2028"},
		{"12/28", 12, "12 DEC 28=12/2028"},
		{"31/2012", 11, "31 NOV 2012=11/2012"},
		{"2028/31", 3, "2028 MAR 31=03/2028"},
		{"35/12", 6, "35 JUN 12=06/2035"},
		{"/99", 12, ""},
		{"/1728", 12, ""},
		{"/", 12, ""},
		{"28", 12, ""},
		{"/28", 0, ""},
		{"/28", 13, ""},
		{"1/28", 12, ""},
		{"45/50", 12, ""},
		{"12//28", 12, ""},
		{"/2?", 12, ""},
		{"?1/28", 12, ""},
		{"", 1, ""},
	} {
		got := ""
		if d, ok := ParseNamed(tt.text, tt.month); ok {
			got = fmt.Sprintf("%s=%02d/%d", d.Text, d.Month, d.Year)
			if !d.Named() || !d.Possible() {
				t.Errorf("ParseNamed(%q, %d) = %s: named %v, possible %v; want both", tt.text, tt.month, got, d.Named(), d.Possible())
			}
		}
		if got != tt.want {
			t.Errorf("ParseNamed(%q, %d) = %q, want %q", tt.text, tt.month, got, tt.want)
		}
		if plausible := NamedPrior(tt.text) == 0; tt.month == 12 && plausible != (tt.want != "") {
			t.Errorf("NamedPrior(%q) = %v, want 0 if and only if it is a date", tt.text, NamedPrior(tt.text))
		}
	}
}

// TestNamedAmbiguity: the two digits before a month's name alone may be a day, the
// year left out.
func TestNamedAmbiguity(t *testing.T) {
	for text, want := range map[string]bool{"28/": true, "35/": false, "2028/": false, "/28": false, "12/28": false} {
		d, ok := ParseNamed(text, 12)
		if !ok {
			t.Fatalf("ParseNamed(%q) is no date", text)
		}
		if got := d.Ambiguous(); got != want {
			t.Errorf("Ambiguous of %q = %v, want %v", d.Text, got, want)
		}
	}
}
