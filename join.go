package kahao

import (
	"math"

	"github.com/kahao/kahao/internal/vision/lattice"
)

// A number may be set on several lines: in two halves, four rows of four, or
// with gaps too wide for one line. Parts of one number are lines of nearly one
// height, one below or beside the other.
const (
	maxParts   = 5
	minPart    = 2   // digits
	sameHeight = 1.4 // the higher over the lower
	nearPart   = 4.0 // from a part to the next, in digit heights
)

// assemble makes the number out of the pieces of a card, top to bottom: the
// likeliest of those that are a whole number by themselves, and of the runs
// of short ones that make one together.
func (s *session) assemble(pieces []*piece) (parts []*piece, number *lattice.Lattice) {
	best := math.Inf(-1)
	consider := func(p []*piece, l *lattice.Lattice) {
		top := l.Top()
		if n := len(top.Text); n < minDigits || n > maxDigits {
			return
		}
		if weight := top.Pixels + top.Prior; weight > best {
			parts, number, best = p, l, weight
		}
	}
	for i, p := range pieces {
		consider([]*piece{p}, p.lattice)
		count := len(p.lattice.Top().Text)
		if count < minPart || count >= minDigits {
			continue
		}
		for j := i + 1; j < len(pieces) && j < i+maxParts && pieces[j-1].leadsTo(pieces[j]); j++ {
			n := len(pieces[j].lattice.Top().Text)
			if count += n; n < minPart || count > maxDigits {
				break
			}
			if count >= minDigits {
				consider(pieces[i:j+1:j+1], s.join(pieces[i:j+1]))
			}
		}
	}
	return parts, number
}

// leadsTo reports whether q can be the part of a number that follows p.
func (p *piece) leadsTo(q *piece) bool {
	low, high := min(p.strip.Height, q.strip.Height), max(p.strip.Height, q.strip.Height)
	if high > sameHeight*low {
		return false
	}
	down := (q.strip.Left.Y + q.strip.Right.Y - p.strip.Left.Y - p.strip.Right.Y) / 2
	if down > low/2 { // the next row begins under this one, or before it
		return down < nearPart*high && q.strip.Left.X < p.strip.Right.X
	}
	return q.strip.Left.X > p.strip.Right.X-low && q.strip.Left.X-p.strip.Right.X < 2*nearPart*high
}

func (s *session) join(pieces []*piece) *lattice.Lattice {
	all := make([]*lattice.Lattice, len(pieces))
	for i, p := range pieces {
		all[i] = p.lattice
	}
	return lattice.Join(all, s.prior)
}
