package pipeline

import (
	"testing"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/synth/page"
)

// Numbers on screens, where the network for cards' lines finds them badly or
// not at all, are found by the shapes of their characters.
func TestPrintedNumbers(t *testing.T) {
	r, p := onCards(t)
	for _, seed := range []uint64{990007, 990011, 990067} {
		drawn := p.Copy(seed, page.Screen)
		reading, err := r.ReadImage(t.Context(), drawn.Pixels.RGBA(), capture.Extras{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if len(reading.Cards) != 1 || reading.Cards[0].PAN.Reveal() != drawn.Label.Cards[0].Number {
			t.Errorf("seed %d: %d cards, want one with the drawn number", seed, len(reading.Cards))
		}
	}
}
