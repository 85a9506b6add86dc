package kahao

import "strings"

// placedDate is a date and where it begins in the text it was found in.
type placedDate struct {
	Date
	at int
}

// parseDates finds the dates in a string of digits and slashes: MM/YY,
// MM/YYYY and YYYY/MM, and M/YY at its start. Two dates may follow each other
// without a separator: "05/0805/11".
func parseDates(text string) []placedDate {
	var found []placedDate
	begin := 0
	for i := 0; i < len(text); i++ {
		if text[i] != '/' {
			continue
		}
		before, after := digitsUpTo(text[begin:i]), digitsFrom(text, i+1)
		var d placedDate
		switch {
		case before >= 4 && after == 2 && plausibleCentury(text[i-4:i]):
			d = placed(text, i-4, i+3, text[i+1:i+3], text[i-4:i])
		case before >= 2 && after >= 4 && plausibleCentury(text[i+1:i+5]):
			d = placed(text, i-2, i+5, text[i-2:i], text[i+1:i+5])
		case before >= 2 && after >= 2:
			d = placed(text, i-2, i+3, text[i-2:i], "20"+text[i+1:i+3])
		case before == 1 && after >= 2:
			d = placed(text, i-1, i+3, "0"+text[i-1:i], "20"+text[i+1:i+3])
		default:
			continue
		}
		found = append(found, d)
		begin = d.at + len(d.Text)
		i = begin - 1
	}
	return found
}

func placed(text string, from, to int, month, year string) placedDate {
	return placedDate{Date{Text: text[from:to], Month: value(month), Year: value(year)}, from}
}

func plausibleCentury(year string) bool { return year[:2] == "19" || year[:2] == "20" }

func digitsFrom(text string, i int) int {
	n := 0
	for i+n < len(text) && text[i+n] != '/' {
		n++
	}
	return n
}

func digitsUpTo(text string) int { return len(text) - 1 - strings.LastIndexByte(text, '/') }

func value(digits string) int {
	v := 0
	for _, c := range digits {
		v = v*10 + int(c-'0')
	}
	return v
}

// Log prior weights of what a line of dates can be.
const (
	noDate       = -5.0
	oneDigit     = -2.0 // a month of one digit
	impossible   = -4.0 // a month that does not exist
	farYear      = -3.0 // a month that does, in a year of no card
	specimenDate = 0.5  // 88/88, 00/00: rare by what they are, common on pictures
	leftOver     = -1.5 // for each digit or slash that is no part of a date
)

// datePrior prefers strings that are dates with a month that exists, and
// those that specimens show. Nothing is ruled out.
func datePrior(text string) float64 {
	found := parseDates(text)
	if len(found) == 0 {
		return noDate
	}
	prior, used := 0.0, 0
	for _, d := range found {
		used += len(d.Text)
		prior += d.prior()
		if strings.IndexByte(d.Text, '/') == 1 {
			prior += oneDigit
		}
	}
	return prior + leftOver*float64(len(text)-used)
}

func (d Date) prior() float64 {
	switch {
	case d.specimen():
		return specimenDate
	case d.Month < 1 || d.Month > 12:
		return impossible
	case d.Year >= 2050 && d.Year < 2090 || d.Year < 1980:
		return farYear
	}
	return 0
}

// specimen reports whether the date is one digit over and over.
func (d Date) specimen() bool {
	return strings.Trim(d.Text, "/"+d.Text[:1]) == "" && (d.Text[0] == '0' || d.Text[0] == '8')
}

// Possible reports whether the date is one that a card can bear: a month from
// 1 to 12, and a year near ours.
func (d Date) Possible() bool { return d.Text != "" && !d.specimen() && d.prior() == 0 }
