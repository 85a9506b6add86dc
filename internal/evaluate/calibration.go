package evaluate

import (
	"cmp"
	"math"
	"slices"
)

// Sample is the confidence of a number given, and whether it was right.
type Sample struct {
	Confidence float64
	Right      bool
}

// Calibration measures the confidences of a slice: how close they are to the
// probability that a number is right, and how well they rank. It covers the
// numbers given; a refusal has no confidence.
type Calibration struct {
	N int `json:"n"`
	// Error10 and Error15 are the expected calibration error over 10 and 15 bins
	// of equal size: the mean distance between the share that is right and the
	// mean confidence.
	Error10 float64 `json:"ece10"`
	Error15 float64 `json:"ece15"`
	// Brier is the mean squared difference of confidence and outcome.
	Brier float64 `json:"brier"`
	// Ranking is the probability that a right number has a higher confidence
	// than a wrong one (the area under the ROC curve); 0 without wrong ones.
	Ranking float64 `json:"auroc"`
	Bins    []Bin   `json:"bins"`
	Tenths  [10]int `json:"tenths"` // numbers by confidence: below 0.1, below 0.2, ...
	Risk    []Risk  `json:"risk"`
}

// Bin holds samples of similar confidence.
type Bin struct {
	From       float64 `json:"from"` // minimum confidence
	To         float64 `json:"to"`   // maximum
	Confidence float64 `json:"mean"`
	Right      Share   `json:"right"`
}

// Risk is the error rate if only the most confident numbers are given.
type Risk struct {
	At       float64 `json:"at"`       // the coverage requested
	Coverage Share   `json:"coverage"` // of all numbers that were there to read
	From     float64 `json:"from"`     // their minimum confidence
	Wrong    Share   `json:"wrong"`    // of the numbers given
}

// Coverages are the shares of a slice at which Calibration states the risk.
var Coverages = []float64{.1, .2, .3, .4, .5, .6, .7, .8, .85, .9, .95, 1}

// Calibrate measures the samples of a slice of n numbers. The order of the
// samples does not matter.
func Calibrate(samples []Sample, n int) Calibration {
	s := slices.Clone(samples)
	slices.SortFunc(s, func(a, b Sample) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), compareBool(b.Right, a.Right))
	})
	c := Calibration{N: len(s), Bins: bins(s, 15)}
	c.Error10, c.Error15 = calibrationError(bins(s, 10)), calibrationError(c.Bins)
	for _, x := range s {
		c.Tenths[min(max(int(10*x.Confidence), 0), 9)]++
		c.Brier += square(x.Confidence-outcomeOf(x)) / float64(len(s))
	}
	c.Ranking = ranking(s)
	c.Risk = risks(s, n)
	return c
}

func compareBool(a, b bool) int {
	return cmp.Compare(outcomeOf(Sample{Right: a}), outcomeOf(Sample{Right: b}))
}

func outcomeOf(s Sample) float64 {
	if s.Right {
		return 1
	}
	return 0
}

func square(x float64) float64 { return x * x }

// bins cuts sorted samples into n bins of equal mass, the least confident
// first. Equal confidences may fall into neighbouring bins.
func bins(sorted []Sample, n int) []Bin {
	var all []Bin
	for k := range n {
		lo, hi := len(sorted)*k/n, len(sorted)*(k+1)/n
		if lo == hi {
			continue
		}
		part := sorted[len(sorted)-hi : len(sorted)-lo]
		b := Bin{From: part[len(part)-1].Confidence, To: part[0].Confidence}
		right := 0
		for _, s := range part {
			b.Confidence += s.Confidence / float64(len(part))
			if s.Right {
				right++
			}
		}
		b.Right = NewShare(right, len(part))
		all = append(all, b)
	}
	return all
}

func calibrationError(bins []Bin) float64 {
	sum, n := 0.0, 0
	for _, b := range bins {
		sum += float64(b.Right.Total) * math.Abs(b.Right.Value()-b.Confidence)
		n += b.Right.Total
	}
	return sum / float64(max(1, n))
}

// ranking is the area under the ROC curve of samples sorted from the most
// confident, ties counting half.
func ranking(sorted []Sample) float64 {
	right, wrong, area := 0.0, 0.0, 0.0
	for i := 0; i < len(sorted); {
		r, w := 0.0, 0.0
		j := i
		for ; j < len(sorted) && sorted[j].Confidence == sorted[i].Confidence; j++ {
			r += outcomeOf(sorted[j])
			w += 1 - outcomeOf(sorted[j])
		}
		area += w * (right + r/2)
		right, wrong, i = right+r, wrong+w, j
	}
	if right == 0 || wrong == 0 {
		return 0
	}
	return area / (right * wrong)
}

// risks returns the risk at the Coverages of n numbers that the samples reach,
// and at their maximum coverage.
func risks(sorted []Sample, n int) []Risk {
	var all []Risk
	at, wrong := 0, 0
	for _, c := range append(slices.Clone(Coverages), float64(len(sorted))/float64(max(1, n))) {
		upTo := int(math.Round(c * float64(n)))
		if upTo == 0 || upTo > len(sorted) || len(all) > 0 && upTo <= at {
			continue
		}
		for ; at < upTo; at++ {
			if !sorted[at].Right {
				wrong++
			}
		}
		all = append(all, Risk{c, NewShare(at, n), sorted[at-1].Confidence, NewShare(wrong, at)})
	}
	return all
}

// Threshold returns the lowest confidence at which the samples at or above it
// are wrong in at most the given share, counting one wrong sample more than there
// are; the number of those samples; and the number of wrong ones. ok is false if
// no threshold qualifies: a share of 1 in 1000 needs 999 right samples.
//
// The extra wrong sample avoids a threshold that holds only because the sample
// is small. For the same reason the search goes down from the most confident
// sample and stops where the condition first fails, even if it holds again below.
func Threshold(samples []Sample, share float64) (from float64, n, wrong int, ok bool) {
	s := slices.Clone(samples)
	slices.SortFunc(s, func(a, b Sample) int { return cmp.Compare(b.Confidence, a.Confidence) })
	bad := 0
	for i, x := range s {
		if !x.Right {
			bad++
		}
		if i+1 < len(s) && s[i+1].Confidence == x.Confidence {
			continue // no threshold separates equal confidences
		}
		if float64(bad+1) <= share*float64(i+2) {
			from, n, wrong, ok = x.Confidence, i+1, bad, true
		} else if ok {
			break
		}
	}
	return from, n, wrong, ok
}
