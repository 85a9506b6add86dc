package evaluate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Date is a month and a year. A year of which only the last two digits are
// printed is of this century: 88/88, as specimen cards show it, is month 88 of
// 2088.
type Date struct{ Month, Year int }

// Compare orders dates by time.
func (d Date) Compare(e Date) int {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month))
}

// ParseDates reads a label's dates: MM/YY, M/YY, MM/YYYY or YYYY/MM, several
// joined by a dash. What is no date, such as the MM/YY of a drawing, is left
// out.
func ParseDates(printed string) []Date {
	var dates []Date
	for part := range strings.FieldsFuncSeq(printed, func(r rune) bool { return r == '-' || r == ' ' || r == ',' }) {
		a, b, ok := strings.Cut(part, "/")
		if !ok || !number(a) || !number(b) {
			continue
		}
		if len(a) == 4 {
			a, b = b, a
		}
		if len(a) > 2 || len(b) != 2 && len(b) != 4 {
			continue
		}
		year := value(b)
		if len(b) == 2 {
			year += century
		}
		dates = append(dates, Date{value(a), year})
	}
	return dates
}

// century is what a year of two digits leaves out.
const century = 2000

// Latest returns the latest of the dates: the one at which a card expires.
func Latest(dates []Date) (d Date, ok bool) {
	if len(dates) == 0 {
		return Date{}, false
	}
	return slices.MaxFunc(dates, Date.Compare), true
}

func number(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

func value(digits string) int {
	v := 0
	for _, c := range digits {
		v = v*10 + int(c-'0')
	}
	return v
}

// String is MM/YYYY.
func (d Date) String() string { return fmt.Sprintf("%02d/%04d", d.Month, d.Year) }
