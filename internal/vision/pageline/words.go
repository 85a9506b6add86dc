package pageline

import "github.com/kahao/kahao/internal/pixel"

// The shape of a word that may be a date, from 7/31 to 31/12/2028: counts of its
// characters, with those that are counted as two, and measures in heights of a digit. A
// slash is often higher than the digits, and begins lower.
const (
	minDate      = 4
	maxDate      = 12
	maxDatePitch = 1.2 // on average
	slashGap     = 0.6 // between characters
	slashHeight  = 1.7 // of the higher one of two neighbours by the lower one
	slashOverlap = 0.6 // of the lower one's height
)

// Words returns the words along the rows of an image that may be a date, from one scale:
// their characters are 7 to 30 pixels high. A label or other digits may stand in the same
// row.
func Words(m *pixel.RGB) []Line {
	g := luma(m)
	ink := g.ink()
	var all []Line
	for polarity := uint8(1); polarity <= 2; polarity++ {
		for _, c := range neighbours(inRows(marks(ink, g.w, g.h, polarity), g.h)) {
			h := typical(c.marks, mark.h)
			words := split(c.marks, h)
			for i, w := range words {
				l, n := c.line(words, i, i+1, h), w.to-w.from
				if n >= minDate && n <= maxDate && l.Length() <= maxDatePitch*h*float64(n) {
					all = append(all, l)
				}
			}
		}
	}
	return distinct(all)
}

// neighbours returns the sequences of marks that stand close to each other in a row,
// though not equally high.
func neighbours(all []mark, rows [][]int) (chains []chain) {
	next, led := make([]int, len(all)), make([]bool, len(all))
	for i, m := range all {
		next[i] = -1
		if !m.letter() {
			continue
		}
		j := firstRight(all, rows, i, slashGap*float64(m.h()), func(n mark) bool { return n.x0 > m.x0 && n.letter() && m.beside(n) })
		if j >= 0 && !led[j] {
			next[i], led[j] = j, true
		}
	}
	for i := range all {
		if led[i] || next[i] < 0 {
			continue
		}
		var c chain
		for k := i; k >= 0; k = next[k] {
			c.marks = append(c.marks, all[k])
		}
		chains = append(chains, c)
	}
	return chains
}

// beside reports whether two marks may be a digit and a slash of one date.
func (m mark) beside(n mark) bool {
	low, high := min(m.h(), n.h()), max(m.h(), n.h())
	return float64(high) <= slashHeight*float64(low) && float64(min(m.y1, n.y1)-max(m.y0, n.y0)) >= slashOverlap*float64(low)
}
