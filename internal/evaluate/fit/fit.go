// Package fit fits the calibration of confidences to readings of synthetic
// images: logistic regression with few, non-negative weights. It is deterministic
// for the same observations in the same order.
package fit

import "math"

// Observation is the features of one case, and its outcome.
type Observation struct {
	X      []float64
	Right  bool
	Weight float64 // 0 means 1
}

// ridge is the L2 penalty on the weights of features scaled to unit deviation.
const ridge = 1.0

// The fit stops after maxSweeps over all weights, or when none moves by more than
// tolerance.
const (
	maxSweeps = 2000
	tolerance = 1e-6
)

// Fit returns the bias and the non-negative weights of maximum penalised
// likelihood. A feature with a negative effect gets weight 0. Without samples it
// returns 0 and nil.
func Fit(samples []Observation) (bias float64, weights []float64) {
	if len(samples) == 0 {
		return 0, nil
	}
	n := len(samples[0].X)
	mean, scale := moments(samples, n)
	w := make([]float64, n)
	bias = 0
	z := make([]float64, len(samples)) // the log-odds of each sample
	for range maxSweeps {
		moved := math.Abs(step(samples, z, &bias, -1, 0, 1, 0))
		for k := range n {
			if scale[k] == 0 {
				continue
			}
			moved = max(moved, math.Abs(step(samples, z, &w[k], k, mean[k], scale[k], ridge)))
		}
		if moved < tolerance {
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

// step moves one weight by a Newton step of at most 1, and a feature's weight
// (k >= 0) not below 0. It returns the move. pull is the L2 penalty.
func step(samples []Observation, z []float64, w *float64, k int, mean, scale, pull float64) float64 {
	x := func(s *Observation) float64 {
		if k < 0 {
			return 1
		}
		return (s.X[k] - mean) / scale
	}
	gradient, curvature := -pull**w, pull
	for i := range samples {
		s := &samples[i]
		p := 1 / (1 + math.Exp(-z[i]))
		v, m := x(s), mass(s)
		gradient += m * v * (outcome(s) - p)
		curvature += m * v * v * p * (1 - p)
	}
	if curvature <= 0 {
		return 0
	}
	move := min(max(gradient/curvature, -1), 1)
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

func moments(samples []Observation, n int) (mean, scale []float64) {
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

func mass(s *Observation) float64 {
	if s.Weight == 0 {
		return 1
	}
	return s.Weight
}

func outcome(s *Observation) float64 {
	if s.Right {
		return 1
	}
	return 0
}
