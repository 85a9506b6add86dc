package fit

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/pan"
)

func TestAdd(t *testing.T) {
	one := evaluate.Label{Cards: []evaluate.Truth{{Number: "4111111111111111", Dates: evaluate.ParseDates("08/20,08/25")}}}
	two := evaluate.Label{Cards: []evaluate.Truth{
		{Number: "4111111111111111", Dates: evaluate.ParseDates("08/25")},
		{Number: "5555555555554444", Dates: evaluate.ParseDates("01/30")},
	}}
	none := evaluate.Label{Cards: []evaluate.Truth{{}}}
	aug25, jan30 := pipeline.Date{Text: "08/25", Month: 8, Year: 2025}, pipeline.Date{Text: "01/30", Month: 1, Year: 2030}
	cases := []struct {
		name         string
		label        evaluate.Label
		number       string
		expiry       pipeline.Date
		right, dated bool
	}{
		{"right", one, "4111111111111111", aug25, true, true},
		{"wrong number, right date", one, "4111111111111112", aug25, false, true},
		{"wrong date", one, "4111111111111111", jan30, true, false},
		{"the second card", two, "5555555555554444", jan30, true, true},
		{"another card's date", two, "5555555555554444", aug25, true, false},
		{"which card?", two, "4000000000000002", aug25, false, false},
		{"no number there", none, "4111111111111111", aug25, false, false},
		{"no card there", evaluate.Label{}, "4111111111111111", aug25, false, false},
	}
	for _, c := range cases {
		card := &pipeline.Card{Expiry: c.expiry}
		card.PAN, _ = pan.New(c.number)
		var e Evidence
		e.add(1, c.label, card)
		if len(e.Numbers) != 1 || len(e.Dates) != 1 || e.Numbers[0].Right != c.right || e.Dates[0].Right != c.dated || e.Numbers[0].Fold != 1 {
			t.Errorf("%s: %+v", c.name, e)
		}
	}
	var e Evidence
	e.add(0, one, &pipeline.Card{})
	if len(e.Dates) != 0 {
		t.Error("a date that was not read is judged")
	}
}

// samples are right as often as their first feature says, in two folds of
// which the second says nothing.
func samples(n int) []Sample {
	r := rand.New(rand.NewPCG(1, 1))
	all := make([]Sample, n)
	for i := range all {
		s := &all[i]
		s.Evidence[calibration.Posterior] = 4*r.Float64() - 1
		s.Right = r.Float64() < 1/(1+math.Exp(-2*s.Evidence[calibration.Posterior]))
		s.Fold = i % 2
	}
	return all
}

func TestFitMapFindsTheOdds(t *testing.T) {
	m := fitMap(samples(20000))
	if w := m.Weights[calibration.Posterior]; math.Abs(w-2) > .1 || math.Abs(m.Bias) > .1 {
		t.Errorf("weight %.2f, bias %.2f", w, m.Bias)
	}
	for f, w := range m.Weights {
		if w < 0 || calibration.Feature(f) != calibration.Posterior && w != 0 {
			t.Errorf("%v has weight %g", calibration.Feature(f), w)
		}
	}
}

// A reading must not be judged by a map that has seen it: where the folds
// disagree, each gets the other's word.
func TestCrossFitJudgesByTheOtherFold(t *testing.T) {
	all := samples(4000)
	for i := range all {
		if all[i].Fold == 1 {
			all[i].Right = true
		}
	}
	judged := CrossFit(all)
	if len(judged) != len(all) {
		t.Fatalf("%d of %d judged", len(judged), len(all))
	}
	sure := 0
	for _, s := range judged[:2000] { // the first fold, by the second's map
		if s.Confidence > .99 {
			sure++
		}
	}
	if sure != 2000 {
		t.Errorf("%d of 2000 are judged by the fold in which all are right", sure)
	}
}

// Readings that are never accepted have no say in the threshold.
func TestCrossFitOfTheAcceptable(t *testing.T) {
	var all []Sample
	for i := range 40 {
		s := Sample{Right: i%4 != 0, Fold: i % 2}
		s.Evidence[calibration.Margin] = float64(i % 5)
		if i < 10 {
			s.Evidence[calibration.Inside] = 1
		}
		all = append(all, s)
	}
	if n := len(crossFit(all, func(s Sample) bool { return s.Acceptable() })); n != 10 {
		t.Errorf("%d are acceptable, want 10", n)
	}
	if n := len(CrossFit(all)); n != len(all) {
		t.Errorf("%d of %d", n, len(all))
	}
}
