package kahao

import (
	"math"

	"github.com/kahao/kahao/internal/card/prior"
	"github.com/kahao/kahao/internal/vision/lattice"
	"github.com/kahao/kahao/internal/vision/spell"
)

// A number may be set on several lines: in two halves, four rows of four, or
// with gaps too wide for one line. Parts of one number are lines of nearly one
// height, one below or beside the other.
const (
	maxParts   = 5
	minPart    = 2 // digits
	maxPart    = 8
	sameHeight = 1.4 // the higher over the lower
	nearPart   = 4.0 // from a part to the next, in digit heights

	// leftOut is the weight, in nats, of a number that leaves out the row above
	// its first or below its last one.
	leftOut = -4.0
)

// assemble makes the number out of the pieces of a card, top to bottom: the
// likeliest of those that are a whole number by themselves, and of the runs
// of short ones that make one together.
func (s *session) assemble(pieces []*spell.Line) (parts []*spell.Line, number *lattice.Lattice) {
	best := math.Inf(-1)
	consider := func(p []*spell.Line, l *lattice.Lattice, out float64) {
		top := l.Top()
		if n := len(top.Text); n < prior.MinDigits || n > prior.MaxDigits {
			return
		}
		if weight := top.Pixels + top.Prior + out; weight > best {
			parts, number, best = p, l, weight
		}
	}
	for i, p := range pieces {
		consider([]*spell.Line{p}, p.Lattice, 0)
		count := len(p.Top().Text)
		if count < minPart || count >= prior.MinDigits {
			continue
		}
		for j := i + 1; j < len(pieces) && j < i+maxParts && leadsTo(pieces[j-1], pieces[j]); j++ {
			n := len(pieces[j].Top().Text)
			if count += n; n < 1 || count > prior.MaxDigits+maxPart {
				break
			}
			if count < prior.MinDigits {
				continue
			}
			out := 0.0
			if i > 0 && rowUnder(pieces[i-1], p) {
				out += leftOut
			}
			if j+1 < len(pieces) && rowUnder(pieces[j], pieces[j+1]) {
				out += leftOut
			}
			consider(pieces[i:j+1:j+1], s.join(pieces[i:j+1]), out)
		}
	}
	return parts, number
}

// leadsTo reports whether q can be the part of a number that follows p.
func leadsTo(p, q *spell.Line) bool {
	low, high := min(p.Height, q.Height), max(p.Height, q.Height)
	if high > sameHeight*low {
		return false
	}
	down := (q.Left.Y + q.Right.Y - p.Left.Y - p.Right.Y) / 2
	if down > low/2 { // the next row begins under this one, or before it
		return down < nearPart*high && q.Left.X < p.Right.X
	}
	return q.Left.X > p.Right.X-low && q.Left.X-p.Right.X < 2*nearPart*high
}

func (s *session) join(pieces []*spell.Line) *lattice.Lattice {
	all := make([]*lattice.Lattice, len(pieces))
	for i, p := range pieces {
		all[i] = p.Lattice
	}
	return lattice.Join(all, s.prior)
}
