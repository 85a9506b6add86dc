package pipeline

import (
	"testing"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/expiry"
	"github.com/kahao/kahao/internal/synth/page"
)

// Small dates that stand in one line with a label, the security code or both are read.
func TestDatesInLine(t *testing.T) {
	r, p := onCards(t)
	for _, seed := range []uint64{0, 1, 2, 4} {
		drawn := p.Unusual(seed, page.DateInLine)
		reading, err := r.ReadImage(t.Context(), drawn.Pixels.RGBA(), capture.Extras{})
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if len(reading.Cards) != 1 {
			t.Errorf("seed %d: %d cards, want 1", seed, len(reading.Cards))
			continue
		}
		if got, want := reading.Cards[0].Expiry, drawn.Label.Cards[0].Expiry; got.Text != want || got.Verdict == Reject {
			t.Errorf("seed %d: %q, %s; want %q for review or accepted", seed, got.Text, got.Verdict, want)
		}
	}
}

func TestDateVerdict(t *testing.T) {
	for _, tt := range []struct {
		text string
		p    float64
		want Verdict
	}{
		{"08/27", 0.95, Accept},
		{"88/88", 0.95, Accept},
		{"08/27", 0.7, Review},
		{"12/00", 0.16, Reject},
		{"31/12/28", 0.95, Accept},
		{"05/06/29", 0.95, Review},
		{"97/80", 0.95, Review},
	} {
		found := expiry.Parse(tt.text)
		if len(found) != 1 {
			t.Fatalf("Parse(%q) = %v, want one date", tt.text, found)
		}
		if got := dateVerdict(tt.p, found[0]); got != tt.want {
			t.Errorf("dateVerdict of %s at %g = %s, want %s", tt.text, tt.p, got, tt.want)
		}
	}
}
