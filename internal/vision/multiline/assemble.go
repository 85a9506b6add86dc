package multiline

import (
	"math"

	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/spell"
)

// A part of a number has so many digits. The last row may have fewer.
const (
	MinPart = 2
	MaxPart = 8
)

// Number says what a number is, and how a line of it is read.
type Number struct {
	Least, Most int // digits
	Prior       ctc.Prior
	Read        func(recognize.Strip) (*spell.Line, error)
}

// Parts of one number are lines of nearly one height, one below or beside the
// other.
const (
	maxParts   = 5
	sameHeight = 1.4 // the higher over the lower
	nearPart   = 4.0 // from a part to the next, in digit heights

	// leftOut is the weight, in nats, of a number that leaves out the row above
	// its first or below its last one.
	leftOut = -4.0
)

// Assemble makes the number out of the pieces of a card, top to bottom: the
// likeliest of those that are a whole number by themselves, and of the runs
// of short ones that make one together. It says, too, whether a row is left out
// that may belong to it.
func (n *Number) Assemble(pieces []*spell.Line) (parts []*spell.Line, number *ctc.Lattice, more bool) {
	best := math.Inf(-1)
	consider := func(p []*spell.Line, l *ctc.Lattice, out float64) {
		top := l.Top()
		if digits := len(top.Text); digits < n.Least || digits > n.Most {
			return
		}
		if weight := top.Pixels + top.Prior + out; weight > best {
			parts, number, more, best = p, l, out < 0, weight
		}
	}
	for i, p := range pieces {
		consider([]*spell.Line{p}, p.Lattice, 0)
		count := len(p.Top().Text)
		if count < MinPart || count >= n.Least {
			continue
		}
		for j := i + 1; j < len(pieces) && j < i+maxParts && leadsTo(pieces[j-1], pieces[j]); j++ {
			more := len(pieces[j].Top().Text)
			if count += more; more < 1 || count > n.Most+MaxPart {
				break
			}
			if count < n.Least {
				continue
			}
			out := 0.0
			if i > 0 && rowUnder(pieces[i-1], p) {
				out += leftOut
			}
			if j+1 < len(pieces) && rowUnder(pieces[j], pieces[j+1]) {
				out += leftOut
			}
			consider(pieces[i:j+1:j+1], join(pieces[i:j+1], n.Prior), out)
		}
	}
	return parts, number, more
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

func join(pieces []*spell.Line, prior ctc.Prior) *ctc.Lattice {
	all := make([]*ctc.Lattice, len(pieces))
	for i, p := range pieces {
		all[i] = p.Lattice
	}
	return ctc.Join(all, prior)
}
