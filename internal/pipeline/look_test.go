package pipeline

import (
	"math"
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/spell"
	"github.com/kahao/kahao/internal/vision/spell/spelltest"
)

// lookAt is a look at one line that says the text.
func lookAt(text string, p, x, y float64, corners geom.Quad) *look {
	l := spelltest.Printed(text, p, x, y, 16)
	found := &look{corners: corners, parts: []*spell.Line{l}, number: l.Lattice}
	found.conclude(0)
	return found
}

func TestLooksAtOneCard(t *testing.T) {
	left, right := geom.RectQuad(0, 0, 320, 200), geom.RectQuad(400, 0, 320, 200)
	const a, b = "6225758888888888", "6225768888888888"
	one, other := lookAt(a, .99, 40, 120, left), lookAt(b, .9, 440, 120, right)
	again, flipped := lookAt(b, .9, 41, 121, left), lookAt(b, .9, 40, 60, left)
	slices.Reverse(flipped.corners[:])
	if one.sameCard(other) || !one.sameCard(again) || !one.sameCard(flipped) {
		t.Error("looks are not told to be at one card by where their numbers are")
	}
	if !one.sameLine(again) || one.sameLine(flipped) || one.sameLine(other) {
		t.Error("looks are not told to have found one line by where it is")
	}
	s := &session{Reader: &Reader{}}
	looks := s.add(s.add(s.add(nil, one), other), again)
	if len(looks) != 2 {
		t.Fatalf("%d cards, want 2", len(looks))
	}
	if n := len(looks[0].parts[0].Views); n != 6 || looks[0].number.Top().Text != a {
		t.Errorf("fused to %q from %d crops, want %q from 6", looks[0].number.Top().Text, n, a)
	}
}

func TestBetterKnowsTheRivals(t *testing.T) {
	const a, b = "6225758888888888", "6225768888888888"
	best := better(lookAt(b, .988, 40, 60, geom.Quad{}), lookAt(a, .99, 40, 120, geom.Quad{}))
	if best.number.Top().Text != a || best.rivals[0].text != a {
		t.Errorf("the better look says %q, its first rival is %q", best.number.Top().Text, best.rivals[0].text)
	}
	if !slices.ContainsFunc(best.rivals, func(r rival) bool { return r.text == b && r.p > 0 }) {
		t.Error("the other look's reading is not among the rivals")
	}
	sum := 0.0
	for _, r := range best.rivals {
		sum += r.p
	}
	if sum > 1+1e-9 || math.IsNaN(sum) || len(best.rivals) > maxRivals {
		t.Errorf("%d rivals, with %g in all", len(best.rivals), sum)
	}
}

func TestWholeEnough(t *testing.T) {
	s := &session{Reader: &Reader{}}
	read := func(text string, p float64, prior ctc.Prior) *spell.Line {
		l := spelltest.Printed(text, p, 40, 120, 16)
		l.Lattice = ctc.Decode(l.Views, prior)
		return l
	}
	tests := []struct {
		name string
		line *spell.Line
		want bool
	}{
		{"a number", read("6225758888888888", .999, s.prior), true},
		{"of a length that it never has", read("62257588888888888", .999, s.prior), false},
		{"which the prior holds impossible", read("62257588888888888", .999, func(text string) float64 { return -20 * float64(len(text)-12) }), false},
		{"a part", read("62257588", .999, s.prior), true},
		{"a part that is not sure", read("62257588", .93, s.prior), false},
		{"nothing", read("", .999, s.prior), true},
		{"noise", read("62", .3, s.prior), true},
		{"noise as long as a number", read("6225758888888888", .4, s.prior), true},
	}
	for _, tt := range tests {
		if got := wholeEnough(tt.line); got != tt.want {
			t.Errorf("%s: %v; %+v", tt.name, got, tt.line.Top())
		}
	}
}
