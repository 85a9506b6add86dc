// Package multiline puts together the number of a card that stands on several
// lines: in two halves, in rows of four, or with gaps too wide for one line.
package multiline

import (
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/spell"
)

// Where a number stands in rows below each other, the last has what is left
// over: down to a single digit, which is hardly a line of print. A row that was
// not found, or says nothing by itself, is looked for in its place, which the
// others tell, and read as what continues its neighbour.
const (
	sameEdge = 0.8  // between the left ends of two rows, in digit heights
	sameStep = 0.2  // between the distances of rows, as a share of them
	rowSeen  = -2.5 // what the crops must say of the digits of such a row
	fewest   = 16   // digits from which no row is looked for above the first
)

// stack is rows of a number, evenly below each other.
type stack struct {
	rows []*spell.Line
	at   []int      // their places, counted from the first
	step geom.Point // from one place to the next
}

// Fill adds to the pieces of a card, top to bottom, rows of a number that
// stand between them, below or above.
func (n *Number) Fill(pieces []*spell.Line) ([]*spell.Line, error) {
	for i := 0; i < len(pieces); i++ {
		k := stacked(pieces[i:])
		if len(k.rows) < 2 {
			continue
		}
		had := len(k.rows)
		if err := n.fill(&k); err != nil {
			return nil, err
		}
		for i+had < len(pieces) && k.covers(pieces[i+had]) {
			had++ // what stands there was read anew
		}
		pieces = slices.Concat(pieces[:i], k.rows, pieces[i+had:])
		i += len(k.rows) - 1
	}
	return pieces, nil
}

// stacked is the rows that the pieces begin with.
func stacked(pieces []*spell.Line) (k stack) {
	for _, p := range pieces {
		at := 0
		if n := len(k.rows); n > 0 {
			if !rowUnder(k.rows[n-1], p) {
				break
			}
			down := p.Left.Y - k.rows[0].Left.Y
			if at = 1; n > 1 {
				at = int(math.Round(down / k.step.Y))
				if at <= k.at[n-1] || math.Abs(down-float64(at)*k.step.Y) > sameStep*k.step.Y {
					break
				}
			}
			k.step = p.Left.Sub(k.rows[0].Left).Mul(1 / float64(at))
		}
		k.rows, k.at = append(k.rows, p), append(k.at, at)
	}
	return k
}

// rowUnder reports whether q can be the row of a number below p, or one further
// down.
func rowUnder(p, q *spell.Line) bool {
	n := len(p.Top().Text)
	return n >= MinPart && n <= MaxPart && q.Top().Text != "" && q.Top().Pixels >= rowSeen && len(q.Top().Text) <= n &&
		leadsTo(p, q) && q.Left.Y > p.Left.Y && math.Abs(q.Left.X-p.Left.X) < sameEdge*min(p.Height, q.Height)
}

// fill looks for the rows of a stack that are missing.
func (n *Number) fill(k *stack) error {
	full, digits := len(k.rows[0].Top().Text), 0
	for _, p := range k.rows {
		digits += len(p.Top().Text)
	}
	// add looks for the row at a place, after the one at another, and adds it
	// as number i.
	add := func(i, at, after int) (found bool, err error) {
		strip, before := k.strip(at), k.strip(after)
		strip.After = &before
		p, err := n.Read(strip)
		top := p.Top()
		if err != nil || top.Text == "" || top.Pixels < rowSeen || digits+len(top.Text) > n.Most+full {
			return false, err
		}
		digits += len(top.Text)
		k.rows, k.at = slices.Insert(k.rows, i, p), slices.Insert(k.at, i, at)
		return true, nil
	}
	for i := 1; i < len(k.rows); i++ {
		for at := k.at[i-1] + 1; at < k.at[i]; at++ {
			if found, err := add(i, at, at-1); err != nil {
				return err
			} else if found {
				i++
			}
		}
	}
	for found := true; found && digits < n.Most; {
		last := len(k.rows) - 1
		if len(k.rows[last].Top().Text) != full {
			break
		}
		var err error
		if found, err = add(last+1, k.at[last]+1, k.at[last]); err != nil {
			return err
		}
	}
	for found := true; found && digits < fewest; {
		var err error
		if found, err = add(0, k.at[0]-1, k.at[0]); err != nil {
			return err
		}
	}
	return nil
}

// strip is the place of a row, as long as the longest one found.
func (k *stack) strip(at int) recognize.Strip {
	first, height, long := k.rows[slices.Index(k.at, 0)], 0.0, 0.0
	var along geom.Point
	for _, p := range k.rows {
		d := p.Right.Sub(p.Left)
		along, long, height = along.Add(d), max(long, d.Len()), height+p.Height/float64(len(k.rows))
	}
	left := first.Left.Add(k.step.Mul(float64(at)))
	return recognize.Strip{
		Left: left, Right: left.Add(along.Mul(long / math.Max(along.Len(), 1e-3))),
		Height: height, ToPicture: first.ToPicture,
	}
}

// covers reports whether a piece stands where the stack has a row.
func (k *stack) covers(p *spell.Line) bool {
	return slices.ContainsFunc(k.rows, func(row *spell.Line) bool {
		d := row.Left.Add(row.Right).Sub(p.Left.Add(p.Right)).Mul(0.5)
		return math.Abs(d.Y) < row.Height/2 && math.Abs(d.X) < row.Right.X-row.Left.X
	})
}
