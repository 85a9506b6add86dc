package pipeline

import (
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/ctc"
)

// The digits beneath decide between readings that differ there, and between
// no others.
func TestFirstDigitsDecide(t *testing.T) {
	const right, wrong = "6225758888888888", "6228758888888888"
	l := lookAt(wrong, .99, 40, 120, geom.Quad{})
	l.number = &ctc.Lattice{Candidates: []ctc.Candidate{{Text: wrong, Pixels: -1}, {Text: right, Pixels: -2}, {Text: wrong[:15], Pixels: -9}}}
	l.number.Weigh(0, nil)
	if !l.doubted() {
		t.Fatal("nothing is in doubt")
	}
	for _, tt := range []struct {
		name  string
		first map[string]float64
		want  string
	}{
		{"nothing there", nil, wrong},
		{"something else there", map[string]float64{"0521": .9}, wrong},
		{"hardly anything", map[string]float64{"6225": .01}, wrong},
		{"the digits", map[string]float64{"6225": .8, "6223": .1}, right},
		{"both", map[string]float64{"6225": .4, "6228": .5}, wrong},
	} {
		m := *l
		n := *l.number
		n.Candidates = append([]ctc.Candidate(nil), n.Candidates...)
		m.number, m.first = &n, tt.first
		m.weighFirst()
		if got := m.number.Top().Text; got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
		if p := m.number.Top().P; p > .999 {
			t.Errorf("%s: certain at once: %g", tt.name, p)
		}
	}
	l.number = &ctc.Lattice{Candidates: []ctc.Candidate{{Text: right}, {Text: right[:15], Pixels: -4}, {Text: wrong, Pixels: -12}}}
	l.number.Weigh(0, nil)
	if l.doubted() {
		t.Error("a clear number is in doubt")
	}
}
