package pipeline

import (
	"slices"
	"testing"

	"github.com/kahao/kahao/pan"
)

func TestRanges(t *testing.T) {
	in := func(set ...int) func(int) bool { return func(i int) bool { return slices.Contains(set, i+1) } }
	tests := []struct {
		is   func(int) bool
		want []Reason
	}{
		{in(), nil},
		{in(9, 10, 11, 12), []Reason{{Glare, 8, 12}}},
		{in(1, 3, 4, 16), []Reason{{Glare, 0, 1}, {Glare, 2, 4}, {Glare, 15, 16}}},
		{func(int) bool { return true }, []Reason{{Glare, 0, 0}}},
	}
	for i, tt := range tests {
		if got := ranges(Glare, 16, tt.is); !slices.Equal(got, tt.want) {
			t.Errorf("%d: %v, want %v", i, got, tt.want)
		}
	}
}

// TestWeakDigitsOfMasked: a reprint that contradicts a number with covered digits
// makes the visible ones doubtful, and the number has no PAN.
func TestWeakDigitsOfMasked(t *testing.T) {
	masked, err := pan.NewPartial("62?6758888888888")
	if err != nil {
		t.Fatal(err)
	}
	c := &Card{Masked: masked, proof: proof{doubled: "6225"}}
	for range masked.Len() {
		c.Number.Digits = append(c.Number.Digits, Digit{P: 1})
	}
	want := make([]bool, masked.Len())
	want[3] = true
	if got := weakDigits(c); !slices.Equal(got, want) {
		t.Errorf("weakDigits = %v, want %v", got, want)
	}
}
