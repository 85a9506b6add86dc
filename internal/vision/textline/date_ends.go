package textline

import "slices"

// Near reports whether another line is this one, found again.
func (l Line) Near(m Line) bool {
	d := nearEnd * l.Height
	return l.Kind == m.Kind && l.Left.Sub(m.Left).Len() < d && l.Right.Sub(m.Right).Len() < d
}

// nearEnd is how far apart, in digit heights, the ends of a line may be when it
// is found again.
const nearEnd = 0.3

// In digit heights: "05/16" is dateLength long, longDate with more beside it.
const (
	dateLength = 4.4
	longDate   = 6.5
)

// DateEnds are both ends of each date's line that is too long for one date,
// each as long as a date.
func DateEnds(at []Line) (ends []Line) {
	for _, line := range at {
		along := line.Right.Sub(line.Left)
		if line.Kind != Date || along.Len() < longDate*line.Height {
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
