package pipeline

import (
	"testing"

	"github.com/kahao/kahao/internal/geom"
)

// The layout in which the visible digits stand says how many are covered, whatever the
// network counts.
func TestCoveredDigitsFillALayout(t *testing.T) {
	card := geom.RectQuad(-30, -80, 300, 190)
	for _, tt := range []struct{ name, text, want string }{
		{"one group, counted as three", "4213 ?.?? 3775 2044", "4213????37752044"},
		{"two groups, counted as five digits", "4213 .??.. .??. 3775", "4213????????3775"},
		{"4-6-5, which Amex has", "3702 ??.... 11117", "3702??????11117"},
		{"6-13", "622848 ???????.....77", "622848???????????77"},
		{"the rest of a group", "...????? 0 0821", "?????????00821"},
		{"4-4-5", "4904 .??. 19547", "4904????19547"},
		{"a group and a half at the end", "6259 1208 50.???? ..", "6259120850??????"},
		{"two runs", "62?5 4211 ???? 8968", "62?54211????8968"},
		{"nothing is covered", "4213 1111 1111 3775", ""},
		{"three digits", "493 ????????", ""},
		{"digits that stand in no layout", "4213 77 5 ???? 377 5", ""},
	} {
		var got []byte
		if fitted, ok := inLayout(printed(tt.text), card); ok {
			for _, d := range fitted {
				got = append(got, d.Value)
			}
		}
		if string(got) != tt.want {
			t.Errorf("%s: inLayout(%q) = %q, want %q", tt.name, tt.text, got, tt.want)
		}
	}
}
