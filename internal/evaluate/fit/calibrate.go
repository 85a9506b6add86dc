package fit

import (
	"errors"
	"fmt"
	"strings"

	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/evaluate"
	"github.com/kahao/kahao/internal/vision/model"
)

// ErrNoThreshold means that at no confidence 99.9 % of the numbers are right.
var ErrNoThreshold = errors.New("no threshold makes 99.9 % of the accepted numbers right: draw more, or read better")

// maxAcceptedWrong is the share of accepted numbers that may be wrong.
const maxAcceptedWrong = 1e-3

// minReview is the probability above which a reading is more likely right than
// wrong.
const minReview = 0.5

// Calibration fits the calibration to the evidence. It returns ErrNoThreshold.
func (e *Evidence) Calibration(o Options, networks *model.Set) (*calibration.Calibration, error) {
	judged := CrossFit(e.Numbers)
	accept, n, wrong, ok := evaluate.Threshold(crossFit(e.Numbers, func(s Sample) bool { return s.Acceptable() }), maxAcceptedWrong)
	if !ok {
		return nil, fmt.Errorf("%d numbers were read: %w", len(judged), ErrNoThreshold)
	}
	metrics := evaluate.Calibrate(judged, len(judged))
	return &calibration.Calibration{
		Version: fmt.Sprintf("corners %s, lines %s, digits %s; seed %d, %d pictures, %d lines",
			release(networks.Corners), release(networks.Lines), release(networks.Digits), o.Seed, o.Images, o.Lines),
		Number: fitMap(e.Numbers), Date: fitMap(e.Dates), Line: fitMap(e.Lines),
		Accept: max(accept, minReview), Review: minReview,
		Fit: calibration.Fit{
			Seed: o.Seed, Pictures: o.Images, Numbers: len(e.Numbers), Wrong: Wrong(judged), Dates: len(e.Dates), Lines: len(e.Lines),
			Error: evaluate.Round(metrics.Error15, 1e4), Ranking: evaluate.Round(metrics.Ranking, 1e4), Accepted: n, AcceptedWrong: wrong,
		},
	}, nil
}

// fitMap fits a map to samples.
func fitMap(samples []Sample) (m calibration.Map) {
	var all []Observation
	for _, s := range samples {
		b := s.Bounded()
		all = append(all, Observation{X: b[:], Right: s.Right})
	}
	bias, weights := Fit(all)
	m.Bias = bias
	copy(m.Weights[:], weights)
	return m
}

// CrossFit judges each sample by the map fitted to the other fold.
func CrossFit(samples []Sample) []evaluate.Sample {
	return crossFit(samples, func(Sample) bool { return true })
}

// crossFit judges the samples that are wanted; the maps are fitted to all.
func crossFit(samples []Sample, wanted func(Sample) bool) []evaluate.Sample {
	var folds [2][]Sample
	for _, s := range samples {
		folds[s.Fold] = append(folds[s.Fold], s)
	}
	judged := make([]evaluate.Sample, 0, len(samples))
	for i, fold := range folds {
		m := fitMap(folds[1-i])
		for _, s := range fold {
			if wanted(s) {
				judged = append(judged, evaluate.Sample{Confidence: m.Probability(s.Evidence), Right: s.Right})
			}
		}
	}
	return judged
}

// Wrong is the number of wrong readings.
func Wrong(judged []evaluate.Sample) int {
	n := 0
	for _, s := range judged {
		if !s.Right {
			n++
		}
	}
	return n
}

// release is the number of a network's version: "3" of "digits 3, 90 minutes".
func release(n model.Network) string {
	words := strings.FieldsFunc(n.Version(), func(r rune) bool { return r == ' ' || r == ',' })
	if len(words) < 2 {
		return n.Version()
	}
	return words[1]
}
