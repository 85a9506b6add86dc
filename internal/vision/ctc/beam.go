package ctc

import (
	"cmp"
	"slices"
)

// Matrix is what one crop said: for each column the probability of each
// symbol, the digits first, then the slash, then the blank.
type Matrix []float64

// Symbols of a Matrix.
const (
	Slash   = 10
	Blank   = 11
	symbols = 12
)

// floor is mixed into every column, so that one crop's certainty can always
// be outvoted by the others.
const floor = 2e-4

const (
	beamWidth = 32
	faint     = 1e-7 // prefixes this much less likely than the best are dropped
	prune     = 2e-4 // symbols less likely than this do not extend a prefix
)

// prefix is a node of the tree of strings under consideration. In column
// stamp its entry is the one numbered slot.
type prefix struct {
	parent, last int
	child        [symbols - 1]int
	stamp, slot  int
}

// beamEntry carries the probability of all alignments that spell a prefix and
// end in a blank, or in its last symbol.
type beamEntry struct {
	node         int
	blank, solid float64
}

// beam is the CTC prefix beam search (Graves 2012, section 7.5.3, without a
// language model): the strings with the greatest total probability over all
// alignments. withSlash admits the slash.
func beam(m Matrix, withSlash bool) []string {
	limit := Slash
	if withSlash {
		limit = Slash + 1
	}
	tree := []prefix{{parent: -1, last: -1}}
	live := []beamEntry{{blank: 1}}
	var next []beamEntry
	column := 0
	entry := func(node int) *beamEntry {
		n := &tree[node]
		if n.stamp != column {
			n.stamp, n.slot = column, len(next)
			next = append(next, beamEntry{node: node})
		}
		return &next[n.slot]
	}
	for t := 0; t+symbols <= len(m); t += symbols {
		col := m[t : t+symbols]
		next = next[:0]
		column++
		for _, e := range live {
			last := tree[e.node].last
			same := entry(e.node)
			same.blank += (e.blank + e.solid) * smooth(col[Blank])
			if last >= 0 {
				same.solid += e.solid * smooth(col[last])
			}
			for c := range limit {
				if col[c] < prune {
					continue
				}
				p := e.blank
				if c != last {
					p += e.solid
				}
				if p == 0 {
					continue
				}
				node := tree[e.node].child[c]
				if node == 0 {
					node = len(tree)
					tree = append(tree, prefix{parent: e.node, last: c})
					tree[e.node].child[c] = node
				}
				entry(node).solid += p * smooth(col[c])
			}
		}
		live = best(live[:0], next)
	}
	return spell(tree, live)
}

func best(dst, from []beamEntry) []beamEntry {
	top := 0.0
	for _, e := range from {
		top = max(top, e.blank+e.solid)
	}
	// Dropping what cannot return to the beam makes the sort short.
	from = slices.DeleteFunc(from, func(e beamEntry) bool { return e.blank+e.solid < faint*top })
	slices.SortFunc(from, func(a, b beamEntry) int {
		if c := cmp.Compare(b.blank+b.solid, a.blank+a.solid); c != 0 {
			return c
		}
		return a.node - b.node
	})
	return append(dst, from[:min(beamWidth, len(from))]...)
}

func spell(tree []prefix, live []beamEntry) []string {
	out := make([]string, 0, len(live))
	for _, e := range live {
		var s []byte
		for n := e.node; n > 0; n = tree[n].parent {
			s = append(s, symbolByte(tree[n].last))
		}
		slices.Reverse(s)
		out = append(out, string(s))
	}
	return out
}

func smooth(p float64) float64 { return p*(1-floor) + floor/symbols }

func symbolByte(c int) byte {
	if c == Slash {
		return '/'
	}
	return byte('0' + c)
}

// Symbol is a byte's index in a Matrix's columns: of a digit, or the slash.
func Symbol(b byte) int {
	if b == '/' {
		return Slash
	}
	return int(b - '0')
}
