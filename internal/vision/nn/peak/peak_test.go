package peak

import (
	"testing"

	"github.com/kahao/kahao/internal/vision/nn"
)

func TestGFLOPS(t *testing.T) {
	for _, isa := range nn.ISAs() {
		g := GFLOPS(isa)
		if isa == "generic" {
			if g != 0 {
				t.Errorf("generic: %g, but there is no such loop", g)
			}
			continue
		}
		if g <= 0 {
			t.Errorf("GFLOPS(%q) = %g, want a plausible value", isa, g)
		}
		t.Logf("%s: %.1f GFLOP/s", isa, g)
	}
}
