package pipeline

import (
	"os"
	"testing"

	"github.com/kahao/kahao/internal/calibration"
)

// The check digit is evidence unless LuhnOff.
func TestLuhnModes(t *testing.T) {
	data, err := os.ReadFile("../../testdata/card.jpg")
	if err != nil {
		t.Fatalf("os.ReadFile: %v", err)
	}
	for mode, want := range map[LuhnMode]bool{LuhnPrior: true, LuhnStrict: true, LuhnOff: false} {
		r, err := New(Options{Luhn: mode})
		if err != nil {
			t.Fatalf("New: %v", err)
		}
		reading, err := r.Read(t.Context(), data)
		if err != nil {
			t.Fatalf("Read: %v", err)
		}
		if len(reading.Cards) != 1 {
			t.Fatalf("mode %d: %d cards, want 1", mode, len(reading.Cards))
		}
		if got := reading.Cards[0].Number.Evidence[calibration.Check] != 0; got != want {
			t.Errorf("mode %d: the check digit is evidence: %v, want %v", mode, got, want)
		}
	}
}
