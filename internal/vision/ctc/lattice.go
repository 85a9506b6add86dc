// Package ctc turns the probabilities that several crops of a line gave
// into a number, its runners-up and their probabilities.
//
// The strings that any crop finds likely are weighed against all crops by
// their total probability over all alignments, and then by priors: what
// numbers can be. A prior is a weight, never a gate: numbers outside every
// table are still read.
package ctc

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
	Parts  []string // of a joined one
	Pixels float64  // what the crops together say, in nats; 0 is the most
	Prior  float64  // what the priors say
	P      float64  // posterior probability
}

// Lattice is the readings of a line, the likeliest first.
type Lattice struct {
	Candidates []Candidate
	rest       float64 // what the crops say of all strings that are no candidate
	prior      float64 // and the prior of those
}

// kept is how many strings of each view are weighed against all views.
const kept = 16

// middling is the log prior given to all the strings that no beam kept.
const middling = -3.0

// doubt is added to every probability that a crop gives: a crop that finds
// nothing likely says nothing, instead of vetoing what the others see. Of the
// values tried on drawn lines it gives the truth the most probability.
const doubt = 0.01

// weight is how much the crops together count, in crops: they show the same
// pixels, so that each new one adds less. Fitted on drawn lines: 1 for two or
// three, 2 for eight.
func weight(views int) float64 { return math.Max(1, math.Sqrt(float64(views)/2)) }

// View is what one crop said: its matrix, and the strings that it finds
// likely by itself.
type View struct {
	Matrix
	likely []string
}

// Digits is the view of a crop of a number.
func Digits(m Matrix) *View { return newView(m, false) }

// Dates is the view of a crop of digits and slashes.
func Dates(m Matrix) *View { return newView(m, true) }

func newView(m Matrix, withSlash bool) *View {
	likely := beam(m, withSlash)
	return &View{m, likely[:min(kept, len(likely))]}
}

// Decode returns the likeliest strings by all views, under a prior.
func Decode(views []*View, prior Prior) *Lattice {
	seen := map[string]bool{}
	l := &Lattice{}
	rest := make([]float64, len(views)) // probability that no candidate explains
	for i := range rest {
		rest[i] = 1
	}
	for _, v := range views {
		for _, s := range v.likely {
			if seen[s] {
				continue
			}
			seen[s] = true
			p := make([]float64, len(views))
			for i, v := range views {
				p[i] = math.Exp(forward(v.Matrix, s))
				rest[i] -= p[i]
			}
			l.Candidates = append(l.Candidates, Candidate{Text: s, Pixels: fuse(p)})
		}
	}
	l.rest = fuse(rest)
	l.weigh(prior)
	return l
}

// fuse is what the crops say together of a string to which each gives the
// probability in p.
func fuse(p []float64) float64 {
	sum := 0.0
	for _, v := range p {
		sum += math.Log((math.Max(0, v) + doubt) / (1 + doubt))
	}
	return weight(len(p)) * sum / float64(len(p))
}

// weigh sets the priors of fresh candidates.
func (l *Lattice) weigh(prior Prior) {
	if prior != nil {
		l.prior = middling
		for i := range l.Candidates {
			l.Candidates[i].Prior = prior(l.Candidates[i].Text)
		}
	}
	l.normalise()
}

// Weigh adds to the priors of the likeliest n candidates what w says of them.
func (l *Lattice) Weigh(n int, w func(s string) float64) {
	for i := range l.Candidates[:min(n, len(l.Candidates))] {
		l.Candidates[i].Prior += w(l.Candidates[i].Text)
	}
	l.normalise()
}

// normalise sets the posteriors and the order.
func (l *Lattice) normalise() {
	total := math.Exp(l.rest + l.prior)
	for i, c := range l.Candidates {
		l.Candidates[i].P = math.Exp(c.Pixels + c.Prior)
		total += l.Candidates[i].P
	}
	for i := range l.Candidates {
		l.Candidates[i].P /= total
	}
	slices.SortStableFunc(l.Candidates, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(b.P, a.P), cmp.Compare(a.Text, b.Text))
	})
}

// Top is the likeliest candidate; the zero one where there is none.
func (l *Lattice) Top() Candidate {
	if l == nil || len(l.Candidates) == 0 {
		return Candidate{}
	}
	return l.Candidates[0]
}

// Seen is what the crops say of the reading that they find likeliest, whatever
// the priors say.
func (l *Lattice) Seen() float64 {
	most := math.Inf(-1)
	for _, c := range l.Candidates {
		most = math.Max(most, c.Pixels)
	}
	return most
}

// Margin is by how much the crops prefer the likeliest reading to the one that
// they find next best, whatever the priors say; infinite where there is none.
func (l *Lattice) Margin() float64 {
	next := math.Inf(-1)
	for _, c := range l.Candidates[min(1, len(l.Candidates)):] {
		next = math.Max(next, c.Pixels)
	}
	return l.Top().Pixels - next
}

// joinWidth is how many readings of each part take part in a join.
const joinWidth = 4

// Join is the readings of parts that make up one string in order, such as a
// number set on two lines, under a prior of the whole.
func Join(parts []*Lattice, prior Prior) *Lattice {
	whole := &Lattice{Candidates: []Candidate{{}}}
	explained := 1.0
	for _, part := range parts {
		options := slices.Clone(part.Candidates)
		slices.SortStableFunc(options, func(a, b Candidate) int { return cmp.Compare(b.Pixels, a.Pixels) })
		options = options[:min(joinWidth, len(options))]
		var longer []Candidate
		for _, c := range whole.Candidates {
			for _, o := range options {
				longer = append(longer, Candidate{
					Text: c.Text + o.Text, Parts: append(slices.Clone(c.Parts), o.Text), Pixels: c.Pixels + o.Pixels,
				})
			}
		}
		whole.Candidates = longer
		likely := 0.0
		for _, o := range part.Candidates {
			likely += math.Exp(o.Pixels)
		}
		explained *= likely / (likely + math.Exp(part.rest))
	}
	whole.Candidates = distinct(whole.Candidates)
	whole.rest = math.Log(1 - explained + 1e-9)
	whole.weigh(prior)
	return whole
}

// distinct keeps of candidates with one text the likeliest: "12"+"34" and
// "123"+"4" are the same number.
func distinct(all []Candidate) []Candidate {
	slices.SortStableFunc(all, func(a, b Candidate) int {
		return cmp.Or(cmp.Compare(a.Text, b.Text), cmp.Compare(b.Pixels, a.Pixels))
	})
	return slices.CompactFunc(all, func(a, b Candidate) bool { return a.Text == b.Text })
}
