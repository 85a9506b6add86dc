// Package fit fits a logistic regression: few weights, none of them
// negative, the same for the same samples in the same order.
package fit

import "math"

// Sample is what is known of one case, and how it came out.
type Sample struct {
	X      []float64
	Right  bool
	Weight float64 // how much it counts; 0 is 1
}

// ridge holds back weights that the samples say nothing about: it is the
// weight, in samples, of the belief that a feature of unit deviation has none.
const ridge = 1.0

// sweeps is how often the fit goes over all weights, at most; it ends when
// none moves by more than still.
const (
	sweeps = 2000
	still  = 1e-6
)

// Fit returns the bias and the weights, none below 0, that make the samples
// likeliest, with a small pull towards 0. A feature that speaks against what
// it should speak for gets no weight. Of no samples, all is 0.
func Fit(samples []Sample) (bias float64, weights []float64) {
	if len(samples) == 0 {
		return 0, nil
	}
	n := len(samples[0].X)
	mean, scale := moments(samples, n)
	w := make([]float64, n)
	bias = 0
	z := make([]float64, len(samples)) // the log-odds of each sample
	for range sweeps {
		moved := math.Abs(step(samples, z, &bias, -1, 0, 1, 0))
		for k := range n {
			if scale[k] == 0 {
				continue
			}
			moved = max(moved, math.Abs(step(samples, z, &w[k], k, mean[k], scale[k], ridge)))
		}
		if moved < still {
			break
		}
	}
	for k := range w {
		if scale[k] > 0 {
			w[k] /= scale[k]
			bias -= w[k] * mean[k]
		}
	}
	return bias, w
}

// step moves one weight to where Newton's method wants it, by at most one, and
// not below 0 where it is a feature's (k from 0). It returns the move.
func step(samples []Sample, z []float64, w *float64, k int, mean, scale, pull float64) float64 {
	x := func(s *Sample) float64 {
		if k < 0 {
			return 1
		}
		return (s.X[k] - mean) / scale
	}
	slope, bend := -pull**w, pull
	for i := range samples {
		s := &samples[i]
		p := 1 / (1 + math.Exp(-z[i]))
		v, m := x(s), mass(s)
		slope += m * v * (outcome(s) - p)
		bend += m * v * v * p * (1 - p)
	}
	if bend <= 0 {
		return 0
	}
	move := min(max(slope/bend, -1), 1)
	if k >= 0 {
		move = max(move, -*w)
	}
	if move == 0 {
		return 0
	}
	*w += move
	for i := range samples {
		z[i] += move * x(&samples[i])
	}
	return move
}

func moments(samples []Sample, n int) (mean, scale []float64) {
	mean, scale = make([]float64, n), make([]float64, n)
	total := 0.0
	for i := range samples {
		m := mass(&samples[i])
		total += m
		for k, v := range samples[i].X {
			mean[k] += m * v
		}
	}
	for k := range mean {
		mean[k] /= total
	}
	for i := range samples {
		for k, v := range samples[i].X {
			scale[k] += mass(&samples[i]) * (v - mean[k]) * (v - mean[k])
		}
	}
	for k := range scale {
		if scale[k] = math.Sqrt(scale[k] / total); scale[k] < 1e-9 {
			scale[k] = 0
		}
	}
	return mean, scale
}

func mass(s *Sample) float64 {
	if s.Weight == 0 {
		return 1
	}
	return s.Weight
}

func outcome(s *Sample) float64 {
	if s.Right {
		return 1
	}
	return 0
}
