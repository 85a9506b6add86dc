package detect

import (
	"cmp"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
)

// Where cards lie side by side, or lean by about half a quarter turn, cells vote for
// corners of two cards or of two turns, and the mean of such votes is the outline of
// none. The heat maps still show the corners: three or four peaks with card between
// them make an outline, which replaces those that are shown worse.
const (
	minPeak     = 0.25          // corner probability of a peak
	maxPeaks    = 16            // of which outlines are made, the sharpest ones
	peakApart   = 1.5 * stride  // at least, from one peak to the next
	cornerReach = 1.25 * stride // of a peak: an outline may have its corner so far away
	unseenHeat  = 0.4           // that counts for a corner outside the image
	foreign     = 0.5           // of its heat, by which a peak on an outline's side or inside speaks against it

	minBetween = 0.6  // mean card probability of the cells inside
	minQuality = 0.23 // of an outline that peaks make
	minBetter  = 1.25 // times the quality of those that it replaces
	maxNamed   = 0.8  // Likely[0] up to which an outline may be replaced: its corners are surely named otherwise
	maxShared  = 0.2  // of the smaller one of two outlines that lies in the other

	// How a card may be seen: its aspect ratio, and the ratio of opposite sides.
	cardAspect           = 1.586
	minAspect, maxAspect = 1.1, 2.3
	aspectSigma          = 0.4
	maxOpposite          = 1.7
)

// peak is a place where the heat maps show a corner of a card.
type peak struct {
	at   geom.Point
	heat float64
}

// evidence is what the network shows of outlines.
type evidence struct {
	peaks   []peak
	cells   []cell
	content geom.Rect
}

// framed is an outline that peaks make, with its quality.
type framed struct {
	corners geom.Quad
	quality float64
}

// cornered replaces outlines by others whose corners the heat maps show better, and adds
// those of cards that were not found.
func cornered(out []float32, cells []cell, found []Found, content geom.Rect) []Found {
	e := evidence{peaks(out), cells, content}
	worth := make([]float64, len(found))
	for i, f := range found {
		worth[i] = e.quality(f.Corners)
		if f.Likely[0] > maxNamed {
			worth[i] = 1
		}
	}
	for _, f := range e.frames() {
		var kept []Found
		var keptWorth []float64
		better := true
		for i, g := range found {
			if share(f.corners, g.Corners) <= maxShared {
				kept, keptWorth = append(kept, g), append(keptWorth, worth[i])
			} else if f.quality < worth[i]*minBetter {
				better = false
			}
		}
		if !better {
			continue
		}
		if sharp, likely := sharpen(out, f.corners); sharp.Convex() {
			score, _ := e.inside(f.corners)
			found = append(kept, Found{Corners: sharp, Score: score, Likely: likely})
			worth = append(keptWorth, f.quality)
		}
	}
	return found
}

// peaks returns the sharpest peaks of the heat maps, whichever corner they show.
func peaks(out []float32) (all []peak) {
	var heat [grid * grid]float64
	for i := range heat {
		o := out[i*channels:]
		heat[i] = sigmoid(max(o[0], o[1], o[2], o[3]))
	}
	for i, h := range heat {
		if h >= minPeak && h == around(&heat, i) {
			o := out[i*channels:]
			x, y := center(i)
			all = append(all, peak{geom.Point{X: x + stride*clampUnit(o[chOffset]), Y: y + stride*clampUnit(o[chOffset+1])}, h})
		}
	}
	slices.SortStableFunc(all, func(a, b peak) int { return cmp.Compare(b.heat, a.heat) })
	var apart []peak
	for _, p := range all {
		if !slices.ContainsFunc(apart, func(q peak) bool { return q.at.Sub(p.at).Len() < peakApart }) {
			apart = append(apart, p)
		}
	}
	return apart[:min(len(apart), maxPeaks)]
}

// around returns the highest value of a cell and its neighbours.
func around(heat *[grid * grid]float64, i int) (highest float64) {
	for y := max(0, i/grid-1); y <= min(grid-1, i/grid+1); y++ {
		for x := max(0, i%grid-1); x <= min(grid-1, i%grid+1); x++ {
			highest = max(highest, heat[y*grid+x])
		}
	}
	return highest
}

// frames returns the outlines that four peaks make, or three with a fourth corner that
// completes a parallelogram, the best first.
func (e *evidence) frames() (all []framed) {
	add := func(points ...geom.Point) {
		if q, ok := frame(points); ok {
			if v := e.quality(q); v >= minQuality {
				all = append(all, framed{q, v})
			}
		}
	}
	for i, a := range e.peaks {
		for j, b := range e.peaks[:i] {
			for k, c := range e.peaks[:j] {
				for _, d := range e.peaks[:k] {
					add(a.at, b.at, c.at, d.at)
				}
				add(a.at, b.at, c.at, a.at.Add(b.at).Sub(c.at))
				add(a.at, b.at, c.at, b.at.Add(c.at).Sub(a.at))
				add(a.at, b.at, c.at, c.at.Add(a.at).Sub(b.at))
			}
		}
	}
	slices.SortStableFunc(all, func(a, b framed) int { return cmp.Compare(b.quality, a.quality) })
	return all
}

// frame returns the outline with these corners, if a card may be seen so.
func frame(points []geom.Point) (q geom.Quad, ok bool) {
	corners := hull(points)
	if len(corners) != 4 {
		return q, false
	}
	copy(q[:], corners)
	if !q.Convex() || q.Area() < minArea*Content*Content/4 {
		return q, false
	}
	for k := range 2 {
		a, b := q[k+1].Sub(q[k]).Len(), q[(k+3)%4].Sub(q[k+2]).Len()
		if max(a, b) > maxOpposite*min(a, b) {
			return q, false
		}
	}
	r := aspect(q)
	return q, r >= minAspect && r <= maxAspect
}

// aspect returns the ratio of the longer sides to the shorter ones.
func aspect(q geom.Quad) float64 {
	r := q.Width() / math.Max(1, q.Height())
	return math.Max(r, 1/r)
}

// quality returns how well an outline is shown, from 0 to 1: by peaks at its corners and
// none elsewhere, by card inside, and by its shape. It is 0 if it is less than minQuality.
func (e *evidence) quality(q geom.Quad) float64 {
	off := math.Log(aspect(q)/cardAspect) / aspectSigma
	shown := e.cornerHeat(q) * math.Exp(-off*off/2)
	if shown < minQuality {
		return 0
	}
	inside, n := e.inside(q)
	if n < minCells || inside < minBetween || shown*inside < minQuality {
		return 0
	}
	return shown * inside
}

// cornerHeat returns the mean heat at an outline's corners, less what peaks elsewhere on
// it say.
func (e *evidence) cornerHeat(q geom.Quad) (heat float64) {
	for _, p := range q {
		best := 0.0
		if p.X < e.content.X0 || p.Y < e.content.Y0 || p.X > e.content.X1 || p.Y > e.content.Y1 {
			best = unseenHeat
		}
		for _, k := range e.peaks {
			if k.heat > best && k.at.Sub(p).Len() <= cornerReach {
				best = k.heat
			}
		}
		heat += best / 4
	}
	wide := scaled(q, 1.1)
	for _, k := range e.peaks {
		if wide.Contains(k.at) && !slices.ContainsFunc(q[:], func(p geom.Point) bool { return k.at.Sub(p).Len() <= 2*cornerReach }) {
			heat *= 1 - foreign*k.heat
		}
	}
	return heat
}

// inside returns the mean card probability of an outline's cells that show the image,
// and their count.
func (e *evidence) inside(q geom.Quad) (mean float64, n int) {
	b := q.Bounds()
	at := func(v float64) int { return int(min(max(v/stride, 0), grid-1)) }
	x0, x1 := at(max(b.X0, e.content.X0)), at(min(b.X1, e.content.X1))
	y0, y1 := at(max(b.Y0, e.content.Y0)), at(min(b.Y1, e.content.Y1))
	for i := y0; i <= y1; i++ {
		for k := i*grid + x0; k <= i*grid+x1; k++ {
			if x, y := center(k); q.Contains(geom.Point{X: x, Y: y}) {
				mean += e.cells[k].p
				n++
			}
		}
	}
	return mean / float64(max(1, n)), n
}

// share returns how much of the smaller one of two outlines lies in the other.
func share(a, b geom.Quad) float64 {
	if u, v := a.Bounds(), b.Bounds(); u.X0 > v.X1 || v.X0 > u.X1 || u.Y0 > v.Y1 || v.Y0 > u.Y1 {
		return 0
	}
	inA, inB, both := 0, 0, 0
	for i := range grid * grid {
		x, y := center(i)
		p := geom.Point{X: x, Y: y}
		switch onA, onB := a.Contains(p), b.Contains(p); {
		case onA && onB:
			inA, inB, both = inA+1, inB+1, both+1
		case onA:
			inA++
		case onB:
			inB++
		}
	}
	return float64(both) / float64(max(1, min(inA, inB)))
}
