package expiry

import (
	"strings"
)

// monthNames are printed in dates instead of the month's number.
var monthNames = strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")

// ParseNamed returns the date of a text in which a slash stands for the name of a
// month, from 1 to 12: "/28" is DEC 28, "28/" 28 DEC, "12/28" 12 DEC 28; the year
// may have four digits, and may be the first of three parts.
func ParseNamed(text string, month int) (d Date, ok bool) {
	before, after, ok := strings.Cut(text, "/")
	if !ok || month < 1 || month > len(monthNames) {
		return Date{}, false
	}
	year := after
	switch {
	case after == "", isDayOf(after) && (len(before) == 4 || len(before) == 2 && !isDay(before)):
		year = before
	case before != "" && !isDayOf(before):
		return Date{}, false
	}
	if !isYear(year) {
		return Date{}, false
	}
	if len(year) == 2 {
		year = "20" + year
	}
	printed := strings.Fields(before + " " + monthNames[month-1] + " " + after)
	return Date{Text: strings.Join(printed, " "), Month: month, Year: value(year)}, true
}

// NamedPrior returns the prior of a text as ParseNamed takes it.
func NamedPrior(text string) float64 {
	d, ok := ParseNamed(text, 1)
	switch {
	case !ok:
		return noDate
	case !d.Possible():
		return farYear
	}
	return 0
}

// Named reports whether the date has the month's name.
func (d Date) Named() bool { return strings.ContainsAny(d.Text, "JFMASOND") }

func isDayOf(digits string) bool { return len(digits) == 2 && onlyDigits(digits) && isDay(digits) }

// isYear reports whether the digits are those of a card's year.
func isYear(digits string) bool {
	switch {
	case !onlyDigits(digits):
		return false
	case len(digits) == 2:
		return value(digits) <= lastYear
	}
	return len(digits) == 4 && plausibleCentury(digits)
}

func onlyDigits(s string) bool { return s != "" && digitsFrom(s, 0) == len(s) }
