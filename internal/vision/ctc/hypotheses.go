// Package ctc turns the probabilities that a network gave for several crops of
// a line into an n-best list of texts (connectionist temporal classification).
//
// A beam search finds the likely texts of each crop. Each of them is weighed by
// its total probability over all alignments, in every crop, and then by a
// prior: what numbers can be. A prior is a weight, never a condition: numbers
// outside every table are still read.
package ctc

import (
	"cmp"
	"math"
	"slices"
)

// Prior is the log of how much more common a text is than the average one that
// the network was trained on. Nil means that all are equally common.
type Prior func(text string) float64

// Hypothesis is one reading of a line.
type Hypothesis struct {
	Text   string
	Parts  []string // of Text, if it was joined
	Pixels float64  // log-likelihood by all crops together; 0 is the greatest
	Prior  float64  // log prior
	P      float64  // posterior probability
}

// Hypotheses is an n-best list: the readings of a line, likeliest first.
type Hypotheses struct {
	List      []Hypothesis
	rest      float64 // log-likelihood of all texts that are not in the list
	restPrior float64 // and their log prior
}

// maxPerCrop is how many texts of each crop are weighed in all crops.
const maxPerCrop = 16

// otherPrior is the log prior of all the texts that no beam search found.
const otherPrior = -3.0

// missProb is added to every probability that a crop gives: a crop that finds
// nothing likely abstains, instead of vetoing what the others see. Of the
// values tried on synthetic lines it gives the ground truth the most
// probability.
const missProb = 0.01

// weight is the weight of n crops together, in crops. They show the same
// pixels, so each one adds less. Fitted on synthetic lines: 1 for two or three,
// 2 for eight.
func weight(n int) float64 { return math.Max(1, math.Sqrt(float64(n)/2)) }

// Decoded is one crop: its matrix, and the texts that are likely by it alone.
type Decoded struct {
	Matrix
	likely []string
}

// DecodeDigits decodes a crop of a number.
func DecodeDigits(m Matrix) *Decoded { return decode(m, false) }

// DecodeDates decodes a crop of digits and slashes.
func DecodeDates(m Matrix) *Decoded { return decode(m, true) }

func decode(m Matrix, withSlash bool) *Decoded {
	likely := beam(m, withSlash)
	return &Decoded{m, likely[:min(maxPerCrop, len(likely))]}
}

// Combine returns the n-best list of all crops together, under a prior.
func Combine(crops []*Decoded, prior Prior) *Hypotheses {
	seen := map[string]bool{}
	h := &Hypotheses{}
	rest := make([]float64, len(crops)) // probability of each crop that no text in the list has
	for i := range rest {
		rest[i] = 1
	}
	p := make([]float64, len(crops))
	var partial variants
	for _, c := range crops {
		for _, text := range c.likely {
			if seen[text] {
				continue
			}
			seen[text] = true
			for i, c := range crops {
				p[i] = forward(c.Matrix, text)
				rest[i] -= p[i]
			}
			if HasCovered(text) {
				partial = partial.add(text, p, prior)
				continue
			}
			h.List = append(h.List, Hypothesis{Text: text, Pixels: combine(p)})
		}
	}
	for _, v := range partial {
		h.List = append(h.List, Hypothesis{Text: v.text, Pixels: combine(v.p)})
	}
	h.rest = combine(rest)
	h.setPrior(prior)
	return h
}

// combine is the log-likelihood of a text to which each crop gives a
// probability in p.
func combine(p []float64) float64 {
	sum := 0.0
	for _, v := range p {
		sum += math.Log((math.Max(0, v) + missProb) / (1 + missProb))
	}
	return weight(len(p)) * sum / float64(len(p))
}

// setPrior sets the priors of a new list.
func (h *Hypotheses) setPrior(prior Prior) {
	if prior != nil {
		h.restPrior = otherPrior
		for i := range h.List {
			h.List[i].Prior = prior(h.List[i].Text)
		}
	}
	h.normalise()
}

// Weigh adds w to the log priors of the likeliest n hypotheses.
func (h *Hypotheses) Weigh(n int, w func(text string) float64) {
	for i := range h.List[:min(n, len(h.List))] {
		h.List[i].Prior += w(h.List[i].Text)
	}
	h.normalise()
}

// normalise sets the posteriors and the order.
func (h *Hypotheses) normalise() {
	total := math.Exp(h.rest + h.restPrior)
	for i, c := range h.List {
		h.List[i].P = math.Exp(c.Pixels + c.Prior)
		total += h.List[i].P
	}
	for i := range h.List {
		h.List[i].P /= total
	}
	slices.SortStableFunc(h.List, func(a, b Hypothesis) int {
		return cmp.Or(cmp.Compare(b.P, a.P), cmp.Compare(a.Text, b.Text))
	})
}

// Top returns the likeliest hypothesis, or the zero one if there is none.
func (h *Hypotheses) Top() Hypothesis {
	if h == nil || len(h.List) == 0 {
		return Hypothesis{}
	}
	return h.List[0]
}

// MaxPixels returns the greatest log-likelihood in the list, whatever the
// priors are.
func (h *Hypotheses) MaxPixels() float64 {
	most := math.Inf(-1)
	for _, c := range h.List {
		most = math.Max(most, c.Pixels)
	}
	return most
}

// Margin returns by how much the crops prefer the top hypothesis to the best
// of the others, whatever the priors are; infinite if there is no other.
func (h *Hypotheses) Margin() float64 {
	next := math.Inf(-1)
	for _, c := range h.List[min(1, len(h.List)):] {
		next = math.Max(next, c.Pixels)
	}
	return h.Top().Pixels - next
}

// joinWidth is how many hypotheses of each part take part in a join.
const joinWidth = 4

// Join returns the n-best list of texts that consist of one text of each part,
// in order, such as a number set on two lines. The prior is of the whole text.
func Join(parts []*Hypotheses, prior Prior) *Hypotheses {
	whole := &Hypotheses{List: []Hypothesis{{}}}
	explained := 1.0
	for _, part := range parts {
		options := slices.Clone(part.List)
		slices.SortStableFunc(options, func(a, b Hypothesis) int { return cmp.Compare(b.Pixels, a.Pixels) })
		options = options[:min(joinWidth, len(options))]
		var longer []Hypothesis
		for _, c := range whole.List {
			for _, o := range options {
				longer = append(longer, Hypothesis{
					Text: c.Text + o.Text, Parts: append(slices.Clone(c.Parts), o.Text), Pixels: c.Pixels + o.Pixels,
				})
			}
		}
		whole.List = longer
		likely := 0.0
		for _, o := range part.List {
			likely += math.Exp(o.Pixels)
		}
		explained *= likely / (likely + math.Exp(part.rest))
	}
	whole.List = distinct(whole.List)
	whole.rest = math.Log(1 - explained + 1e-9)
	whole.setPrior(prior)
	return whole
}

// distinct keeps the likeliest of the hypotheses with one text: "12"+"34" and
// "123"+"4" are the same number.
func distinct(all []Hypothesis) []Hypothesis {
	slices.SortStableFunc(all, func(a, b Hypothesis) int {
		return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(b.Pixels, a.Pixels))
	})
	return slices.CompactFunc(all, func(a, b Hypothesis) bool { return a.Text == b.Text })
}
