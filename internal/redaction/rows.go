package redaction

import (
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pipeline"
)

// A number may stand in rows of a few digits each. A row alone has no more digits
// than those that may stay; the rows together are a number.

// Rows of one number, in heights of a row.
const (
	rowHeights = 1.5 // the higher one to the lower one, at most
	rowShift   = 2.5 // of their left ends
	minRowStep = 0.7 // from the centre line of one to that of the next
	maxRowStep = 3.0
)

// inRows returns the lines that are rows of a number which shows more digits than
// may stay of a line that was not accepted.
func (r *Result) inRows(regions []pipeline.Region, o Options) []bool {
	in := make([]bool, len(regions))
	for i := range regions {
		if in[i] || !isRow(regions[i]) {
			continue
		}
		group := []int{i}
		for n := 0; n < len(group); n++ {
			for j := range regions {
				if !slices.Contains(group, j) && isRow(regions[j]) && nextRow(regions[group[n]].Quad, regions[j].Quad) {
					group = append(group, j)
				}
			}
		}
		digits := 0
		for _, j := range group {
			digits += r.visible(regions[j])
		}
		if len(group) > 1 && digits > max(o.Keep.First, o.Keep.Last) {
			for _, j := range group {
				in[j] = true
			}
		}
	}
	return in
}

func isRow(region pipeline.Region) bool {
	return region.Kind == pipeline.RegionLine && !region.Sure && len(region.Digits) > 1
}

// nextRow reports whether one of two lines stands right above the other one.
func nextRow(a, b geom.Quad) bool {
	h := math.Max(a.Height(), b.Height())
	if h > rowHeights*math.Min(a.Height(), b.Height()) {
		return false
	}
	u, v := axes(a)
	w, _ := axes(b)
	d := b[0].Add(b[3]).Mul(0.5).Sub(a[0].Add(a[3]).Mul(0.5)) // from left end to left end
	step := math.Abs(d.X*v.X + d.Y*v.Y)
	return u.X*w.X+u.Y*w.Y > 0.9 && math.Abs(d.X*u.X+d.Y*u.Y) < rowShift*h && step > minRowStep*h && step < maxRowStep*h
}
