package expiry

import (
	"fmt"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	tests := []struct {
		text string
		want []string // Text=MM/YYYY
	}{
		{"08/22", []string{"08/22=08/2022"}},
		{"88/88", []string{"88/88=88/2088"}},
		{"12/2031", []string{"12/2031=12/2031"}},
		{"2031/12", []string{"2031/12=12/2031"}},
		{"05/0805/11", []string{"05/08=05/2008", "05/11=05/2011"}},
		{"3/20", []string{"3/20=03/2020"}},
		{"1208/22", []string{"08/22=08/2022"}},
		{"31/12/28", []string{"31/12/28=12/2028"}},
		{"28/02/31", []string{"28/02/31=02/2031"}},
		{"05/31/29", []string{"05/31/29=05/2029"}},
		{"05/06/29", []string{"05/06/29=06/2029"}},
		{"88/88/88", []string{"88/88=88/2088"}},
		{"05/31/2", []string{"05/31=05/2031"}},
		{"0822", nil},
		{"/", nil},
		{"8/", nil},
		{"", nil},
		{"//12/34/", []string{"12/34=12/2034"}},
		{"0?/22", nil},
		{"08/2?", nil},
		{"?/22", nil},
		{"??/????", nil},
		{"2?27/09", nil},
		{"08/22?", nil},
		{"05/12/2?", nil},
		{"05/12/?8", nil},
		{"?1/22", nil},
		{"01/01?00", nil}, // was one with a day, ? for its second slash
		{"0?/0805/11", []string{"05/11=05/2011"}},
	}
	for _, tt := range tests {
		found := Parse(tt.text)
		if len(found) != len(tt.want) {
			t.Errorf("%q: %d dates, want %d", tt.text, len(found), len(tt.want))
			continue
		}
		for i, d := range found {
			if got := fmt.Sprintf("%s=%02d/%04d", d.Text, d.Month, d.Year); got != tt.want[i] {
				t.Errorf("%q: %s, want %s", tt.text, got, tt.want[i])
			}
			if tt.text[d.At:d.At+len(d.Text)] != d.Text {
				t.Errorf("%q: date %d is not at %d", tt.text, i, d.At)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"08/22", "05/0805/11", "2031/12", "1/2/3/4", "19/1999/19", "01/01?00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		text := make([]byte, 0, len(raw))
		for _, c := range []byte(raw) {
			text = append(text, "0123456789/?"[c%12])
		}
		end := 0
		for _, d := range Parse(string(text)) {
			if strings.ContainsRune(d.Text, '?') {
				t.Fatalf("%q: date %q has a covered digit", text, d.Text)
			}
			if d.At < end {
				t.Fatalf("%q: dates overlap", text)
			}
			end = d.At + len(d.Text)
		}
	})
}

func TestChoose(t *testing.T) {
	date := func(text string, p float64) Candidate {
		found := Parse(text)
		if len(found) != 1 {
			t.Fatalf("%q is not one date", text)
		}
		return Candidate{found[0], p}
	}
	tests := []struct {
		name  string
		dates []Candidate
		want  string
	}{
		{"none", nil, ""},
		{"one", []Candidate{date("08/22", 0.9)}, "08/22"},
		{"valid from, valid thru", []Candidate{date("05/08", 0.9), date("05/11", 0.9)}, "05/11"},
		{"by month", []Candidate{date("11/25", 0.9), date("03/25", 0.9)}, "11/25"},
		{"a misreading next to a date", []Candidate{date("08/22", 0.9), date("08/49", 0.2)}, "08/22"},
		{"an impossible date next to a possible one", []Candidate{date("08/22", 0.9), date("88/63", 0.8)}, "08/22"},
		{"specimen", []Candidate{date("88/88", 0.9)}, "88/88"},
		{"a specimen's two", []Candidate{date("00/00", 0.9), date("88/88", 0.9)}, "88/88"},
		{"impossible month, alone", []Candidate{date("13/22", 0.6)}, "13/22"},
		{"long form", []Candidate{date("2027/09", 0.9), date("10/2024", 0.9)}, "2027/09"},
	}
	for _, tt := range tests {
		got := ""
		if i := Choose(tt.dates); i >= 0 {
			got = tt.dates[i].Text
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestPrior(t *testing.T) {
	// From what is most to what is least to be expected on a card.
	order := []string{"88/88", "08/22", "08/88", "13/22", "0822"}
	for i := 1; i < len(order); i++ {
		if a, b := order[i-1], order[i]; Prior(a) <= Prior(b) {
			t.Errorf("%s has %g, %s has %g", a, Prior(a), b, Prior(b))
		}
	}
	if Prior("05/0805/11") != 0 {
		t.Error("two dates that follow each other have no full prior")
	}
}

func TestAmbiguous(t *testing.T) {
	for text, want := range map[string]bool{
		"05/06/29": true, "05/05/29": false, "31/12/28": false, "05/31/29": false, "08/22": false,
	} {
		if got := (Date{Text: text}).Ambiguous(); got != want {
			t.Errorf("Ambiguous of %q = %v, want %v", text, got, want)
		}
	}
}
