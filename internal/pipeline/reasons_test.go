package pipeline

import (
	"slices"
	"testing"
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
