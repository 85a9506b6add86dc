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
		{"31/12/2028", []string{"31/12/2028=12/2028"}},
		{"2028/12/31", []string{"2028/12/31=12/2028"}},
		{"28/12", []string{"28/12=12/2028"}},
		{"13/22", []string{"13/22=13/2022"}},
		{"0822", []string{"0822=08/2022"}},
		{"2812", []string{"2812=12/2028"}},
		{"05080511", []string{"0508=05/2008", "0511=05/2011"}},
		{"202812", []string{"202812=12/2028"}},
		{"122028", []string{"122028=12/2028"}},
		{"311228", []string{"311228=12/2028"}},
		{"053129", []string{"053129=05/2029"}},
		{"31122028", []string{"31122028=12/2028"}},
		{"12312028", []string{"12312028=12/2028"}},
		{"20281231", []string{"20281231=12/2028"}},
		{"6225", nil},
		{"8888", nil},
		{"28", nil},
		{"123", nil},
		{"1228123", nil},
		{"12/2?", nil},
		{"?12/28", nil},
		{"??", nil},
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
	for _, s := range []string{"08/22", "05/0805/11", "2031/12", "1/2/3/4", "19/1999/19", "01/01?00", "20281231", "12/2?"} {
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
	// at is a date at a place on the card, in digit heights.
	at := func(text string, p, x, y float64) Candidate {
		found := Parse(text)
		if len(found) != 1 {
			t.Fatalf("Parse(%q) = %v, want one date", text, found)
		}
		return Candidate{found[0], p, x, y}
	}
	row := 0.0
	date := func(text string, p float64) Candidate { // in a row of its own
		row += 9
		return at(text, p, 3, row)
	}
	tests := []struct {
		name   string
		dates  []Candidate
		expiry string
		issue  string
		clear  bool
	}{
		{"none", nil, "", "", true},
		{"one", []Candidate{date("08/22", 0.9)}, "08/22", "", true},
		{"valid from, valid thru", []Candidate{date("05/08", 0.9), date("05/11", 0.9)}, "05/11", "05/08", true},
		{"by month", []Candidate{date("11/25", 0.9), date("03/25", 0.9)}, "11/25", "03/25", true},
		{"a later date that is less sure, elsewhere", []Candidate{date("08/22", 0.9), date("08/49", 0.2)}, "08/22", "", false},
		{"a misreading elsewhere", []Candidate{date("08/22", 0.9), date("08/49", 0.05)}, "08/22", "", true},
		{"a fainter date at its right", []Candidate{at("01/17", 0.77, 3, 2), at("01/21", 0.15, 12, 2)}, "01/21", "01/17", true},
		{"an earlier date at its right", []Candidate{at("01/21", 0.9, 3, 2), at("01/17", 0.9, 12, 2)}, "01/21", "", false},
		{"the same date at its right", []Candidate{at("06/06", 0.9, 3, 2), at("06/06", 0.9, 12, 2)}, "06/06", "", false},
		{"one date read twice", []Candidate{at("06/06", 0.9, 3, 2), at("06/06", 0.9, 3.2, 2)}, "06/06", "", true},
		{"one above the other", []Candidate{at("01/17", 0.9, 3, 2), at("01/21", 0.9, 3, 5)}, "01/21", "01/17", true},
		{"too long ago for a date of issue", []Candidate{at("1999/01", 0.9, 3, 2), at("01/22", 0.9, 12, 2)}, "01/22", "1999/01", false},
		{"an impossible date next to a possible one", []Candidate{date("08/22", 0.9), date("88/63", 0.8)}, "08/22", "", true},
		{"specimen", []Candidate{date("88/88", 0.9)}, "88/88", "", true},
		{"a specimen's two", []Candidate{date("00/00", 0.9), date("88/88", 0.9)}, "88/88", "", true},
		{"impossible month, alone", []Candidate{date("13/22", 0.6)}, "13/22", "", true},
		{"long form", []Candidate{date("2027/09", 0.9), date("10/2024", 0.9)}, "2027/09", "10/2024", true},
	}
	for _, tt := range tests {
		text := func(i int) string {
			if i < 0 {
				return ""
			}
			return tt.dates[i].Text
		}
		c := Choose(tt.dates)
		if text(c.Expiry) != tt.expiry || text(c.Issue) != tt.issue || c.Clear != tt.clear {
			t.Errorf("%s: Choose = expiry %q, issue %q, clear %v, want %q, %q, %v",
				tt.name, text(c.Expiry), text(c.Issue), c.Clear, tt.expiry, tt.issue, tt.clear)
		}
	}
}

func TestPrior(t *testing.T) {
	// From what is most to what is least to be expected on a card.
	order := []string{"88/88", "08/22", "0822", "08/88", "13/22", "6225"}
	for i := 1; i < len(order); i++ {
		if a, b := order[i-1], order[i]; Prior(a) <= Prior(b) {
			t.Errorf("%s has %g, %s has %g", a, Prior(a), b, Prior(b))
		}
	}
	if Prior("05/0805/11") != 0 {
		t.Error("two dates that follow each other have no full prior")
	}
}

// A specimen's date is likelier next to a number that is made up.
func TestMadeUpPrior(t *testing.T) {
	for _, text := range []string{"88/88", "00/00"} {
		if MadeUpPrior(text) <= Prior(text) || MadeUpPrior(text) <= MadeUpPrior("06/00") {
			t.Errorf("MadeUpPrior(%q) = %g, want more than %g and %g", text, MadeUpPrior(text), Prior(text), MadeUpPrior("06/00"))
		}
	}
	if a, b := MadeUpPrior("88/33"), Prior("88/33"); a >= b {
		t.Errorf("MadeUpPrior(88/33) = %g, want less than %g", a, b)
	}
	if a, b := MadeUpPrior("08/22"), Prior("08/22"); a != b {
		t.Errorf("MadeUpPrior(08/22) = %g, want %g", a, b)
	}
}

func TestAmbiguous(t *testing.T) {
	for text, want := range map[string]bool{
		"05/06/29": true, "05/05/29": false, "31/12/28": false, "05/31/29": false, "08/22": false, "3/20": true, "28/12": true, "2028/12": false,
		"05/06/2029": true, "2029/05/06": false, "0822": false, "0511": true, "2812": true, "202812": false, "122028": false,
		"200112": true, "311228": false, "050629": true, "31122028": false, "05062028": true, "20281231": false,
	} {
		if got := (Date{Text: text}).Ambiguous(); got != want {
			t.Errorf("Ambiguous of %q = %v, want %v", text, got, want)
		}
	}
}
