// Package multiline joins the number of a card that stands on several lines:
// in two halves, in rows of four digits, or with gaps too wide for one line.
package multiline

import (
	"math"

	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/recognize"
)

// A part of a number has this many digits. The last row may have fewer.
const (
	MinPart = 2
	MaxPart = 8
)

// Rules say what a whole number is.
type Rules struct {
	MinDigits, MaxDigits int
	Prior                ctc.Prior
	Whole                func(digits string) bool // no row of such a number is missing
}

// Parts of one number are lines of nearly one height, one below or next to the
// other.
const (
	maxParts       = 5
	maxHeightRatio = 1.4 // of the higher part over the lower
	maxPartGap     = 4.0 // from a part to the next, in digit heights

	// omittedRow is the log prior of a number that leaves out the row above its
	// first or below its last one.
	omittedRow = -4.0
)

// Number is a number made of one or several parts, in order.
type Number struct {
	Parts      []*recognize.Line
	Hypotheses *ctc.Hypotheses // of all parts together
	More       bool            // a row was left out that may belong to the number
}

// Join returns the number of a card, given its lines from top to bottom: the
// likeliest of the lines that are a whole number by themselves, and of the runs
// of short ones that make one together. ok is false if there is none.
func (r Rules) Join(lines []*recognize.Line) (number Number, ok bool) {
	best := math.Inf(-1)
	consider := func(parts []*recognize.Line, h *ctc.Hypotheses, omitted float64) {
		top := h.Top()
		if digits := len(top.Text); digits < r.MinDigits || digits > r.MaxDigits {
			return
		}
		if weight := top.Pixels + top.Prior + omitted; weight > best {
			number, ok, best = Number{parts, h, omitted < 0}, true, weight
		}
	}
	for i, first := range lines {
		consider([]*recognize.Line{first}, first.Hypotheses, 0)
		count := len(first.Top().Text)
		if count < MinPart || count >= r.MinDigits {
			continue
		}
		for j := i + 1; j < len(lines) && j < i+maxParts && leadsTo(lines[j-1], lines[j]); j++ {
			more := len(lines[j].Top().Text)
			if count += more; more < 1 || count > r.MaxDigits+MaxPart {
				break
			}
			if count < r.MinDigits {
				continue
			}
			omitted := 0.0
			if i > 0 && rowBelow(lines[i-1], first) {
				omitted += omittedRow
			}
			if j+1 < len(lines) && rowBelow(lines[j], lines[j+1]) {
				omitted += omittedRow
			}
			consider(lines[i:j+1:j+1], join(lines[i:j+1], r.Prior), omitted)
		}
	}
	return number, ok
}

// leadsTo reports whether q can be the part of a number that follows p.
func leadsTo(p, q *recognize.Line) bool {
	low, high := min(p.Height, q.Height), max(p.Height, q.Height)
	if high > maxHeightRatio*low {
		return false
	}
	down := (q.Left.Y + q.Right.Y - p.Left.Y - p.Right.Y) / 2
	if down > low/2 { // q is the next row: it starts below p, or to its left
		return down < maxPartGap*high && q.Left.X < p.Right.X
	}
	return q.Left.X > p.Right.X-low && q.Left.X-p.Right.X < 2*maxPartGap*high
}

func join(lines []*recognize.Line, prior ctc.Prior) *ctc.Hypotheses {
	all := make([]*ctc.Hypotheses, len(lines))
	for i, l := range lines {
		all[i] = l.Hypotheses
	}
	return ctc.Join(all, prior)
}
