package pipeline

import (
	"testing"

	"github.com/kahao/kahao/internal/expiry"
)

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
