// Package expiry parses and weighs the dates that are printed on cards, and
// tells which one is the expiry.
package expiry

import (
	"cmp"
	"strings"
)

// Date is a month and a year as printed.
type Date struct {
	Text  string // as read, such as "08/22", "2022/08" or "0822"
	At    int    // its index in the text that it was found in
	Month int    // specimens show 00 and 88, too
	Year  int    // four digits
}

// Log priors of a line of dates.
const (
	noDate       = -5.0
	oneDigit     = -2.0 // a month of one digit
	unmarked     = -1.0 // no separator
	impossible   = -4.0 // a month that does not exist
	farYear      = -3.0 // a month that exists, in a year of no card
	specimenDate = 0.5  // 88/88, 00/00: common in images of specimens
	leftOver     = -1.5 // for each digit or slash that is not part of a date

	// Next to a number that is obviously made up, most dates are a specimen's,
	// and other impossible ones are misread.
	specimenMadeUp   = 2.5
	impossibleMadeUp = -6.0
)

// Prior returns the log prior of a text. It prefers dates with a month that
// exists, and those of specimens. Nothing is ruled out.
func Prior(text string) float64 { return textPrior(text, Date.weight) }

// MadeUpPrior is the Prior on a card whose number is made up.
func MadeUpPrior(text string) float64 {
	return textPrior(text, func(d Date) float64 {
		switch w := d.weight(); w {
		case specimenDate:
			return specimenMadeUp
		case impossible:
			return impossibleMadeUp
		default:
			return w
		}
	})
}

func textPrior(text string, weight func(Date) float64) float64 {
	found := Parse(text)
	if len(found) == 0 {
		return noDate
	}
	prior, used := 0.0, 0
	for _, d := range found {
		used += len(d.Text)
		prior += weight(d)
		switch strings.IndexByte(d.Text, '/') {
		case 1:
			prior += oneDigit
		case -1:
			prior += unmarked
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

// Unmarked reports whether the date has no separator.
func (d Date) Unmarked() bool { return !strings.Contains(d.Text, "/") }

// Ambiguous reports whether the text may be another date: the day may be the
// month, the year may be the day, without a separator the year may be the month,
// a digit of the month is missing, or the year before a month's name may be the
// day.
func (d Date) Ambiguous() bool {
	if d.Named() {
		return len(d.Text) == len("28 DEC") && isDigit(d.Text[0]) && isDay(d.Text[:2])
	}
	switch parts := strings.Split(d.Text, "/"); len(parts) {
	case 3:
		return len(parts[0]) == 2 && isMonth(parts[0]) && isMonth(parts[1]) && parts[0] != parts[1]
	case 2:
		return len(parts[0]) == 1 || len(parts[0]) == 2 && len(parts[1]) == 2 && yearFirst(parts[0], parts[1])
	}
	switch t := d.Text; len(t) {
	case 4:
		return isMonth(t[2:]) && t[:2] != t[2:]
	case 6: // the day of DDMMYY is no century, unless it is 19 or 20
		return !plausibleCentury(t[2:]) && isDay(t[:2]) && isMonth(t[2:4]) && (plausibleCentury(t) || isMonth(t[:2]))
	case 8:
		return plausibleCentury(t[4:]) && (plausibleCentury(t) || isMonth(t[:2]) && t[:2] != t[2:4])
	}
	return false
}

func (d Date) compare(e Date) int {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month))
}
