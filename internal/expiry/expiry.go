// Package expiry parses and weighs the dates that are printed on cards.
package expiry

import (
	"cmp"
	"strings"
)

// Date is a month and a year as printed.
type Date struct {
	Text  string // such as "08/22" or "2022/08"
	At    int    // its index in the text that it was found in
	Month int    // specimens show 00 and 88, too
	Year  int    // four digits
}

// Parse finds the dates in a string of digits, slashes and covered digits: MM/YY,
// MM/YYYY and YYYY/MM, M/YY at its start, and DD/MM/YY or MM/DD/YY. Two dates may follow each other
// without a separator: "05/0805/11". One with a covered digit is none.
func Parse(text string) []Date {
	var found []Date
	start := 0
	for i := 0; i < len(text); i++ {
		if text[i] != '/' {
			continue
		}
		before, after := digitsUpTo(text[start:i]), digitsFrom(text, i+1)
		var d Date
		switch day := dayDate(text, i, before, after); {
		case day.Text != "":
			d = day
		case before >= 4 && after == 2 && plausibleCentury(text[i-4:i]):
			d = date(text, i-4, i+3, text[i+1:i+3], text[i-4:i])
		case before >= 2 && after >= 4 && plausibleCentury(text[i+1:i+5]):
			d = date(text, i-2, i+5, text[i-2:i], text[i+1:i+5])
		case before >= 2 && after >= 2:
			d = date(text, i-2, i+3, text[i-2:i], "20"+text[i+1:i+3])
		case before == 1 && after >= 2:
			d = date(text, i-1, i+3, "0"+text[i-1:i], "20"+text[i+1:i+3])
		default:
			continue
		}
		if end := d.At + len(d.Text); covered(text[:d.At], text[end:]) {
			continue
		}
		found = append(found, d)
		start = d.At + len(d.Text)
		i = start - 1
	}
	return found
}

// dayDate returns the date with a day around the slash at i, DD/MM/YY or MM/DD/YY,
// or the zero Date. The number above 12 is the day; if none is, the first is.
func dayDate(text string, i, before, after int) Date {
	end := i + 4
	if before < 2 || after != 2 || end > len(text) || text[end-1] != '/' || digitsFrom(text, end) != 2 {
		return Date{}
	}
	day, month := text[i-2:i], text[i+1:i+3]
	if value(month) > 12 {
		day, month = month, day
	}
	if d := value(day); d < 1 || d > 31 || value(month) < 1 || value(month) > 12 {
		return Date{}
	}
	return date(text, i-2, end+2, month, "20"+text[end:end+2])
}

func date(text string, from, to int, month, year string) Date {
	return Date{text[from:to], from, value(month), value(year)}
}

func plausibleCentury(year string) bool { return year[:2] == "19" || year[:2] == "20" }

func digitsFrom(text string, i int) int {
	n := 0
	for i+n < len(text) && isDigit(text[i+n]) {
		n++
	}
	return n
}

func digitsUpTo(text string) int {
	n := 0
	for n < len(text) && isDigit(text[len(text)-1-n]) {
		n++
	}
	return n
}

// covered reports whether a digit of a date's is covered, by what stands before
// and after it: right beside it, or in the year after the day and the month.
func covered(before, after string) bool {
	year, _, _ := strings.Cut(strings.TrimPrefix(after, "/"), "/")
	return strings.HasSuffix(before, "?") || strings.Contains(year, "?")
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func value(digits string) int {
	v := 0
	for _, c := range digits {
		v = v*10 + int(c-'0')
	}
	return v
}

// Log priors of a line of dates.
const (
	noDate       = -5.0
	oneDigit     = -2.0 // a month of one digit
	impossible   = -4.0 // a month that does not exist
	farYear      = -3.0 // a month that exists, in a year of no card
	specimenDate = 0.5  // 88/88, 00/00: common in images of specimens
	leftOver     = -1.5 // for each digit or slash that is not part of a date
)

// Prior returns the log prior of a text. It prefers dates with a month that
// exists, and those of specimens. Nothing is ruled out.
func Prior(text string) float64 {
	found := Parse(text)
	if len(found) == 0 {
		return noDate
	}
	prior, used := 0.0, 0
	for _, d := range found {
		used += len(d.Text)
		prior += d.weight()
		if strings.IndexByte(d.Text, '/') == 1 {
			prior += oneDigit
		}
	}
	return prior + leftOver*float64(len(text)-used)
}

func (d Date) weight() float64 {
	switch {
	case d.Specimen():
		return specimenDate
	case d.Month < 1 || d.Month > 12:
		return impossible
	case d.Year >= 2050 && d.Year < 2090 || d.Year < 1980:
		return farYear
	}
	return 0
}

// Specimen reports whether the date repeats one digit, 0 or 8.
func (d Date) Specimen() bool {
	return strings.Trim(d.Text, "/"+d.Text[:1]) == "" && (d.Text[0] == '0' || d.Text[0] == '8')
}

// Possible reports whether an issued card can have the date: a month from 1 to
// 12, and a year near the present.
func (d Date) Possible() bool { return !d.Specimen() && d.weight() == 0 }

// Ambiguous reports whether the date has a day that may be the month.
func (d Date) Ambiguous() bool {
	parts := strings.Split(d.Text, "/")
	return len(parts) == 3 && value(parts[0]) <= 12 && value(parts[1]) <= 12 && parts[0] != parts[1]
}

// Candidate is a date and the probability that it was read right.
type Candidate struct {
	Date
	P float64
}

// maxGap is how much less likely than the surest date the expiry may be.
const maxGap = 0.4

// Choose returns the index of a card's expiry among its dates: the latest of
// those that are read about as surely as the surest. Dates that an issued card
// cannot have only count if there is no other. It returns -1 for no dates.
func Choose(dates []Candidate) int {
	surest, possible := 0.0, false
	for _, d := range dates {
		surest = max(surest, d.P)
	}
	sure := func(d Candidate) bool { return d.P >= surest-maxGap }
	for _, d := range dates {
		possible = possible || sure(d) && d.Possible()
	}
	latest := -1
	for i, d := range dates {
		if sure(d) && (d.Possible() || !possible) && (latest < 0 || d.after(dates[latest].Date)) {
			latest = i
		}
	}
	return latest
}

func (d Date) after(e Date) bool {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month)) > 0
}
