package pipeline

import (
	"math"
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/multiline"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/recognize/linetest"
)

// passOver returns a pass that read one line as the text.
func passOver(text string, p, x, y float64, corners geom.Quad) *pass {
	l := linetest.Printed(text, p, x, y, 16)
	found := &pass{corners: corners, number: multiline.Number{Parts: []*recognize.Line{l}, Hypotheses: l.Hypotheses}}
	found.setScore(0)
	return found
}

func TestSameCardAndLine(t *testing.T) {
	left, right := geom.RectQuad(0, 0, 320, 200), geom.RectQuad(400, 0, 320, 200)
	const a, b = "6225758888888888", "6225768888888888"
	one, other := passOver(a, .99, 40, 120, left), passOver(b, .9, 440, 120, right)
	again, flipped := passOver(b, .9, 41, 121, left), passOver(b, .9, 40, 60, left)
	slices.Reverse(flipped.corners[:])
	if one.sameCard(other) || !one.sameCard(again) || !one.sameCard(flipped) {
		t.Error("sameCard does not go by where the numbers are")
	}
	if !one.sameLine(again) || one.sameLine(flipped) || one.sameLine(other) {
		t.Error("sameLine does not go by where the line is")
	}
	r := &Reader{}
	passes := r.merge(r.merge(r.merge(nil, one), other), again)
	if len(passes) != 2 {
		t.Fatalf("%d cards, want 2", len(passes))
	}
	if n := len(passes[0].number.Parts[0].Decoded); n != 6 || passes[0].top().Text != a {
		t.Errorf("fused to %q from %d crops, want %q from 6", passes[0].top().Text, n, a)
	}
}

func TestBetterKeepsRivals(t *testing.T) {
	const a, b = "6225758888888888", "6225768888888888"
	best := better(passOver(b, .988, 40, 60, geom.Quad{}), passOver(a, .99, 40, 120, geom.Quad{}))
	if best.top().Text != a || best.rivals[0].text != a {
		t.Errorf("the better pass has %q, its first rival is %q", best.top().Text, best.rivals[0].text)
	}
	if !slices.ContainsFunc(best.rivals, func(r rival) bool { return r.text == b && r.p > 0 }) {
		t.Error("the other pass's reading is not among the rivals")
	}
	sum := 0.0
	for _, r := range best.rivals {
		sum += r.p
	}
	if sum > 1+1e-9 || math.IsNaN(sum) || len(best.rivals) > maxRivals {
		t.Errorf("%d rivals, with %g in all", len(best.rivals), sum)
	}
}

func TestNumberEnough(t *testing.T) {
	read := func(text string, p float64, prior ctc.Prior) *recognize.Line {
		l := linetest.Printed(text, p, 40, 120, 16)
		l.Hypotheses = ctc.Combine(l.Decoded, prior)
		return l
	}
	tests := []struct {
		name string
		line *recognize.Line
		want bool
	}{
		{"a number", read("6225758888888888", .999, LuhnPrior.prior), true},
		{"of a length that it never has", read("62257588888888888", .999, LuhnPrior.prior), false},
		{"which the prior holds impossible", read("62257588888888888", .999, func(text string) float64 { return -20 * float64(len(text)-12) }), false},
		{"a part", read("62257588", .999, LuhnPrior.prior), true},
		{"a part that is not sure", read("62257588", .93, LuhnPrior.prior), false},
		{"nothing", read("", .999, LuhnPrior.prior), true},
		{"noise", read("62", .3, LuhnPrior.prior), true},
		{"noise as long as a number", read("6225758888888888", .4, LuhnPrior.prior), true},
	}
	for _, tt := range tests {
		if got := numberEnough(tt.line); got != tt.want {
			t.Errorf("%s: %v; %+v", tt.name, got, tt.line.Top())
		}
	}
}
