package evaluate

import (
	"slices"
	"strings"
	"testing"
)

// FuzzLabels: the dates of a label are written and read as the same dates, and its
// number keeps its digits in their order and nothing else.
func FuzzLabels(f *testing.F) {
	for _, s := range []string{"", "01/26", "1/26-12/2031", "2026/05,88/88", "MM/YY 05/26", "6222 02?? 1234", "6222_0212", "6222\u00a00212", "６２２２", "1/2/3", "999999999999999999/99"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, printed string) {
		dates := ParseDates(printed)
		var written []string
		for _, d := range dates {
			if d.Month < 0 || d.Month > 99 || d.Year < 0 || d.Year > 9999 {
				t.Fatalf("ParseDates(%q) has %+v", printed, d)
			}
			written = append(written, d.String())
		}
		if again := ParseDates(strings.Join(written, " ")); !slices.Equal(again, dates) {
			t.Fatalf("ParseDates(%q) = %v, and of that %v", printed, dates, again)
		}
		if d, ok := Latest(dates); ok != (len(dates) > 0) || ok && !slices.Contains(dates, d) {
			t.Fatalf("Latest(%v) = %v, %v", dates, d, ok)
		}
		var digits []rune
		foreign := false
		for _, r := range printed {
			switch {
			case strings.ContainsRune("0123456789?", r):
				digits = append(digits, r)
			case !strings.ContainsRune(" _-\u00a0", r):
				foreign = true
			}
		}
		p, ok := ParsePattern(printed)
		if ok == foreign || ok && string(p) != string(digits) {
			t.Fatalf("ParsePattern(%q) = %q, %v; want %q, %v", printed, p, ok, string(digits), !foreign)
		}
	})
}
