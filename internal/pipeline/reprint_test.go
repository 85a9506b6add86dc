package pipeline

import (
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/ctc"
)

// The reprint decides between readings that differ in the first digits, and
// between no others.
func TestReprintDecides(t *testing.T) {
	const right, wrong = "6225758888888888", "6228758888888888"
	l := passOver(wrong, .99, 40, 120, geom.Quad{})
	l.number.Hypotheses = &ctc.Hypotheses{List: []ctc.Hypothesis{{Text: wrong, Pixels: -1}, {Text: right, Pixels: -2}, {Text: wrong[:15], Pixels: -9}}}
	l.number.Hypotheses.Weigh(0, nil)
	if !l.firstDigitsInDoubt() {
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
		n := *l.number.Hypotheses
		n.List = slices.Clone(n.List)
		m.number.Hypotheses, m.reprint = &n, tt.first
		m.weighReprint()
		if got := m.top().Text; got != tt.want {
			t.Errorf("%s: top is %s, want %s", tt.name, got, tt.want)
		}
		if p := m.top().P; p > .999 {
			t.Errorf("%s: certain at once: %g", tt.name, p)
		}
	}
	l.number.Hypotheses = &ctc.Hypotheses{List: []ctc.Hypothesis{{Text: right}, {Text: right[:15], Pixels: -4}, {Text: wrong, Pixels: -12}}}
	l.number.Hypotheses.Weigh(0, nil)
	if l.firstDigitsInDoubt() {
		t.Error("a clear number is in doubt")
	}
}

// A clear reprint of other digits contradicts a number, however sure its digits
// are. Other print below it does not.
func TestReprintContradicts(t *testing.T) {
	const number = "6226758888888888"
	for _, tt := range []struct {
		name    string
		reprint map[string]float64
		want    string
	}{
		{"not there", nil, ""},
		{"the same digits", map[string]float64{"6226": .99}, ""},
		{"one other digit", map[string]float64{"6225": .98, "6226": .001}, "6225"},
		{"one other digit, unclear", map[string]float64{"6225": .6, "6226": .3}, ""},
		{"one crop each", map[string]float64{"6225": .95, "6226": .5}, ""},
		{"another text", map[string]float64{"0521": .99}, ""},
	} {
		if got := contradiction(tt.reprint, number); got != tt.want {
			t.Errorf("%s: contradiction %q, want %q", tt.name, got, tt.want)
		}
	}
	for text, want := range map[string]string{"????758888888888": "", "62??758888888888": "", "6?26758888888888": "6225"} {
		if got := contradiction(map[string]float64{"6225": .99}, text); got != want {
			t.Errorf("number with covered digits %s: contradiction %q, want %q", text, got, want)
		}
	}
	if (proof{length: true, inRange: true, card: true, doubled: "6225"}).complete() {
		t.Error("a contradicted number may be accepted")
	}
}
