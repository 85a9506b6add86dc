package multiline

import (
	"math"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/recognize"
)

// If a number stands in rows below each other, the last one has the digits
// that are left over: down to a single one, which is not detected as a line. A
// row that was not found, or gave nothing by itself, is read again at the place
// that the others give it, as the continuation of its neighbour.
const (
	maxEdgeShift  = 0.8  // between the left ends of two rows, in digit heights
	maxStepChange = 0.2  // between the distances of rows, as a share of them
	minRowPixels  = -2.5 // log-likelihood from which such a row counts
	enoughDigits  = 16   // from which no row is looked for above the first, nor covered ones
)

// stack is rows of a number, evenly spaced below each other.
type stack struct {
	rows  []*recognize.Line
	index []int      // of each row, counted in steps from the first found
	step  geom.Point // from one row to the next
}

// ReadLine reads a strip as a row of a number.
type ReadLine func(recognize.Strip) (*recognize.Line, error)

// Complete adds the rows of numbers that are missing between the lines of a
// card, given from top to bottom, and below and above them. If those that read
// can tell are too few for a number, readCovered reads the others.
func (r Rules) Complete(lines []*recognize.Line, read, readCovered ReadLine) ([]*recognize.Line, error) {
	for i := 0; i < len(lines); i++ {
		s := stacked(lines[i:])
		if len(s.rows) < 2 {
			continue
		}
		replaced := len(s.rows)
		if err := s.complete(r, read); err != nil {
			return nil, err
		}
		if s.digits() < enoughDigits && !s.whole(r) {
			if err := s.complete(r, readCovered); err != nil {
				return nil, err
			}
		}
		for i+replaced < len(lines) && s.covers(lines[i+replaced]) {
			replaced++ // its place was read again
		}
		lines = slices.Concat(lines[:i], s.rows, lines[i+replaced:])
		i += len(s.rows) - 1
	}
	return lines, nil
}

// stacked returns the stack that the lines start with.
func stacked(lines []*recognize.Line) (s stack) {
	for _, l := range lines {
		index := 0
		if n := len(s.rows); n > 0 {
			if !rowBelow(s.rows[n-1], l) {
				break
			}
			down := l.Left.Y - s.rows[0].Left.Y
			if n == 2 && math.Abs(down/s.step.Y-1.5) <= maxStepChange/2 { // a row is missing between these two
				s.index[1], s.step = 2, s.step.Mul(0.5)
			}
			if index = 1; n > 1 {
				index = int(math.Round(down / s.step.Y))
				if index <= s.index[n-1] || math.Abs(down-float64(index)*s.step.Y) > maxStepChange*s.step.Y {
					break
				}
			}
			s.step = l.Left.Sub(s.rows[0].Left).Mul(1 / float64(index))
		}
		s.rows, s.index = append(s.rows, l), append(s.index, index)
	}
	return s
}

// rowBelow reports whether q can be the row of a number below p, or one
// further down.
func rowBelow(p, q *recognize.Line) bool {
	n, below := len(p.Top().Text), q.Top()
	if n < MinPart || n > MaxPart || below.Text == "" || below.Pixels < minRowPixels || len(below.Text) > n {
		return false
	}
	return leadsTo(p, q) && q.Left.Y > p.Left.Y && math.Abs(q.Left.X-p.Left.X) < maxEdgeShift*min(p.Height, q.Height)
}

// digits returns how many digits the rows have.
func (s *stack) digits() (n int) {
	for _, row := range s.rows {
		n += len(row.Top().Text)
	}
	return n
}

// whole reports whether the rows are a whole number.
func (s *stack) whole(r Rules) bool {
	var text strings.Builder
	for _, row := range s.rows {
		text.WriteString(row.Top().Text)
	}
	return r.Whole(text.String())
}

// complete reads the missing rows.
func (s *stack) complete(r Rules, read ReadLine) error {
	full, digits := len(s.rows[0].Top().Text), s.digits()
	// add reads the row at an index, as the continuation of the one at another,
	// and inserts it as row i.
	add := func(i, index, after int) (found bool, err error) {
		strip, before := s.strip(index), s.strip(after)
		strip.After = &before
		row, err := read(strip)
		if err != nil {
			return false, err
		}
		top := row.Top()
		if top.Text == "" || top.Pixels < minRowPixels || digits+len(top.Text) > r.MaxDigits+full {
			return false, nil
		}
		if covered := strings.Trim(top.Text, string(ctc.CoveredDigit)) == ""; covered && i < len(s.rows) {
			if digits+full > r.MaxDigits { // a line of text above the number
				return false, nil
			}
			row.List[0].Text = strings.Repeat(string(ctc.CoveredDigit), full) // only the last row is shorter
			top = row.Top()
		}
		digits += len(top.Text)
		s.rows, s.index = slices.Insert(s.rows, i, row), slices.Insert(s.index, i, index)
		return true, nil
	}
	for i := 1; i < len(s.rows); i++ {
		for index := s.index[i-1] + 1; index < s.index[i]; index++ {
			if found, err := add(i, index, index-1); err != nil {
				return err
			} else if found {
				i++
			}
		}
	}
	for found := true; found && digits < r.MaxDigits; {
		last := len(s.rows) - 1
		if len(s.rows[last].Top().Text) != full {
			break
		}
		var err error
		if found, err = add(last+1, s.index[last]+1, s.index[last]); err != nil {
			return err
		}
	}
	for found := !s.whole(r); found && digits < enoughDigits; {
		var err error
		if found, err = add(0, s.index[0]-1, s.index[0]); err != nil {
			return err
		}
	}
	return nil
}

// strip returns the place of a row, as long as the longest one found.
func (s *stack) strip(index int) recognize.Strip {
	first, height, long := s.rows[slices.Index(s.index, 0)], 0.0, 0.0
	var along geom.Point
	for _, row := range s.rows {
		d := row.Right.Sub(row.Left)
		along, long, height = along.Add(d), max(long, d.Len()), height+row.Height/float64(len(s.rows))
	}
	left := first.Left.Add(s.step.Mul(float64(index)))
	return recognize.Strip{
		Left: left, Right: left.Add(along.Mul(long / math.Max(along.Len(), 1e-3))),
		Height: height, ToImage: first.ToImage,
	}
}

// covers reports whether a line stands where the stack has a row.
func (s *stack) covers(l *recognize.Line) bool {
	return slices.ContainsFunc(s.rows, func(row *recognize.Line) bool {
		d := row.Left.Add(row.Right).Sub(l.Left.Add(l.Right)).Mul(0.5)
		return math.Abs(d.Y) < row.Height/2 && math.Abs(d.X) < row.Right.X-row.Left.X
	})
}
