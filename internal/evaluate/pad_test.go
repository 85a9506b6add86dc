package evaluate

import (
	"math"
	"strings"
	"testing"
)

// presented returns presentations with these scores, which warn from 2 on.
func presented(scores ...float64) (all []Presentation) {
	for _, s := range scores {
		all = append(all, Presentation{s, s >= 2})
	}
	return all
}

func TestPAD(t *testing.T) {
	genuine := presented(-3, -2, -1, 0, 0, 1, 1, 1, 3, 4)
	attacks := presented(0, 1, 3, 4, 5, 5, 6, 6, 7, 8)
	p := NewPAD("screen", "screen", genuine, attacks)
	if p.APCER.Count != 2 || p.APCER.Total != 10 {
		t.Errorf("APCER %d of %d, want 2 of 10: the attacks with 0 and 1", p.APCER.Count, p.APCER.Total)
	}
	if p.BPCER.Count != 2 || p.BPCER.Total != 10 {
		t.Errorf("BPCER %d of %d, want 2 of 10: the images with 3 and 4", p.BPCER.Count, p.BPCER.Total)
	}
	if p.EER.Count != 2 {
		t.Errorf("EER %d of %d, want 2 of 10", p.EER.Count, p.EER.Total)
	}
	want := map[float64]int{0.01: 4, 0.05: 4, 0.1: 3} // above 4 there is no genuine image, at 4 one
	for _, at := range p.At {
		if at.APCER.Count != want[at.BPCER] {
			t.Errorf("APCER at BPCER %g: %d of 10, want %d", at.BPCER, at.APCER.Count, want[at.BPCER])
		}
	}
	if p.Limit != 4 {
		t.Errorf("Limit %g, want 4", p.Limit)
	}
}

func TestDETOfSeparateScores(t *testing.T) {
	d := NewDET(presented(-2, -1), presented(1, 2))
	if got := d.EER(); got != 0 {
		t.Errorf("EER of separate scores = %g, want 0", got)
	}
	if got := NewDET(presented(1, 2), presented(1, 2)).EER(); math.Abs(got-0.5) > 0.01 {
		t.Errorf("EER of equal scores = %g, want 0.5", got)
	}
	for i := 1; i < len(d); i++ {
		if d[i].BPCER > d[i-1].BPCER || d[i].APCER < d[i-1].APCER {
			t.Errorf("from threshold %g to %g the rates go from %v to %v, want a falling BPCER and a rising APCER", d[i-1].Threshold, d[i].Threshold, d[i-1], d[i])
		}
	}
}

func TestWriteDET(t *testing.T) {
	var b strings.Builder
	if err := WriteDET(&b, "a title", []NamedDET{{"screen", NewDET(presented(0, 1, 2), presented(1, 2, 3))}}); err != nil {
		t.Fatalf("WriteDET: %v", err)
	}
	for _, want := range []string{"<svg", "a title", "<polyline", "screen, EER", "</svg>"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("the diagram lacks %q", want)
		}
	}
	if strings.Contains(b.String(), "NaN") {
		t.Error("the diagram has a position that is not a number")
	}
}
