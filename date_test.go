package kahao

import "testing"

func TestParseDates(t *testing.T) {
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
		{"0822", nil},
		{"/", nil},
		{"8/", nil},
		{"", nil},
		{"//12/34/", []string{"12/34=12/2034"}},
	}
	for _, tt := range tests {
		found := parseDates(tt.text)
		if len(found) != len(tt.want) {
			t.Errorf("%q: %d dates, want %d", tt.text, len(found), len(tt.want))
			continue
		}
		for i, d := range found {
			if got := d.Text + "=" + d.String(); got != tt.want[i] {
				t.Errorf("%q: %s, want %s", tt.text, got, tt.want[i])
			}
			if tt.text[d.at:d.at+len(d.Text)] != d.Text {
				t.Errorf("%q: date %d is not at %d", tt.text, i, d.at)
			}
		}
	}
}

func FuzzParseDates(f *testing.F) {
	for _, s := range []string{"08/22", "05/0805/11", "2031/12", "1/2/3/4", "19/1999/19"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		text := make([]byte, 0, len(raw))
		for _, c := range []byte(raw) {
			text = append(text, "0123456789/"[c%11])
		}
		end := 0
		for _, d := range parseDates(string(text)) {
			if d.at < end {
				t.Fatalf("%q: dates overlap", text)
			}
			end = d.at + len(d.Text)
		}
	})
}
