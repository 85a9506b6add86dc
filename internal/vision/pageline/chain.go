package pageline

import (
	"cmp"
	"math"
	"slices"
)

// Sizes of marks, in pixels of the scale at which they are searched. Others are
// found at the next scale.
const (
	minHeight = 7
	maxHeight = 30
)

// Shapes of marks and of what joins them, in heights of a digit.
const (
	maxWide     = 16.0 // all digits of a number may touch
	minFill     = 0.10 // of the box by ink
	frameFill   = 0.14 // of the box of a wide mark that is a frame
	small       = 0.45 // lower marks are dots and hyphens: they interrupt no line
	maxGap      = 2.0  // between groups of digits
	maxOverlap  = 0.25 // of slanted digits
	sameHeight  = 0.15
	sameBase    = 0.20
	maxSlant    = 0.15 // of a line: of a base line's distance by that of two marks
	closeGap    = 0.5  // within a number
	closeHeight = 0.25 // of digits and letters, whose height may be misjudged
	tolerance   = 1.5  // pixels that a height or a base line may be off in any case
	minLength   = 5.5  // of 12 narrow digits
	bucketShift = 4    // rows of 16 pixels
)

// chain is a sequence of equally high marks, from left to right.
type chain struct {
	marks []mark
	tight [2]bool // it may go on to the left, to the right: a mark as high stands close
}

// inRows returns the marks that may be of a line, from left to right, and which of
// them touch each row of pixels of a bucket.
func inRows(all []mark, height int) ([]mark, [][]int) {
	all = slices.DeleteFunc(slices.Clone(all), func(m mark) bool {
		return m.h() < minHeight/2 || m.w() > int(maxWide*maxHeight) || m.h() > 3*maxHeight || m.ruled()
	})
	slices.SortFunc(all, func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.x0, b.x0), cmp.Compare(a.y0, b.y0), cmp.Compare(a.x1, b.x1))
	})
	rows := make([][]int, height>>bucketShift+1)
	for i, m := range all {
		for y := m.y0 >> bucketShift; y <= (m.y1-1)>>bucketShift; y++ {
			rows[y] = append(rows[y], i)
		}
	}
	return all, rows
}

// chained returns the sequences of equally high marks, which are sorted and in rows
// as by inRows.
func chained(all []mark, rows [][]int) []chain {
	next, before := make([]int, len(all)), make([]int, len(all)) // the marks that follow a mark and that it follows; -1: none
	odd := make([]int, len(all))                                 // marks of a line since one that was not as high as the others
	tight := make([][2]bool, len(all))                           // something as high as a digit stands close to a mark, on either side
	ends := make([]end, len(all))                                // how the line may go on behind a mark that ends its chain
	for i := range all {
		next[i], before[i], odd[i], ends[i] = -1, -1, oddApart, end{-1, -1}
	}
	for i, m := range all {
		if !m.letter() {
			continue
		}
		j := nearest(all, rows, i)
		if j < 0 {
			continue
		}
		n := all[j]
		free := n.letter() && before[j] < 0
		switch {
		case free && m.continues(n):
			next[i], before[j], odd[j] = j, i, odd[i]+1
		case free && odd[i] >= oddApart && pastOdd(all, before, i, n):
			next[i], before[j], odd[j] = j, i, 0
		default:
			if m.touches(n) {
				tight[i][1], tight[j][0] = true, true
			}
			if odd[i] >= joinApart {
				ends[i] = endAt(all, rows, i, j)
			}
		}
	}
	var parts []part
	for i, m := range all {
		if before[i] >= 0 || !m.letter() {
			continue
		}
		p := part{chain: chain{tight: tight[i]}, first: i}
		for k := i; k >= 0; k = next[k] {
			p.marks = append(p.marks, all[k])
			p.tight[1] = tight[k][1]
			p.end = ends[k]
		}
		parts = append(parts, p)
	}
	return joined(all, parts)
}

// ruled reports whether a mark is of the rules and frames of a form. They interrupt
// no line.
func (m mark) ruled() bool {
	return 11*m.w() < m.h() || m.w() > 2*m.h() && float64(m.area) < frameFill*float64(m.w()*m.h())
}

// letter reports whether a mark may be a digit, or several that touch.
func (m mark) letter() bool {
	h := float64(m.h())
	return m.h() >= minHeight && m.h() <= maxHeight && float64(m.w()) <= maxWide*h && float64(m.area) >= minFill*h*float64(m.w())
}

// nearest returns the next mark to the right of mark i that is in its line, or is
// in its way; -1 if there is none.
func nearest(all []mark, rows [][]int, i int) int {
	m := all[i]
	h := float64(m.h())
	return firstRight(all, rows, i, maxGap*h, func(n mark) bool {
		overlap := min(m.y1, n.y1) - max(m.y0, n.y0)
		return float64(n.x0-m.x1) >= -maxOverlap*h && float64(n.h()) >= small*h && float64(overlap) >= small*h
	})
}

// firstRight returns the first mark to the right of mark i, in a row of it and at
// most reach from its right edge, that fits; -1 if there is none.
func firstRight(all []mark, rows [][]int, i int, reach float64, fits func(mark) bool) int {
	m := all[i]
	found := -1
	for y := m.y0 >> bucketShift; y <= (m.y1-1)>>bucketShift; y++ {
		row := rows[y]
		at, _ := slices.BinarySearch(row, i)
		for _, j := range row[min(at+1, len(row)):] {
			n := all[j]
			if float64(n.x0-m.x1) > reach || found >= 0 && n.x0 >= all[found].x0 {
				break
			}
			if fits(n) {
				found = j
			}
		}
	}
	return found
}

// oddApart is how many marks are alike between two that are not.
const oddApart = 5

// pastOdd reports whether a mark continues the line before mark i, which may have
// lost an edge: the two marks before it are alike.
func pastOdd(all []mark, before []int, i int, n mark) bool {
	a := before[i]
	if a < 0 || before[a] < 0 {
		return false
	}
	return all[before[a]].continues(all[a]) && all[before[a]].alike(all[a]) && all[a].continues(n) && all[a].alike(n)
}

// alike reports whether two marks are as high but for a pixel.
func (m mark) alike(n mark) bool { return math.Abs(float64(n.h()-m.h())) <= tolerance }

// continues reports whether a mark to the right may be of the same line: it is as
// high, and its base line is as high but for a slant.
func (m mark) continues(n mark) bool {
	h := float64(m.h())
	along := float64(n.x0+n.x1-m.x0-m.x1) / 2
	return math.Abs(float64(n.h()-m.h())) <= max(tolerance, sameHeight*h) && math.Abs(float64(n.y1-m.y1)) <= max(tolerance, sameBase*h, maxSlant*along)
}

// touches reports whether a mark to the right is so near and so high that it may be
// a digit of the same number.
func (m mark) touches(n mark) bool {
	h := float64(m.h())
	return float64(n.x0-m.x1) < closeGap*h && math.Abs(float64(n.h()-m.h())) <= closeHeight*h && math.Abs(float64(n.y1-m.y1)) <= closeHeight*h
}
