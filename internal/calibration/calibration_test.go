package calibration

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestEmbedded(t *testing.T) {
	c, err := Embedded()
	if err != nil {
		t.Fatalf("Embedded: %v", err)
	}
	strong, weak := Evidence{}, Evidence{}
	for i, b := range bounds {
		strong[i], weak[i] = b.to, b.from
	}
	for name, m := range map[string]Map{"number": c.Number, "date": c.Date, "line": c.Line} {
		if p, q := m.Probability(strong), m.Probability(weak); !(p > 0.9 && q < 0.5) {
			t.Errorf("%s: the strongest evidence gives %g, the weakest %g", name, p, q)
		}
	}
}

func TestMoreEvidenceNeverHurts(t *testing.T) {
	c, err := Embedded()
	if err != nil {
		t.Fatalf("Embedded: %v", err)
	}
	for i, b := range bounds {
		last := 0.0
		for step := range 9 {
			var e Evidence
			e[i] = b.from - 1 + float64(step)*(b.to-b.from+2)/8
			if p := c.Number.Probability(e); p < last {
				t.Errorf("%s: %g lowers the probability from %g to %g", b.name, e[i], last, p)
			} else {
				last = p
			}
		}
	}
}

func TestBounded(t *testing.T) {
	var e Evidence
	e[Posterior], e[Margin], e[Height] = math.NaN(), math.Inf(1), math.Inf(-1)
	got := e.Bounded()
	for f, want := range map[Feature]float64{Posterior: -4, Margin: 6, Height: -1, Agreement: 0} {
		if got[f] != want {
			t.Errorf("%s: %g, want %g", f, got[f], want)
		}
	}
}

func TestAcceptable(t *testing.T) {
	var e Evidence
	e[Posterior] = 6
	if e.Acceptable() {
		t.Error("a number at the image's edge is acceptable")
	}
	if e[Inside] = 1; !e.Acceptable() {
		t.Error("a number inside the image is not acceptable")
	}
}

func TestLogisticMap(t *testing.T) {
	m := Map{Bias: -1}
	m.Weights[Margin], m.Weights[Check] = 0.5, 2
	var e Evidence
	e[Margin], e[Check] = 4, -1
	if got, want := m.Probability(e), 1/(1+math.Exp(1)); math.Abs(got-want) > 1e-12 { // -1 + 2 - 2
		t.Errorf("%g, want %g", got, want)
	}
}

func TestJSONRoundTrip(t *testing.T) {
	c := &Calibration{Version: "drawn 10, seed 1", Accept: 0.999, Review: 0.5}
	for i := range Features {
		c.Number.Weights[i] = 1 / float64(i+3)
	}
	c.Number.Bias, c.Date.Weights[Margin], c.Line.Weights[Pixels] = -2.25, 0.1, 1e-3
	data, err := c.JSON()
	if err != nil {
		t.Fatalf("JSON: %v", err)
	}
	got, err := Parse(data)
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	if *got != *c {
		t.Errorf("%+v came back as %+v", *c, *got)
	}
}

func TestParseRefuses(t *testing.T) {
	good, err := (&Calibration{Version: "v", Accept: .9, Review: .5, Number: one(), Date: one(), Line: one()}).JSON()
	if err != nil {
		t.Fatalf("Parse: %v", err)
	}
	if _, err := Parse(good); err != nil {
		t.Fatalf("Parse: %v", err)
	}
	for name, change := range map[string][2]string{
		"no JSON":         {"{", ""},
		"no version":      {`"v"`, `""`},
		"negative weight": {`"posterior": 1`, `"posterior": -1`},
		"unknown feature": {`"posterior": 1`, `"posterior": 1, "mood": 1`},
		"no weight":       {`"posterior": 1`, ``},
		"accept all":      {`0.9`, `0`},
		"accept nothing":  {`0.9`, `1.5`},
		"review above":    {`0.5`, `0.95`},
	} {
		bad := strings.Replace(string(good), change[0], change[1], 1)
		if bad == string(good) {
			t.Fatalf("%s: nothing to change", name)
		}
		if _, err := Parse([]byte(bad)); !errors.Is(err, ErrMalformed) {
			t.Errorf("%s: %v, want ErrMalformed", name, err)
		}
	}
}

func one() Map {
	var m Map
	m.Weights[Posterior] = 1
	return m
}
