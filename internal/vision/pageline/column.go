package pageline

import (
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// Column is digits that stand upright, one beneath the other, as on some cards.
type Column struct {
	First  geom.Point // centre of the topmost digit
	Step   geom.Point // from one to the next
	Height float64    // of a digit
	Digits int
}

// Shapes of a column, in heights of a digit.
const (
	maxColumnStep = 3.2 // of two digits' centres
	maxAside      = 0.3 // of one from the one above: an upright 1 may stand at the edge of its cell
)

// Columns returns the columns of digits in an image, from left to right.
func Columns(m *pixel.RGB) []Column {
	g := luma(m)
	ink := g.ink()
	var found []Column
	for polarity := uint8(1); polarity <= 2; polarity++ {
		all := slices.DeleteFunc(marks(ink, g.w, g.h, polarity), func(m mark) bool { return !m.digit() })
		inkAt := func(x, y int) bool { return x >= 0 && x < g.w && y >= 0 && y < g.h && ink[y*g.w+x] == polarity }
		for _, chain := range columnChains(all) {
			for _, row := range evenRows(chain) {
				if c, ok := column(row, inkAt); ok {
					found = append(found, c)
				}
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Column) int { return int(a.First.X - b.First.X) })
	return found
}

// columnChains returns the sequences of equally high marks that follow each other
// downwards. Their axes are exchanged, so that they follow each other to the right.
func columnChains(all []mark) (chains [][]mark) {
	slices.SortStableFunc(all, func(a, b mark) int { return a.y0 - b.y0 })
	next := make([]int, len(all))
	led := make([]bool, len(all))
	for i := range all {
		next[i] = -1
		if j := below(all, i); j >= 0 && !led[j] {
			next[i], led[j] = j, true
		}
	}
	for i := range all {
		if led[i] || next[i] < 0 {
			continue
		}
		var chain []mark
		for k := i; k >= 0; k = next[k] {
			m := all[k]
			chain = append(chain, mark{m.y0, m.x0, m.y1, m.x1, m.area})
		}
		chains = append(chains, chain)
	}
	return chains
}

// below returns the next digit beneath mark i that is as high, or -1.
func below(all []mark, i int) int {
	m := all[i]
	h := float64(m.h())
	for j := i + 1; j < len(all); j++ {
		n := all[j]
		down := n.center().Y - m.center().Y
		if down > maxColumnStep*h {
			break
		}
		near := math.Abs(n.center().X-m.center().X) <= maxAside*h
		alike := math.Abs(float64(n.h()-m.h())) <= max(tolerance, sameHeight*h)
		if near && alike && down >= minStep*h {
			return j
		}
	}
	return -1
}

// usualDigits are the lengths of most numbers. A column that has one of them is whole:
// what stands above or below it may be other print.
var usualDigits = []int{16, 19}

// column returns the column of a row of digits whose axes are exchanged, with those at
// its ends that were not seen as digits but have ink at their places.
func column(row []spacedMark, ink func(x, y int) bool) (c Column, ok bool) {
	n := row[len(row)-1].at + 1
	if len(row) < minSeen || 4*len(row) < 3*n || n > maxDigits {
		return c, false
	}
	heights := make([]mark, len(row))
	for i, m := range row {
		heights[i] = m.mark
	}
	h := typical(heights, mark.w)
	first, step := evenPlaces(row)
	first, step = geom.Point{X: first.Y, Y: first.X}, geom.Point{X: step.Y, Y: step.X}
	at := func(i int) geom.Point { return first.Add(step.Mul(float64(i))) }
	from, to := inkedEnds(at, n, h, ink, func(n int) bool { return !slices.Contains(usualDigits, n) && n < maxDigits })
	return Column{First: at(from), Step: step, Height: h, Digits: to - from}, to-from >= minDigits
}
