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
	tolerance   = 1.5 // pixels that a height or a base line may be off in any case
	minLength   = 5.5 // of 12 narrow digits
	bucketShift = 4   // rows of 16 pixels
)

// chained returns sequences of equally high marks, each from left to right.
func chained(all []mark, height int) [][]mark {
	all = slices.DeleteFunc(slices.Clone(all), func(m mark) bool {
		return m.h() < minHeight/2 || m.w() > int(maxWide*maxHeight) || m.h() > 3*maxHeight || m.ruled()
	})
	slices.SortFunc(all, func(a, b mark) int {
		return cmp.Or(cmp.Compare(a.x0, b.x0), cmp.Compare(a.y0, b.y0), cmp.Compare(a.x1, b.x1))
	})
	rows := make([][]int, height>>bucketShift+1) // marks by the rows that they touch, from left to right
	for i, m := range all {
		for y := m.y0 >> bucketShift; y <= (m.y1-1)>>bucketShift; y++ {
			rows[y] = append(rows[y], i)
		}
	}
	next := make([]int, len(all))
	led := make([]bool, len(all)) // it follows another one
	for i, m := range all {
		next[i] = -1
		if !m.letter() {
			continue
		}
		if j := follower(all, rows, i); j >= 0 && !led[j] {
			next[i], led[j] = j, true
		}
	}
	var out [][]mark
	for i, m := range all {
		if led[i] || !m.letter() {
			continue
		}
		var chain []mark
		for k := i; k >= 0; k = next[k] {
			chain = append(chain, all[k])
		}
		if chain != nil {
			out = append(out, chain)
		}
	}
	return out
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

// follower returns the next mark to the right of mark i, if it continues its
// line; otherwise -1.
func follower(all []mark, rows [][]int, i int) int {
	m := all[i]
	h := float64(m.h())
	nearest := -1
	for y := m.y0 >> bucketShift; y <= (m.y1-1)>>bucketShift; y++ {
		row := rows[y]
		at, _ := slices.BinarySearch(row, i)
		for _, j := range row[min(at+1, len(row)):] {
			n := all[j]
			if float64(n.x0-m.x1) > maxGap*h || nearest >= 0 && n.x0 >= all[nearest].x0 {
				break
			}
			overlap := min(m.y1, n.y1) - max(m.y0, n.y0)
			if float64(n.x0-m.x1) < -maxOverlap*h || float64(n.h()) < small*h || float64(overlap) < small*h {
				continue
			}
			nearest = j
		}
	}
	if nearest < 0 || !all[nearest].letter() {
		return -1
	}
	n := all[nearest]
	if math.Abs(float64(n.h()-m.h())) > max(tolerance, sameHeight*h) || math.Abs(float64(n.y1-m.y1)) > max(tolerance, sameBase*h) {
		return -1
	}
	return nearest
}
