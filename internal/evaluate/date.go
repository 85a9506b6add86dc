package evaluate

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Date is a month and a year's last two digits as printed, such as 8 and 22.
// Specimen cards show months and years that do not exist.
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
		dates = append(dates, Date{value(a), value(b) % 100})
	}
	return dates
}

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

// String is MM/YY.
func (d Date) String() string { return fmt.Sprintf("%02d/%02d", d.Month, d.Year) }
