package ctc

import (
	"slices"
	"strings"
)

// HasCovered reports whether digits of a text are covered.
func HasCovered(text string) bool { return strings.IndexByte(text, CoveredDigit) >= 0 }

// CoveredProb returns the posterior probability that digits are covered.
func (h *Hypotheses) CoveredProb() float64 {
	p := 0.0
	for _, c := range h.List {
		if HasCovered(c.Text) {
			p += c.P
		}
	}
	return p
}

// SameSeen reports whether two texts are equal but for the counts of covered
// digits that follow each other.
func SameSeen(a, b string) bool { return a == b || HasCovered(a) && seen(a) == seen(b) }

// seen returns the text with each run of covered digits as one.
func seen(text string) string {
	return string(slices.CompactFunc([]byte(text), func(a, b byte) bool { return a == b && a == CoveredDigit }))
}

// variant is the texts that are equal but for the counts of covered digits that
// follow each other. How many digits a bar covers is often unclear, and crops
// disagree about it, so these texts are one hypothesis with the probability of
// all of them. Its text is the likeliest one.
type variant struct {
	seen, text string
	likely     float64
	p          []float64 // for each crop
}

type variants []variant

// add adds a text to which the crops give the probabilities p.
func (v variants) add(text string, p []float64, prior Prior) variants {
	likely := combine(p)
	if prior != nil {
		likely += prior(text)
	}
	key := seen(text)
	i := slices.IndexFunc(v, func(w variant) bool { return w.seen == key })
	if i < 0 {
		return append(v, variant{key, text, likely, slices.Clone(p)})
	}
	w := &v[i]
	for k := range p {
		w.p[k] += p[k]
	}
	if likely > w.likely {
		w.text, w.likely = text, likely
	}
	return v
}
