package pageline

import "math"

// part is a chain that may be a part of a line: a mark whose edge is lost, or a
// digit of which only a piece is seen, ends a chain, but no line.
type part struct {
	chain
	end
	first int // index of its first mark
}

// end is how a line may go on behind a chain: the indices of a piece of a digit and
// of the mark that follows; -1: none.
type end struct{ piece, beyond int }

// endAt returns how the line may go on behind mark i, to the right of which mark j is.
func endAt(all []mark, rows [][]int, i, j int) end {
	if all[i].spans(all[j]) {
		return end{j, nearest(all, rows, j)}
	}
	return end{-1, j}
}

// Parts that are joined have at least so many marks together, and one of them as many
// as stand between two odd marks. Single marks are parts of letters.
const (
	minPart   = 2
	minJoined = 8
	joinApart = 3 // marks that are alike between an odd one and the end of a part
)

// joined returns the lines of the parts: those that go on with another one as high
// become one.
func joined(all []mark, parts []part) []chain {
	begins := make(map[int]int, len(parts)) // the part that begins with a mark
	for k, p := range parts {
		begins[p.first] = k
	}
	follower := make([]int, len(parts))
	follows := make([]bool, len(parts))
	for k, p := range parts {
		follower[k] = -1
		if p.beyond < 0 {
			continue
		}
		if n, ok := begins[p.beyond]; ok && !follows[n] && p.goesOn(parts[n].chain) {
			follower[k], follows[n] = n, true
		}
	}
	var out []chain
	for k, p := range parts {
		if follows[k] {
			continue
		}
		c := p.chain
		piece := p.piece
		for n := follower[k]; n >= 0; n = follower[n] {
			if piece >= 0 {
				m := all[piece]
				last := c.marks[len(c.marks)-1]
				m.y0, m.y1 = last.y0, last.y1
				c.marks = append(c.marks, m)
			}
			piece = parts[n].piece
			c.marks = append(c.marks, parts[n].marks...)
			c.tight[1] = parts[n].tight[1]
		}
		out = append(out, c)
	}
	return out
}

// goesOn reports whether the marks of two chains are as high, and stand on one base
// line.
func (c chain) goesOn(d chain) bool {
	a, b := len(c.marks), len(d.marks)
	if min(a, b) < minPart || max(a, b) < oddApart || a+b < minJoined {
		return false
	}
	h := typical(c.marks, mark.h)
	end, start := c.marks[len(c.marks)-1], d.marks[0]
	return math.Abs(typical(d.marks, mark.h)-h) <= max(tolerance, sameHeight*h) &&
		float64(start.x0-end.x1) <= maxGap*h && math.Abs(float64(start.y1-end.y1)) <= closeHeight*h
}

// spans reports whether a mark to the right is what is left of a digit: close, much
// lower, and neither above nor beneath the line.
func (m mark) spans(n mark) bool {
	h := float64(m.h())
	return float64(n.x0-m.x1) < closeGap*h && float64(n.h()) < (1-closeHeight)*h &&
		float64(m.y0-n.y0) <= tolerance && float64(n.y1-m.y1) <= tolerance
}
