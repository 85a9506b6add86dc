package pageline

import (
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
)

// Digits in the boxes of a form stand at even distances, farther apart than those
// of a number in one piece. The frames between them are as high as they like: they
// are passed over, and a digit that touches its frame is left to its neighbours to
// place.
const (
	minStep    = 1.05 // of two digits' centres, in heights
	maxStep    = 3.2  // if one between them was not seen
	unevenness = 0.2  // of a distance, in steps
	minSeen    = 8    // digits
	maxMissed  = 2    // between two that are seen
	minCellInk = 0.10 // of a digit's box
	cellWidth  = 0.64 // of that box, in heights
)

// spacedMark is a digit in a row of boxes.
type spacedMark struct {
	at int // its number among the row's boxes
	mark
}

func (m mark) center() geom.Point {
	return geom.Point{X: float64(m.x0+m.x1) / 2, Y: float64(m.y0+m.y1) / 2}
}

// spacedLines returns the lines of spaced digits among marks that are sorted and in
// rows as chained has them. ink reports whether there is ink at a pixel.
func spacedLines(all []mark, rows [][]int, ink func(x, y int) bool) (lines []Line) {
	next := make([]int, len(all))
	led := make([]bool, len(all))
	for i, m := range all {
		next[i] = -1
		if m.digit() {
			if j := spacedFollower(all, rows, i); j >= 0 && !led[j] {
				next[i], led[j] = j, true
			}
		}
	}
	for i := range all {
		if led[i] || next[i] < 0 {
			continue
		}
		var chain []mark
		for k := i; k >= 0; k = next[k] {
			chain = append(chain, all[k])
		}
		for _, row := range evenRows(chain) {
			if l, ok := spacedLine(row, ink); ok {
				lines = append(lines, l)
			}
		}
	}
	return lines
}

// digit reports whether a mark may be one digit.
func (m mark) digit() bool { return m.letter() && m.w() <= m.h() }

// spacedFollower returns the next digit to the right that is as high as mark i and
// on its base line, if it stands apart; otherwise -1.
func spacedFollower(all []mark, rows [][]int, i int) int {
	m := all[i]
	h := float64(m.h())
	found := firstRight(all, rows, i, maxStep*h, func(n mark) bool { return n.digit() && m.continues(n) })
	if found < 0 {
		return -1
	}
	if d := all[found].center().X - m.center().X; d < minStep*h || d > maxStep*h {
		return -1
	}
	return found
}

// evenRows returns the parts of a chain whose marks stand at even distances.
func evenRows(chain []mark) (rows [][]spacedMark) {
	if len(chain) < minSeen {
		return nil
	}
	var steps []float64
	for i := 1; i < len(chain); i++ {
		steps = append(steps, chain[i].center().X-chain[i-1].center().X)
	}
	sorted := slices.Sorted(slices.Values(steps))
	step := sorted[len(sorted)/3] // some may be two
	row := []spacedMark{{0, chain[0]}}
	for i, d := range steps {
		n := math.Round(d / step)
		if n < 1 || n > maxMissed+1 || math.Abs(d-n*step) > unevenness*step {
			rows = append(rows, row)
			row = []spacedMark{{0, chain[i+1]}}
			continue
		}
		row = append(row, spacedMark{row[len(row)-1].at + int(n), chain[i+1]})
	}
	return append(rows, row)
}

// inkedEnds returns the places of n digits, from <= i < to, with those beyond their ends
// that have ink, as long as a row of so many digits may have more.
func inkedEnds(at func(i int) geom.Point, n int, h float64, ink func(x, y int) bool, open func(n int) bool) (from, to int) {
	to = n
	for open(to-from) && inked(at(to), h, ink) {
		to++
	}
	for open(to-from) && inked(at(from-1), h, ink) {
		from--
	}
	return from, to
}

// spacedLine returns the line of a row of digits, with those at its ends that were
// not seen as digits but have ink in their boxes.
func spacedLine(row []spacedMark, ink func(x, y int) bool) (l Line, ok bool) {
	n := row[len(row)-1].at + 1
	if len(row) < minSeen || 3*len(row) < 2*n || n > maxDigits {
		return l, false
	}
	marks := make([]mark, len(row))
	for i, m := range row {
		marks[i] = m.mark
	}
	h := typical(marks, mark.h)
	first, step := evenPlaces(row)
	at := func(i int) geom.Point { return first.Add(step.Mul(float64(i))) }
	from, to := inkedEnds(at, n, h, ink, func(n int) bool { return n < maxDigits })
	if n = to - from; n < minDigits {
		return l, false
	}
	u := step.Mul(digitHalf * h / step.Len())
	return Line{Left: at(from).Sub(u), Right: at(to - 1).Add(u), Height: h, Groups: []int{n}, Spaced: n}, true
}

// evenPlaces returns the place of the row's first digit and the step to the next
// one, as the least squares of all.
func evenPlaces(row []spacedMark) (first, step geom.Point) {
	var k, kk float64
	var c, kc geom.Point
	for _, m := range row {
		at := float64(m.at)
		k, kk = k+at, kk+at*at
		c, kc = c.Add(m.center()), kc.Add(m.center().Mul(at))
	}
	n := float64(len(row))
	step = kc.Mul(n).Sub(c.Mul(k)).Mul(1 / (n*kk - k*k))
	return c.Sub(step.Mul(k)).Mul(1 / n), step
}

// inked reports whether there is a digit's ink at a place.
func inked(at geom.Point, h float64, ink func(x, y int) bool) bool {
	count, of := 0, 0
	for y := int(at.Y - 0.45*h); y <= int(at.Y+0.45*h); y++ {
		for x := int(at.X - cellWidth/2*h); x <= int(at.X+cellWidth/2*h); x++ {
			of++
			if ink(x, y) {
				count++
			}
		}
	}
	return float64(count) >= minCellInk*float64(of)
}
