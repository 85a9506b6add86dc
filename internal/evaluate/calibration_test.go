package evaluate

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/labels"
)

// many makes n samples of one confidence of which some are right.
func many(confidence float64, n, right int) []Sample {
	var s []Sample
	for i := range n {
		s = append(s, Sample{confidence, i < right})
	}
	return s
}

func TestCalibrationError(t *testing.T) {
	cases := []struct {
		name    string
		samples []Sample
		want    float64
	}{
		{"as claimed", slices.Concat(many(.9, 100, 90), many(.4, 100, 40)), 0},
		{"too sure", slices.Concat(many(.9, 100, 70), many(.5, 100, 50)), .1},
		{"too modest", slices.Concat(many(.6, 50, 50), many(.8, 50, 40)), .2},
		{"nothing", nil, 0},
	}
	for _, c := range cases {
		got := calibrationError(bins(sortedByConfidence(c.samples), 2))
		if math.Abs(got-c.want) > 1e-12 {
			t.Errorf("%s: calibration error %v, want %v", c.name, got, c.want)
		}
	}
	// 15 bins of equal mass: none is empty, and none is left out.
	n := 0
	for _, b := range Calibrate(many(.5, 100, 50), 100).Bins {
		n += b.Right.Total
		if b.Right.Total < 6 || b.Right.Total > 7 {
			t.Errorf("a bin has %d samples, want 6 or 7", b.Right.Total)
		}
	}
	if n != 100 {
		t.Errorf("the bins hold %d samples, want 100", n)
	}
}

func sortedByConfidence(s []Sample) []Sample {
	s = slices.Clone(s)
	slices.SortStableFunc(s, func(a, b Sample) int {
		if a.Confidence > b.Confidence {
			return -1
		}
		return 1
	})
	return s
}

func TestCalibrate(t *testing.T) {
	s := []Sample{{.9, true}, {.8, false}, {.6, true}, {.3, false}}
	c := Calibrate(s, 8)
	// 3 of the 4 pairs of a right and a wrong sample are in order.
	if c.Ranking != .75 {
		t.Errorf("Ranking = %v, want 0.75", c.Ranking)
	}
	if want := (.01 + .64 + .16 + .09) / 4; math.Abs(c.Brier-want) > 1e-12 {
		t.Errorf("Brier = %v, want %v", c.Brier, want)
	}
	if c.Tenths != [10]int{3: 1, 6: 1, 8: 1, 9: 1} {
		t.Errorf("Tenths = %v, want one each in 0.3, 0.6, 0.8 and 0.9", c.Tenths)
	}
	last := c.Risk[len(c.Risk)-1]
	if last.Coverage != NewShare(4, 8) || last.Wrong != NewShare(2, 4) || last.From != .3 {
		t.Errorf("risk at maximum coverage: %+v, want coverage 4 of 8 from 0.3, 2 wrong", last)
	}
	if first := c.Risk[0]; first.Coverage.Count != 1 || first.Wrong.Count != 0 || first.From != .9 {
		t.Errorf("risk at minimum coverage: %+v, want 1 number from 0.9, none wrong", first)
	}
	reversed := slices.Clone(s)
	slices.Reverse(reversed)
	if d := Calibrate(reversed, 8); d.Error15 != c.Error15 || d.Ranking != c.Ranking {
		t.Errorf("samples in reverse order give error %v and ranking %v, want %v and %v", d.Error15, d.Ranking, c.Error15, c.Ranking)
	}
	if tie := Calibrate([]Sample{{.5, true}, {.5, false}}, 2); tie.Ranking != .5 {
		t.Errorf("Ranking of a tie = %v, want 0.5", tie.Ranking)
	}
	if none := Calibrate(nil, 0); none.N != 0 || none.Error15 != 0 || len(none.Risk) != 0 {
		t.Errorf("Calibrate(nil, 0) = %+v, want the zero value", none)
	}
}

func TestThreshold(t *testing.T) {
	cases := []struct {
		name     string
		samples  []Sample
		from     float64
		n, wrong int
		ok       bool
	}{
		{"too few samples", many(.99, 98, 98), 0, 0, 0, false},
		{"just enough", many(.99, 99, 99), .99, 99, 0, true},
		{"one wrong needs twice as many", slices.Concat(many(.99, 99, 99), many(.9, 99, 98)), .99, 99, 0, true},
		{"one wrong with twice as many", slices.Concat(many(.99, 98, 98), many(.9, 101, 100)), .9, 199, 1, true},
		{"beyond a bad start", slices.Concat(many(.99, 50, 49), many(.9, 200, 200)), .9, 250, 1, true},
		{"not beyond a bad stretch", slices.Concat(many(.99, 120, 120), many(.95, 1, 0), many(.9, 400, 400)), .99, 120, 0, true},
		{"ties stay together", slices.Concat(many(.99, 99, 99), many(.9, 1000, 900)), .99, 99, 0, true},
	}
	for _, c := range cases {
		from, n, wrong, ok := Threshold(c.samples, .01)
		if from != c.from || ok != c.ok {
			t.Errorf("%s: threshold %v, %v, want %v, %v", c.name, from, ok, c.from, c.ok)
		}
		if n != c.n || wrong != c.wrong {
			t.Errorf("%s: %d samples, %d wrong, want %d and %d", c.name, n, wrong, c.n, c.wrong)
		}
	}
}

func TestDiagramIsXML(t *testing.T) {
	var b strings.Builder
	c := Calibrate(slices.Concat(many(.9, 100, 80), many(.2, 30, 10)), 200)
	if err := c.WriteDiagram(&b, "photos & <art>"); err != nil {
		t.Fatalf("WriteDiagram: %v", err)
	}
	d := xml.NewDecoder(strings.NewReader(b.String()))
	circles := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("the diagram is not XML: %v", err)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "circle" {
			circles++
		}
	}
	if circles != len(c.Bins) || !strings.Contains(b.String(), "photos &amp; &lt;art&gt;") {
		t.Errorf("%d points for %d bins, or no escaped title, in\n%s", circles, len(c.Bins), b.String())
	}
}

func TestTotalsOfAPlannedSet(t *testing.T) {
	var tally Tally
	add := func(group, unreadable, number, read string) {
		l := Label{Kind: "card", Slices: []labels.Slice{{Dimension: "group", Value: group}, {Dimension: "light", Value: "glare"}}, Cards: []Truth{{Number: Pattern(number), Unreadable: unreadable}}}
		a := Answer{}
		if read != "" {
			a.Cards = []Read{{Number: read, Confidence: .9}}
		}
		tally.Add(l, a)
	}
	add("clean", "", "1111222233334444", "1111222233334444")
	add("clean", "outside", "1111222233334444", "11112222333344")
	add("spoilt in one way", "", "1111222233334444", "")
	add("no number", "", "", "1234567890123")
	got := map[string][4]int{}
	for _, r := range tally.Report().Rows {
		if r.Dimension == "total" {
			got[r.Value] = [4]int{r.N, r.Exact.Count, r.Wrong.Count, r.Refused.Count}
		}
	}
	for value, want := range map[string][4]int{
		"all numbers": {3, 1, 1, 1}, "all but unreadable": {2, 1, 0, 1}, "clean": {1, 1, 0, 0},
		"declared unreadable": {1, 0, 1, 0}, "no number": {1, 0, 1, 0},
	} {
		if got[value] != want {
			t.Errorf("total %s: counts %v, want %v", value, got[value], want)
		}
	}
}
