package pipeline

import (
	"iter"
	"math"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/pan"
)

// layout is a way in which a card sets a number: the lengths of its groups.
type layout struct {
	groups []int
	first  byte    // the digit with which its numbers begin; 0 for any
	weight float64 // log of how common it is
}

// layouts are those of issued cards.
var layouts = []layout{
	{[]int{4, 4, 4, 4}, 0, 0},
	{[]int{4, 4, 4, 4, 3}, 0, -1},
	{[]int{6, 13}, 0, -1},
	{[]int{4, 6, 5}, '3', 0},
	{[]int{4, 6, 4}, '3', -0.5},
	{[]int{4, 4, 4, 3}, '3', -1.5},
	{[]int{4, 4, 4, 2}, '3', -2},
	{[]int{4, 4, 4, 4, 2}, '6', -2},
	{[]int{6, 12}, '6', -2},
	{[]int{4, 4, 4, 4, 1}, '6', -2.5},
	{[]int{6, 11}, '6', -2.5},
	{[]int{4, 4, 5}, '4', -3},
	{[]int{4, 3, 3, 3}, '4', -3.5},
	{[]int{16}, 0, -1.2},
	{[]int{19}, 0, -1.7},
}

const (
	// slotError is by how much a digit is off its place, in places: the standard
	// deviation.
	slotError = 0.12
	// endError is by how much the last covered digit is, where nothing ends the run.
	endError = 1.2
	// maxSlotError is the root mean square from which a layout does not fit.
	maxSlotError = 0.25
	// minGap and maxGap are the gap between groups beyond the pitch, in pitches.
	minGap, maxGap = 0.2, 2.2
	// pitchSlack is by how much the pitch may differ from that of neighbours.
	pitchSlack = 0.12
	// minLead is the log weight by which a layout must lead others of another count.
	minLead = 1.0
	// minAnchors is how many visible digits show a layout.
	minAnchors = 4
	// rangeHas and rangeLacks are the log weights of lengths that the issuer's range
	// has and does not have.
	rangeHas, rangeLacks = 1.0, -2.0
	// maxOff is how far beyond the card's edge a digit may seem to be, in pitches.
	maxOff = 0.5
)

// run is a run of covered digits.
type run struct{ from, to int }

// fit is the places of a number's digits along its line, and the runs of covered ones.
type fit struct {
	text    string
	x       []float64
	runs    []run
	pitch   float64
	seen    int     // visible digits
	grouped bool    // a gap between groups is visible
	lo, hi  float64 // where the card ends along the line
}

// newFit returns the fit of a text at these places. ok is false if too little of it is
// visible, or nothing is covered.
func newFit(text string, x []float64, lo, hi float64) (f *fit, ok bool) {
	f = &fit{text: text, x: x, lo: lo, hi: hi}
	var steps []float64
	for i := range text {
		if text[i] == pan.CoveredDigit {
			if n := len(f.runs); n > 0 && f.runs[n-1].to == i {
				f.runs[n-1].to++
			} else {
				f.runs = append(f.runs, run{i, i + 1})
			}
			continue
		}
		f.seen++
		if i > 0 && text[i-1] != pan.CoveredDigit {
			steps = append(steps, x[i]-x[i-1])
		}
	}
	if f.seen < minAnchors || len(f.runs) == 0 || len(f.runs) > 2 || len(steps) < 2 {
		return nil, false
	}
	slices.Sort(steps)
	f.pitch = steps[3*len(steps)/8]
	f.grouped = steps[len(steps)-1] > groupGap*f.pitch
	return f, f.pitch > 0
}

// placing is one way to place the digits in a layout.
type placing struct {
	counts []int // covered digits of each run
	weight float64
}

// best returns the likeliest placing. ok is false if no layout fits, or others fit as
// well with other counts.
func (f *fit) best() (best placing, ok bool) {
	next := math.Inf(-1)
	best.weight = math.Inf(-1)
	for _, l := range layouts {
		for p := range f.placings(l) {
			p.weight += f.listed(p)
			switch same := slices.Equal(p.counts, best.counts); {
			case p.weight > best.weight && !same:
				best, next = p, best.weight
			case p.weight > best.weight:
				best = p
			case !same:
				next = max(next, p.weight)
			}
		}
	}
	return best, best.counts != nil && best.weight >= next+minLead
}

// placings yields the ways in which the digits fit in a layout.
func (f *fit) placings(l layout) iter.Seq[placing] {
	return func(yield func(placing) bool) {
		var group []float64 // of each place of the layout
		for g, n := range l.groups {
			for range n {
				group = append(group, float64(g))
			}
		}
		hidden := len(group) - f.seen
		foreign := l.first != 0 && f.text[0] != pan.CoveredDigit && f.text[0] != l.first
		if foreign || hidden < len(f.runs) || len(l.groups) == 1 && f.grouped {
			return
		}
		if len(f.runs) == 1 {
			if p, ok := f.place(group, []int{hidden}); ok {
				p.weight += l.weight
				yield(p)
			}
			return
		}
		for n := 1; n < hidden; n++ {
			if p, ok := f.place(group, []int{n, hidden - n}); ok {
				p.weight += l.weight
				if !yield(p) {
					return
				}
			}
		}
	}
}

// place weighs a layout, given by the group of each of its places, with so many covered
// digits in each run.
func (f *fit) place(group []float64, counts []int) (p placing, ok bool) {
	var at []int // the visible digits' places
	var x []float64
	slot, k := 0, 0
	for i := 0; i < len(f.text); i++ {
		if k < len(f.runs) && f.runs[k].from == i {
			slot, i = slot+counts[k], f.runs[k].to-1
			k++
			continue
		}
		at, x = append(at, slot), append(x, f.x[i])
		slot++
	}
	g, ok := fitPlaces(at, group, x, f.pitch)
	if !ok || math.Abs(g.pitch/f.pitch-1) > pitchSlack {
		return p, false
	}
	if group[len(group)-1] > 0 && (g.gap < minGap*g.pitch || g.gap > maxGap*g.pitch) {
		return p, false
	}
	place := func(slot int) float64 { return g.left + float64(slot)*g.pitch + group[slot]*g.gap }
	sum := 0.0
	for i, s := range at {
		d := (x[i] - place(s)) / g.pitch
		sum += d * d
	}
	first, last := place(0), place(len(group)-1)
	off := maxOff * g.pitch
	if math.Sqrt(sum/float64(len(at))) > maxSlotError || first < f.lo-off || last > f.hi+off {
		return p, false
	}
	p = placing{counts: counts, weight: -sum / (2 * slotError * slotError)}
	for _, end := range []float64{(f.x[0] - first) / g.pitch, (last - f.x[len(f.x)-1]) / g.pitch} {
		p.weight -= end * end / (2 * endError * endError)
	}
	return p, true
}

// fitPlaces fits the start, the pitch and the gap between groups to the places at which
// digits are seen, by least squares. If all stand in one group, the gap is the usual
// pitch.
func fitPlaces(at []int, group, x []float64, usual float64) (g grid, ok bool) {
	one := true
	for _, s := range at {
		one = one && group[s] == group[at[0]]
	}
	n := 3
	if one {
		n = 2
	}
	var a [3][4]float64 // normal equations
	for i, s := range at {
		row := [3]float64{1, float64(s), group[s]}
		for r := range n {
			for c := range n {
				a[r][c] += row[r] * row[c]
			}
			a[r][3] += row[r] * x[i]
		}
	}
	for k := range n {
		if math.Abs(a[k][k]) < 1e-9 {
			return g, false
		}
		for r := range n {
			if m := a[r][k] / a[k][k]; r != k {
				for c := range 4 {
					a[r][c] -= m * a[k][c]
				}
			}
		}
	}
	g = grid{left: a[0][3] / a[0][0], pitch: a[1][3] / a[1][1], gap: usual}
	if one {
		g.left -= group[at[0]] * usual
	} else {
		g.gap = a[2][3] / a[2][2]
	}
	return g, true
}

// listed is the log weight of a placing's length by the issuer's range, if the first
// digits show it.
func (f *fit) listed(p placing) float64 {
	text := f.counted(p)
	first := strings.IndexByte(text, pan.CoveredDigit)
	if first < minFirst {
		return 0
	}
	at := prior.Lookup(text)
	switch {
	case at.Network != "" && !prior.PossibleLength(text, at, nil):
		return rangeLacks
	case first < issuerSeen || !at.Listed || at.Permissive:
		return 0
	case at.LengthMatches:
		return rangeHas
	}
	return rangeLacks
}

// counted returns the text with as many covered digits in each run as a placing has.
func (f *fit) counted(p placing) string {
	var b strings.Builder
	at := 0
	for k, r := range f.runs {
		b.WriteString(f.text[at:r.from])
		b.WriteString(strings.Repeat(string(pan.CoveredDigit), p.counts[k]))
		at = r.to
	}
	b.WriteString(f.text[at:])
	return b.String()
}

// inLayout returns the digits with as many covered ones as the layout has that fits
// where the visible ones stand on the card. ok is false if none does.
func inLayout(digits []Digit, card geom.Quad) (fitted []Digit, ok bool) {
	w, h := card.Width(), card.Height()
	onCard, ok := geom.QuadToQuad(card, geom.RectQuad(0, 0, w, h))
	if !ok || len(digits) < 2 {
		return nil, false
	}
	var text []byte
	var at []geom.Point
	for _, d := range digits {
		text, at = append(text, d.Value), append(at, onCard.Apply(d.Quad.Center()))
	}
	first := at[0]
	d := at[len(at)-1].Sub(first)
	along := d.Mul(1 / math.Max(d.Len(), 1e-3))
	var x []float64
	for _, p := range at {
		x = append(x, p.Sub(first).X*along.X+p.Sub(first).Y*along.Y)
	}
	lo, hi := reach(first, along, geom.Rect{X1: w, Y1: h})
	f, ok := newFit(string(text), x, lo, hi)
	if !ok {
		return nil, false
	}
	p, ok := f.best()
	if !ok {
		return nil, false
	}
	from := 0
	for k, r := range f.runs {
		fitted = append(fitted, digits[from:r.from]...)
		for i := range p.counts[k] { // evenly among those that there are
			fitted = append(fitted, digits[r.from+i*(r.to-r.from)/p.counts[k]])
		}
		from = r.to
	}
	return append(fitted, digits[from:]...), true
}

// reach returns how far an area extends from a point, backwards and forwards along a
// direction that is rather level or rather upright.
func reach(from, along geom.Point, area geom.Rect) (back, forth float64) {
	back, forth = (area.X0-from.X)/along.X, (area.X1-from.X)/along.X
	if math.Abs(along.X) < math.Abs(along.Y) {
		back, forth = (area.Y0-from.Y)/along.Y, (area.Y1-from.Y)/along.Y
	}
	return min(back, forth), max(back, forth)
}
