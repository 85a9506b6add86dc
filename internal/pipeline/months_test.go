package pipeline

import (
	"context"
	"testing"

	"github.com/kahao/kahao/capture"
)

// TestNamedDates reads drawn cards whose expiry has the month's name.
func TestNamedDates(t *testing.T) {
	r, p := onCards(t)
	for _, tt := range []struct {
		form     string
		seed     uint64
		embossed bool
		text     string
		verdict  Verdict
	}{
		{"MON YYYY", 78029, true, "AUG 2032", Accept},
		{"Mon YY", 78002, false, "OCT 25", Accept},
		{"YY MON", 78018, false, "27 AUG", Review}, // or a day
		{"DD MON YYYY", 78006, false, "16 NOV 2030", Accept},
	} {
		drawn := p.Dated(tt.seed, tt.form, tt.embossed)
		reading, err := r.ReadImage(context.Background(), drawn.Pixels.RGBA(), capture.Extras{})
		if err != nil {
			t.Fatalf("ReadImage: %v", err)
		}
		if len(reading.Cards) != 1 {
			t.Errorf("%s: %d cards, want 1", tt.form, len(reading.Cards))
			continue
		}
		if e := reading.Cards[0].Expiry; e.Text != tt.text || e.Verdict != tt.verdict {
			t.Errorf("%s of %s: %q, %s; want %q, %s", tt.form, drawn.Label.Cards[0].Expiry, e.Text, e.Verdict, tt.text, tt.verdict)
		}
	}
}
