package expiry

import "strings"

// coveredDigit stands in a text for a digit that cannot be seen.
const coveredDigit = "?"

// Parse finds the dates in a string of digits and slashes. A slash stands for any
// separator but a space, which leaves nothing in the text. The forms are MM/YY,
// MM/YYYY, YYYY/MM, YY/MM if the first number is no month, M/YY at the start,
// and with a day DD/MM/YY, MM/DD/YY, DD/MM/YYYY and YYYY/MM/DD; and without a
// separator those of unseparated. Two dates may follow each other: "05/0805/11".
// A date with a covered digit is none.
func Parse(text string) []Date {
	if !strings.Contains(text, "/") {
		return unseparated(text)
	}
	var found []Date
	start := 0
	for i := 0; i < len(text); i++ {
		if text[i] != '/' {
			continue
		}
		d, ok := dateAt(text, i, start)
		if !ok || covered(text[:d.At], text[d.At+len(d.Text):]) {
			continue
		}
		found = append(found, d)
		start = d.At + len(d.Text)
		i = start - 1
	}
	return found
}

// dateAt returns the date whose first slash is at i, and that does not begin
// before start.
func dateAt(text string, i, start int) (d Date, ok bool) {
	before, after := digitsUpTo(text[start:i]), digitsFrom(text, i+1)
	if d, ok = dayDate(text, i, before, after); ok {
		return d, true
	}
	switch {
	case before >= 4 && after == 2 && plausibleCentury(text[i-4:i]):
		return date(text, i-4, i+3, text[i+1:i+3], text[i-4:i]), true
	case before >= 2 && after >= 4 && plausibleCentury(text[i+1:i+5]):
		return date(text, i-2, i+5, text[i-2:i], text[i+1:i+5]), true
	case before >= 2 && after >= 2:
		month, year := text[i-2:i], text[i+1:i+3]
		if yearFirst(month, year) {
			month, year = year, month
		}
		return date(text, i-2, i+3, month, "20"+year), true
	case before == 1 && after >= 2:
		return date(text, i-1, i+3, "0"+text[i-1:i], "20"+text[i+1:i+3]), true
	}
	return Date{}, false
}

// dayDate returns the date with a day whose first slash is at i: DD/MM/YY,
// MM/DD/YY, either with four digits of the year, or YYYY/MM/DD. Of day and month
// the number above 12 is the day; if none is, the first is.
func dayDate(text string, i, before, after int) (d Date, ok bool) {
	end := i + 4
	if before < 2 || after != 2 || end > len(text) || text[end-1] != '/' {
		return Date{}, false
	}
	last := digitsFrom(text, end)
	if before >= 4 && last == 2 && plausibleCentury(text[i-4:i]) {
		return withDay(text, i-4, end+2, text[end:end+2], text[i+1:i+3], text[i-4:i])
	}
	day, month := text[i-2:i], text[i+1:i+3]
	if value(month) > 12 {
		day, month = month, day
	}
	switch {
	case last == 4 && plausibleCentury(text[end:end+4]):
		return withDay(text, i-2, end+4, day, month, text[end:end+4])
	case last == 2:
		return withDay(text, i-2, end+2, day, month, "20"+text[end:end+2])
	}
	return Date{}, false
}

// withDay returns the date if its day and month exist.
func withDay(text string, from, to int, day, month, year string) (d Date, ok bool) {
	if !isDay(day) || !isMonth(month) {
		return Date{}, false
	}
	return date(text, from, to, month, year), true
}

// unseparated returns the date that is a whole text of digits, or the two dates:
// MMYY, YYMM, MMYYYY, YYYYMM, DDMMYY, MMDDYY, DDMMYYYY or YYYYMMDD, the first
// form in which it is possible.
func unseparated(text string) []Date {
	if strings.Contains(text, coveredDigit) {
		return nil
	}
	for _, d := range readings(text) {
		if d.Possible() {
			return []Date{d}
		}
	}
	if len(text) != 8 {
		return nil
	}
	first, second := unseparated(text[:4]), unseparated(text[4:])
	if len(first) == 0 || len(second) == 0 {
		return nil
	}
	second[0].At += 4
	return append(first, second...)
}

// readings returns what a text of digits is in each form.
func readings(text string) (all []Date) {
	n := len(text)
	add := func(day, month, year string) {
		if isDay(day) && isMonth(month) {
			all = append(all, date(text, 0, n, month, year))
		}
	}
	switch n {
	case 4:
		add("01", text[:2], "20"+text[2:])
		if yearFirst(text[:2], text[2:]) {
			add("01", text[2:], "20"+text[:2])
		}
	case 6:
		if plausibleCentury(text[2:]) {
			add("01", text[:2], text[2:])
		}
		if plausibleCentury(text) {
			add("01", text[4:], text[:4])
		}
		add(text[:2], text[2:4], "20"+text[4:])
		add(text[2:4], text[:2], "20"+text[4:])
	case 8:
		if plausibleCentury(text[4:]) {
			add(text[:2], text[2:4], text[4:])
			add(text[2:4], text[:2], text[4:])
		}
		if plausibleCentury(text) {
			add(text[6:], text[4:6], text[:4])
		}
	}
	return all
}

func date(text string, from, to int, month, year string) Date {
	return Date{text[from:to], from, value(month), value(year)}
}

// yearFirst reports whether two numbers can only be a year and its month. 88 is
// neither: 88/88 is a specimen's.
func yearFirst(year, month string) bool {
	return !isMonth(year) && isMonth(month) && value(year) >= firstYear && value(year) <= lastYear
}

// Years of two digits that are possible in front of a month.
const firstYear, lastYear = 13, 49

func isMonth(digits string) bool { return value(digits) >= 1 && value(digits) <= 12 }
func isDay(digits string) bool   { return value(digits) >= 1 && value(digits) <= 31 }

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
	return strings.HasSuffix(before, coveredDigit) || strings.Contains(year, coveredDigit)
}

func isDigit(b byte) bool { return '0' <= b && b <= '9' }

func value(digits string) int {
	v := 0
	for _, c := range digits {
		v = v*10 + int(c-'0')
	}
	return v
}
