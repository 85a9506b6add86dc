package pipeline

import (
	"slices"
	"testing"
)

// The numbers are public test numbers, or made up.
func TestWithoutSign(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		groups     []int
		right      bool
		short      string
	}{
		{"a sign after a number", "41111111111111110", []int{4, 4, 4, 5}, true, "4111111111111111"},
		{"one that stands apart", "41111111111111110", []int{4, 4, 4, 4, 1}, true, "4111111111111111"},
		{"one before it", "94111111111111111", []int{1, 4, 4, 4, 4}, false, "4111111111111111"},
		{"one after American Express", "3782822463100050", []int{4, 6, 5, 1}, true, "378282246310005"},
		{"a specimen with a wrong check digit", "41111234567890120", []int{4, 4, 4, 4, 1}, true, "4111123456789012"},
		{"a wrong check digit", "40128888888818820", []int{4, 4, 4, 4, 1}, true, ""},
		{"in no card's groups", "41111111111111110", []int{4, 5, 4, 4}, true, ""},
		{"a number that is whole", "4111111111111111", []int{4, 4, 4, 4}, true, ""},
		{"UnionPay's 17 digits", "62000000000000050", []int{4, 4, 4, 4, 1}, true, ""},
		{"19 digits of a listed range", "6222020000000000000", []int{4, 4, 4, 4, 3}, true, ""},
		{"of no network", "70000000000000010", []int{4, 4, 4, 4, 1}, true, ""},
		{"covered digits", "4111????1111111?1", []int{4, 4, 4, 4, 1}, true, ""},
		{"a short text", "411111111111", []int{4, 4, 4}, true, ""},
	} {
		short, ok := withoutSign(tt.text, func(string) []int { return tt.groups }, tt.right)
		if !ok {
			short = ""
		}
		if short != tt.short {
			t.Errorf("%s: withoutSign = %q, want %q", tt.name, short, tt.short)
		}
	}
}

func TestLessOne(t *testing.T) {
	for _, tt := range []struct {
		groups []int
		right  bool
		want   []int
	}{
		{[]int{4, 4, 4, 4, 1}, true, []int{4, 4, 4, 4}}, {[]int{4, 4, 4, 5}, true, []int{4, 4, 4, 4}},
		{[]int{1, 4, 4}, false, []int{4, 4}}, {[]int{5, 4}, false, []int{4, 4}}, {nil, true, nil},
	} {
		if got := lessOne(slices.Clone(tt.groups), tt.right); !slices.Equal(got, tt.want) {
			t.Errorf("lessOne(%v, %v) = %v, want %v", tt.groups, tt.right, got, tt.want)
		}
	}
}
