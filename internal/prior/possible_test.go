package prior

import (
	"testing"

	"github.com/kahao/kahao/issuer"
)

func TestPossibleLength(t *testing.T) {
	for _, tt := range []struct {
		digits string
		groups []int
		want   bool
	}{
		{"6225758888888888", []int{16}, true},
		{"622575888888", []int{4, 4, 4}, false},
		{"4111111111111111", []int{4, 4, 4, 4}, true},
		{"411111111111", []int{4, 4, 4}, false},
		{"4222222222222", []int{4, 4, 5}, true},
		{"4222222222222", []int{13}, false},
		{"4222222222222", []int{4, 4, 4, 1}, false},
		{"510510510510510", []int{4, 4, 4, 3}, false},
		{"36088300000000", []int{4, 6, 4}, true},
		{"378282246310005", []int{4, 6, 5}, true},
		{"3782822463100050", []int{4, 4, 4, 4}, false},
		{"675964982643", []int{4, 4, 4}, false},
		{"220000000000", []int{4, 4, 4}, false},
		{"1234567890123456", []int{16}, true},
		{"12345678901234567", []int{17}, false},
	} {
		if got := PossibleLength(tt.digits, issuer.Lookup(tt.digits), tt.groups); got != tt.want {
			t.Errorf("PossibleLength of %d digits from %.6s in %v = %v, want %v", len(tt.digits), tt.digits, tt.groups, got, tt.want)
		}
	}
}

func TestCardGroups(t *testing.T) {
	for _, groups := range [][]int{{4, 4, 4, 4}, {4, 4, 4}, {4, 6, 5}, {6, 13}, {6, 9}, {4, 3, 3, 3}} {
		if !CardGroups(groups) {
			t.Errorf("CardGroups(%v) = false, want true", groups)
		}
	}
	for _, groups := range [][]int{{16}, {6, 6}, {1, 6, 6}, {7, 6}, {3, 4, 4, 4}, nil} {
		if CardGroups(groups) {
			t.Errorf("CardGroups(%v) = true, want false", groups)
		}
	}
}

// A number in one block is a card's by length, first digits and check digit of a
// network. The numbers are public test numbers; the others are as long or begin alike.
func TestBlockNumber(t *testing.T) {
	for digits, want := range map[string]bool{
		"4111111111111111": true, "5555555555554444": true, "378282246310005": true, "3530111333300000": true, "6011111111111117": true,
		"30569309025904": true, "6200000000000005": true, "2223003122003222": true,
		"4111111111111112":    false, // check digit
		"1234567812345670":    false, // of no network
		"490154203237518":     false, // a telephone's IMEI
		"4000000000000000006": false, // 19 digits, as orders have
		"620102199001010018":  false, // 18 digits, as China's identity numbers have
		"6759649826438453":    false, // Maestro's first digits are many others', too
	} {
		if got := BlockNumber(digits); got != want {
			t.Errorf("BlockNumber(%.6s…, %d digits) = %v, want %v", digits, len(digits), got, want)
		}
	}
}

func TestWhole(t *testing.T) {
	for digits, want := range map[string]bool{
		"30569309025904": true, "30569309025913": true, "378282246310005": true, "4222222222222": true, "4539718264083": false,
		"411111111111": false, "99309309025904": false, "3056": false, "": false,
	} {
		if got := Whole(digits); got != want {
			t.Errorf("Whole(%.6s…) = %v, want %v", digits, got, want)
		}
	}
}

func TestRows(t *testing.T) {
	for _, tt := range []struct {
		digits string
		groups []int
		want   bool
	}{
		{"346666666652627", []int{4, 4, 4, 3}, true}, {"30569309025913", []int{4, 4, 4, 2}, true}, {"4111111111111111", []int{4, 4, 4, 4}, true},
		{"411111111111111", []int{4, 4, 4, 3}, false}, {"346666666652627", []int{4, 4, 3, 4}, false}, {"993066666652627", []int{4, 4, 4, 3}, false},
	} {
		if got := Rows(tt.digits, Lookup(tt.digits), tt.groups); got != tt.want {
			t.Errorf("Rows(%.6s…, %v) = %v, want %v", tt.digits, tt.groups, got, tt.want)
		}
	}
}

func TestSplitGroups(t *testing.T) {
	for _, tt := range []struct {
		groups []int
		want   bool
	}{
		{[]int{1, 3, 4, 4, 4}, true}, {[]int{4, 2, 2, 4, 4}, true}, {[]int{4, 4, 4, 1, 2, 1}, true}, {[]int{4, 4, 4, 4}, true},
		{[]int{1, 4, 4, 4, 4}, false}, {[]int{3, 4, 4, 4}, false}, {[]int{16}, false}, {[]int{3, 5, 4, 4}, false}, {nil, false},
	} {
		if got := SplitGroups(tt.groups); got != tt.want {
			t.Errorf("SplitGroups(%v) = %v, want %v", tt.groups, got, tt.want)
		}
	}
}
