package pageline

import "bytes"

// mark is a connected piece of ink: a character, a part of one, or several that
// touch. Its box is half-open.
type mark struct {
	x0, y0, x1, y1 int
	area           int
}

func (m mark) w() int { return m.x1 - m.x0 }
func (m mark) h() int { return m.y1 - m.y0 }

// turned returns the mark in an image that is turned by a quarter, so that its
// columns, from the bottom, are rows.
func (m mark) turned(height int) mark {
	return mark{height - m.y1, m.x0, height - m.y0, m.x1, m.area}
}

// run is a stretch of ink in a row.
type run struct{ from, to, label int }

// marks returns the connected pieces of ink of one polarity. Pixels that touch at
// a corner are connected.
func marks(ink []uint8, w, h int, polarity uint8) []mark {
	var all []mark
	var parent []int
	root := func(i int) int {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	var above, here []run
	for y := range h {
		here = here[:0]
		row := ink[y*w : (y+1)*w]
		next := 0 // of above: the first run that may touch
		for x := 0; ; {
			ahead := bytes.IndexByte(row[x:], polarity)
			if ahead < 0 {
				break
			}
			from := x + ahead
			for x = from + 1; x < w && row[x] == polarity; x++ {
			}
			label := -1
			for next < len(above) && above[next].to < from {
				next++
			}
			for k := next; k < len(above) && above[k].from <= x; k++ {
				other := root(above[k].label)
				switch {
				case label < 0:
					label = other
				case label != other:
					all[label] = merged(all[label], all[other])
					parent[other] = label
				}
			}
			stretch := mark{from, y, x, y + 1, x - from}
			if label < 0 {
				label = len(all)
				all, parent = append(all, stretch), append(parent, label)
			} else {
				all[label] = merged(all[label], stretch)
			}
			here = append(here, run{from, x, label})
		}
		above, here = here, above
	}
	var out []mark
	for i, m := range all {
		if parent[i] == i {
			out = append(out, m)
		}
	}
	return out
}

func merged(a, b mark) mark {
	return mark{min(a.x0, b.x0), min(a.y0, b.y0), max(a.x1, b.x1), max(a.y1, b.y1), a.area + b.area}
}
