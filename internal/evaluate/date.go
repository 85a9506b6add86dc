package evaluate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Date is a month and a year. A year printed with two digits is in this century:
// 88/88, as on specimen cards, is month 88 of 2088.
type Date struct{ Month, Year int }

// Compare orders dates by time.
func (d Date) Compare(e Date) int {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month))
}

// ParseDates reads a label's dates: MM/YY, M/YY, MM/YYYY or YYYY/MM, separated by
// a dash, blank or comma. It skips other text, such as a literal MM/YY.
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

// century completes a year of two digits.
const century = 2000

// Latest returns the latest of the dates: a card's expiry.
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
