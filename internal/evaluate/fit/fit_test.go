package fit

import (
	"math"
	"math/rand/v2"
	"testing"
)

// draw makes samples from a model of known weights.
func draw(n int, bias float64, weights ...float64) []Observation {
	r := rand.New(rand.NewPCG(1, 2))
	s := make([]Observation, n)
	for i := range s {
		z := bias
		for _, w := range weights {
			v := 3 + 2*r.NormFloat64()
			s[i].X = append(s[i].X, v)
			z += w * v
		}
		s[i].Right = r.Float64() < 1/(1+math.Exp(-z))
	}
	return s
}

func TestFitRecoversTheModel(t *testing.T) {
	bias, w := Fit(draw(40000, -2, .5, 0, 1))
	for i, want := range []float64{.5, 0, 1} {
		if math.Abs(w[i]-want) > .05 {
			t.Errorf("weight %d is %.3f, want %.3f", i, w[i], want)
		}
	}
	if math.Abs(bias+2) > .15 {
		t.Errorf("bias %.3f, want -2", bias)
	}
}

func TestFitHasNoNegativeWeights(t *testing.T) {
	_, w := Fit(draw(5000, 0, 1, -1))
	if w[1] != 0 || w[0] < .4 {
		t.Errorf("weights %v, want a first of at least 0.4 and a second of 0", w)
	}
}

// At the maximum the weighted outcomes and probabilities balance.
func TestFitIsCalibratedInTheLarge(t *testing.T) {
	s := draw(3000, -1, .7)
	for i := range s {
		s[i].Weight = 1 + float64(i%3)
	}
	bias, w := Fit(s)
	sum := 0.0
	for _, x := range s {
		y := 0.0
		if x.Right {
			y = 1
		}
		sum += x.Weight * (y - 1/(1+math.Exp(-bias-w[0]*x.X[0])))
	}
	if math.Abs(sum) > .01 {
		t.Errorf("weighted outcomes and probabilities differ by %g, want at most 0.01", sum)
	}
}

func TestFitOfLittle(t *testing.T) {
	if bias, w := Fit(nil); bias != 0 || w != nil {
		t.Errorf("Fit(nil) = %v, %v, want 0, nil", bias, w)
	}
	// All right, and one constant feature: no result may be infinite or NaN.
	bias, w := Fit([]Observation{{X: []float64{1, 5}, Right: true}, {X: []float64{2, 5}, Right: true}})
	if math.IsNaN(bias) || math.IsInf(bias, 0) || w[1] != 0 {
		t.Errorf("bias %v, weights %v, want finite ones and 0 for the constant feature", bias, w)
	}
}
