package pageline

import (
	"cmp"
	"slices"

	"github.com/kahao/kahao/internal/geom"
)

// Counts of digits, with a margin for marks that are counted wrongly.
const (
	minDigits = 11
	maxDigits = 21
	maxChars  = 24 // of a line, if a word stands close to the number
)

// maxPitch is the distance of a line's digits, in heights, on average. Digits of
// lines beneath each other are farther apart.
const maxPitch = 1.4

// maxWindows is how many parts of one chain are returned.
const maxWindows = 6

// lines adds the lines at this scale, which is the number of the image's pixels in
// one here. chains is the count of chains so far.
func (g *gray) lines(all []Line, chains *int, scale float64) []Line {
	ink := g.ink()
	for polarity := uint8(1); polarity <= 2; polarity++ {
		found := marks(ink, g.w, g.h, polarity)
		for _, turned := range []bool{false, true} {
			height := g.h
			inkAt := func(x, y int) bool { return x >= 0 && x < g.w && y >= 0 && y < g.h && ink[y*g.w+x] == polarity }
			if turned {
				for i, m := range found {
					found[i] = m.turned(g.h)
				}
				height = g.w
				upright := inkAt
				inkAt = func(x, y int) bool { return upright(y, g.h-1-x) }
			}
			add := func(l Line) {
				l.Chain, l.Turned = *chains, turned
				l.place(scale, g.h)
				all = append(all, l)
			}
			sorted, rows := inRows(found, height)
			for _, l := range spacedLines(sorted, rows, inkAt) {
				add(l)
				*chains++
			}
			for _, c := range chained(sorted, rows) {
				for _, l := range c.windows() {
					add(l)
				}
				*chains++
			}
		}
	}
	return all
}

// place maps a line from the scale at which it was found to the image.
func (l *Line) place(scale float64, height int) {
	for _, p := range []*geom.Point{&l.Left, &l.Right} {
		if l.Turned {
			p.X, p.Y = p.Y, float64(height)-p.X
		}
		*p = p.Mul(scale)
	}
	l.Height *= scale
}

// word is a group of marks without a wide gap, from ... to, and its digits.
type word struct{ from, to, digits int }

// windows returns the parts of a chain that may be a number: all of it, or as many
// of its words as a number has groups.
func (c chain) windows() []Line {
	h := typical(c.marks, mark.h)
	n := len(c.marks)
	length := float64(c.marks[n-1].x1 - c.marks[0].x0)
	if length < minLength*h {
		return nil
	}
	words := split(c.marks, h)
	if whole := digitsIn(words); grouped(whole) {
		lines := []Line{c.line(words, 0, len(words), h)}
		if k := len(words) - 1; k == 4 { // the last digits may be those of a date
			lines = append(lines, c.line(words, 0, k, h))
		}
		return lines
	}
	type window struct {
		line Line
		rank int
	}
	var found []window
	for i := range words {
		total := 0
		for j := i; j < len(words); j++ {
			total += words[j].digits
			if total > maxChars {
				break
			}
			if total < minDigits || float64(c.marks[words[j].to-1].x1-c.marks[words[i].from].x0) > maxPitch*h*float64(total) {
				continue
			}
			groups := digitsIn(words[i : j+1])
			rank := 2
			switch {
			case i == 0 && j == len(words)-1:
				rank = 0
			case grouped(groups):
				rank = 1
			case len(groups) == 1 && total >= 15:
				rank = 1
			}
			found = append(found, window{c.line(words, i, j+1, h), rank})
		}
	}
	slices.SortStableFunc(found, func(a, b window) int { return cmp.Compare(a.rank, b.rank) })
	var out []Line
	for _, w := range found[:min(len(found), maxWindows)] {
		out = append(out, w.line)
	}
	return out
}

// digitsIn returns the counts of the words' digits.
func digitsIn(words []word) []int {
	groups := make([]int, len(words))
	for i, w := range words {
		groups[i] = w.digits
	}
	return groups
}

// grouped reports whether digits stand in fours, or as 4-6-5 and 4-6-4.
func grouped(groups []int) bool {
	n := len(groups)
	if n == 3 && groups[0] == 4 && groups[1] == 6 {
		return groups[2] == 4 || groups[2] == 5
	}
	for _, k := range groups[:n-1] {
		if k != 4 {
			return false
		}
	}
	return (n == 4 || n == 5 && groups[n-1] < 4) && groups[n-1] <= 5
}

// typical returns the median of a measure.
func typical(chain []mark, of func(mark) int) float64 {
	all := make([]int, len(chain))
	for i, m := range chain {
		all[i] = of(m)
	}
	slices.Sort(all)
	return float64(all[len(all)/2])
}

// usualPitch is the distance of digits in heights, where none can be measured.
const usualPitch = 0.72

// split divides a chain into words at its wide gaps.
func split(chain []mark, h float64) []word {
	pitch := pitch(chain, h)
	words := []word{{}}
	for i, m := range chain {
		digits := max(1, int((float64(m.w())+0.3*pitch)/pitch+0.4))
		last := &words[len(words)-1]
		if i > 0 && wide(chain[i-1], m, pitch, h) {
			words = append(words, word{from: i})
			last = &words[len(words)-1]
		}
		last.to = i + 1
		last.digits += digits
	}
	return words
}

// wide reports whether there is a gap between two marks that follow each other.
func wide(a, b mark, pitch, h float64) bool {
	start, end := float64(a.x0+a.x1)/2, float64(b.x0+b.x1)/2
	if a.w() > int(h) { // several digits: the last one's centre
		start = float64(a.x1) - 0.42*pitch
	}
	if b.w() > int(h) {
		end = float64(b.x0) + 0.42*pitch
	}
	return end-start > 1.38*pitch && float64(b.x0-a.x1) > 0.25*h
}

// pitch returns the usual distance of the centres of neighbouring digits.
func pitch(chain []mark, h float64) float64 {
	var all []float64
	for i := 1; i < len(chain); i++ {
		a, b := chain[i-1], chain[i]
		d := float64(b.x0+b.x1-a.x0-a.x1) / 2
		if float64(a.w()) < 0.95*h && float64(b.w()) < 0.95*h && d < 1.3*h {
			all = append(all, d)
		}
	}
	if len(all) < 3 {
		return usualPitch * h
	}
	slices.Sort(all)
	return max(all[len(all)*2/5], 0.4*h)
}

// line returns the line of the words from ... to. Its axis runs through the centres
// of their marks.
func (c chain) line(words []word, from, to int, h float64) Line {
	marks := c.marks[words[from].from:words[to-1].to]
	var sx, sy, sxx, sxy float64
	n := float64(len(marks))
	for _, m := range marks {
		x, y := float64(m.x0+m.x1)/2, float64(m.y0+m.y1)/2
		sx, sy = sx+x, sy+y
		sxx, sxy = sxx+x*x, sxy+x*y
	}
	slope := 0.0
	if d := sxx - sx*sx/n; len(marks) > 2 && d > 1 {
		slope = (sxy - sx*sy/n) / d
	}
	at := func(x int) geom.Point {
		return geom.Point{X: float64(x), Y: sy/n + slope*(float64(x)-sx/n)}
	}
	return Line{
		Left: at(marks[0].x0), Right: at(marks[len(marks)-1].x1), Height: h, Groups: digitsIn(words[from:to]),
		Cut: c.tight[0] && from == 0 || c.tight[1] && to == len(words),
	}
}
