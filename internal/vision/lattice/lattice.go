// Package lattice turns the probabilities that several crops of a line gave
// into a number, its runners-up and their probabilities.
//
// The strings that any crop finds likely are weighed against all crops by
// their total probability over all alignments, and then by a prior: what
// numbers can be. The prior is a weight, never a gate: numbers outside every
// table are still read.
package lattice

import (
	"cmp"
	"math"
	"slices"
)

// Prior is the log of how much more common a string is than the average one
// that the network was trained on. Nil means that all are alike.
type Prior func(s string) float64

// Candidate is one reading.
type Candidate struct {
	Text   string
	Pixels float64 // log probability from the crops alone
	P      float64 // posterior probability
}

// middling is the log prior given to all the strings that no beam kept.
const middling = -3.0

// Digits returns the likeliest numbers, best first.
func Digits(views []Matrix, prior Prior) []Candidate { return decode(views, prior, false) }

// Dates returns the likeliest strings of digits and slashes, best first.
func Dates(views []Matrix, prior Prior) []Candidate { return decode(views, prior, true) }

func decode(views []Matrix, prior Prior, withSlash bool) []Candidate {
	seen := map[string]bool{}
	var found []Candidate
	for _, m := range views {
		for _, s := range beam(m, withSlash) {
			if seen[s] {
				continue
			}
			seen[s] = true
			found = append(found, Candidate{Text: s, Pixels: fuse(views, s)})
		}
	}
	weigh(found, prior)
	slices.SortStableFunc(found, func(a, b Candidate) int {
		if c := cmp.Compare(b.P, a.P); c != 0 {
			return c
		}
		return cmp.Compare(a.Text, b.Text)
	})
	return found
}

// fuse averages the square roots of the crops' probabilities: between their
// mean, which lets one sure crop win alone, and their product, which lets one
// bad crop spoil the rest.
func fuse(views []Matrix, s string) float64 {
	logs := make([]float64, len(views))
	top := math.Inf(-1)
	for i, m := range views {
		logs[i] = forward(m, s) / 2
		top = math.Max(top, logs[i])
	}
	if math.IsInf(top, -1) {
		return top
	}
	sum := 0.0
	for _, l := range logs {
		sum += math.Exp(l - top)
	}
	return 2 * (top + math.Log(sum/float64(len(views))))
}

// weigh sets the posteriors. What no candidate explains keeps its share: it
// counts as one more reading, with the prior of a middling number.
func weigh(found []Candidate, prior Prior) {
	explained, total := 0.0, 0.0
	for i, c := range found {
		explained += math.Exp(c.Pixels)
		w := c.Pixels
		if prior != nil {
			w += prior(c.Text)
		}
		found[i].P = math.Exp(w)
		total += found[i].P
	}
	rest := math.Max(1e-4, 1-explained)
	if prior != nil {
		rest *= math.Exp(middling)
	}
	total += rest
	for i := range found {
		found[i].P /= total
	}
}
