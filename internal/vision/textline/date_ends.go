package textline

import "slices"

// Near reports whether m is the same line of print, found again.
func (l Line) Near(m Line) bool {
	d := maxEndShift * l.Height
	return l.Kind == m.Kind && l.Left.Sub(m.Left).Len() < d && l.Right.Sub(m.Right).Len() < d
}

// maxEndShift is the distance, in digit heights, that the ends of a line may
// have from those of the same line, found again.
const maxEndShift = 0.3

// Lengths in digit heights: "05/16" has dateLength; a line from minLongDate on
// has something else next to the date.
const (
	dateLength  = 4.4
	minLongDate = 6.5
)

// DateEnds returns both ends of the date lines that are too long for one date,
// each end as long as a date.
func DateEnds(at []Line) (ends []Line) {
	for _, line := range at {
		along := line.Right.Sub(line.Left)
		if line.Kind != Date || along.Len() < minLongDate*line.Height {
			continue
		}
		short := along.Mul(dateLength * line.Height / along.Len())
		a, b := line, line
		a.Right, b.Left = line.Left.Add(short), line.Right.Sub(short)
		for _, end := range []Line{a, b} {
			if !slices.ContainsFunc(ends, end.Near) {
				ends = append(ends, end)
			}
		}
	}
	return ends
}
