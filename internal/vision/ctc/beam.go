package ctc

import (
	"cmp"
	"slices"
)

// Matrix is a network's answer for one crop: column after column, the
// probability of each class.
type Matrix []float64

// Classes of the network's output: 0 to 9 are the digits. training/nets.py has
// the same order.
const (
	Slash   = 10
	Covered = 11 // a digit that is there and cannot be seen
	Blank   = 12
	Classes = 13
)

// CoveredDigit stands in a text for a digit that is there and cannot be seen.
const CoveredDigit = '?'

// floor is mixed into every column, so that the other crops can always outvote
// one that is certain.
const floor = 2e-4

const (
	beamWidth = 32
	minShare  = 1e-7 // prefixes this much less likely than the best are dropped
	minSymbol = 2e-4 // symbols less likely than this do not extend a prefix
)

// prefix is a node of the tree of texts under consideration. Its entry for
// column stamp is number slot.
type prefix struct {
	parent, last int
	child        [Classes - 1]int
	stamp, slot  int
}

// beamEntry has the probability of all alignments that spell a prefix and end
// in a blank, or in its last symbol.
type beamEntry struct {
	node         int
	blank, solid float64
}

// beam is the CTC prefix beam search (Graves 2012, section 7.5.3, without a
// language model): the texts with the greatest total probability over all
// alignments. withSlash admits the slash.
func beam(m Matrix, withSlash bool) []string {
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
	for t := 0; t+Classes <= len(m); t += Classes {
		col := m[t : t+Classes]
		next = next[:0]
		column++
		for _, e := range live {
			last := tree[e.node].last
			same := entry(e.node)
			same.blank += (e.blank + e.solid) * smooth(col[Blank])
			if last >= 0 {
				same.solid += e.solid * smooth(col[last])
			}
			for c := range Blank {
				if col[c] < minSymbol || c == Slash && !withSlash {
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
		live = truncate(live[:0], next)
	}
	slices.SortFunc(live, byShare)
	return texts(tree, live)
}

// byShare orders entries from the likeliest on.
func byShare(a, b beamEntry) int {
	return cmp.Or(cmp.Compare(b.blank+b.solid, a.blank+a.solid), a.node-b.node)
}

// truncate appends the best entries of a column to dst, in any order.
func truncate(dst, from []beamEntry) []beamEntry {
	top := 0.0
	for _, e := range from {
		top = max(top, e.blank+e.solid)
	}
	from = slices.DeleteFunc(from, func(e beamEntry) bool { return e.blank+e.solid < minShare*top })
	if len(from) > beamWidth {
		slices.SortFunc(from, byShare)
		from = from[:beamWidth]
	}
	return append(dst, from...)
}

// texts spells out the prefixes of the entries.
func texts(tree []prefix, live []beamEntry) []string {
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

func smooth(p float64) float64 { return p*(1-floor) + floor/Classes }

func symbolByte(c int) byte { return "0123456789/?"[c] }

// Symbol returns the class of a digit, the slash or CoveredDigit.
func Symbol(b byte) int {
	switch b {
	case '/':
		return Slash
	case CoveredDigit:
		return Covered
	}
	return int(b - '0')
}
