package checks

import (
	"math"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/geom"
)

const (
	// A corner that is this share of the card's length outside the image is as
	// likely an error of the outline as a card that is cut off.
	overhangMiddle = 0.045
	overhangScale  = 0.008

	// A stretch of a side without an edge: its share of the side that is as
	// likely a plain part of the design as something that covers the edge.
	coveredMiddle = 0.24
	coveredScale  = 0.04

	sidePlaces  = 28 // along each side where the edge is looked for
	cornerShare = 0.1
	sideDepth   = 4  // pixels of the flat card inside and outside the edge
	noEdge      = 14 // mean difference of the channels, inside to outside
	otherColor  = 45 // the same, to the usual colour inside this side
)

// border judges whether the whole edge of the card can be seen.
func border(flat *flatCard, c Card) capture.Check {
	if !c.Outline {
		return result(0)
	}
	length := math.Max(c.Corners.Width(), c.Corners.Height())
	p, at := 0.0, []geom.Quad(nil)
	for side := range 4 {
		a, b := c.Corners[side], c.Corners[(side+1)%4]
		cut := logistic(math.Max(outside(c.Whole, a), outside(c.Whole, b))/length, overhangMiddle, overhangScale)
		share, from, to := coveredShare(flat, side)
		hidden := logistic(share, coveredMiddle, coveredScale)
		if cut < warnFrom && hidden >= warnFrom {
			at = append(at, flat.quad(sideRect(flat, side, from, to)))
		}
		if cut >= warnFrom {
			at = append(at, flat.quad(sideRect(flat, side, 0, 1)))
		}
		p = max(p, cut, hidden)
	}
	return result(p, at...)
}

// outside returns how far a point is outside a rectangle.
func outside(r geom.Rect, p geom.Point) float64 {
	return max(0, r.X0-p.X, r.Y0-p.Y, p.X-r.X1, p.Y-r.Y1)
}

// sideRect is the band along a part of a side: 0 is the top, then clockwise.
func sideRect(flat *flatCard, side int, from, to float64) geom.Rect {
	f, d := flat.frame, float64(sideDepth)
	switch side {
	case 0:
		return geom.Rect{X0: f.X0 + from*f.W(), X1: f.X0 + to*f.W(), Y0: f.Y0 - d, Y1: f.Y0 + d}
	case 1:
		return geom.Rect{X0: f.X1 - d, X1: f.X1 + d, Y0: f.Y0 + from*f.H(), Y1: f.Y0 + to*f.H()}
	case 2:
		return geom.Rect{X0: f.X1 - to*f.W(), X1: f.X1 - from*f.W(), Y0: f.Y1 - d, Y1: f.Y1 + d}
	}
	return geom.Rect{X0: f.X0 - d, X1: f.X0 + d, Y0: f.Y1 - to*f.H(), Y1: f.Y1 - from*f.H()}
}

// color is a mean of pixels.
type color [3]float64

func (c color) distance(d color) float64 {
	return (math.Abs(c[0]-d[0]) + math.Abs(c[1]-d[1]) + math.Abs(c[2]-d[2])) / 3
}

// coveredShare returns the longest stretch of a side that something covers, as a
// share of the side and by its ends. A finger has one colour on both sides of the
// edge, and another one than the card has along the rest of the side.
func coveredShare(flat *flatCard, side int) (share, from, to float64) {
	var inner, outer [sidePlaces]color
	for i := range sidePlaces {
		t := cornerShare + (1-2*cornerShare)*(float64(i)+0.5)/sidePlaces
		inner[i], outer[i] = across(flat, side, t)
	}
	usual := medianColor(inner[:])
	covered := func(i int) bool {
		return inner[i].distance(outer[i]) < noEdge && inner[i].distance(usual) > otherColor
	}
	best, at := 0, 0
	for i := 0; i < sidePlaces; i++ {
		n := 0
		for i+n < sidePlaces && covered(i+n) {
			n++
		}
		if n > best {
			best, at = n, i
		}
		i += n
	}
	place := func(i int) float64 { return cornerShare + (1-2*cornerShare)*float64(i)/sidePlaces }
	return (1 - 2*cornerShare) * float64(best) / sidePlaces, place(at), place(at + best)
}

// across returns the mean colours just inside and just outside the edge at t
// along a side.
func across(flat *flatCard, side int, t float64) (inner, outer color) {
	r := sideRect(flat, side, t, t)
	x, y := (r.X0+r.X1)/2, (r.Y0+r.Y1)/2
	dx, dy := 0.0, 1.0 // inwards
	switch side {
	case 1:
		dx, dy = -1, 0
	case 2:
		dx, dy = 0, -1
	case 3:
		dx, dy = 1, 0
	}
	mean := func(sign float64) (m color) {
		for d := 3; d <= sideDepth+1; d++ {
			px := min(max(int(x+sign*dx*float64(d)), 0), flat.W-1)
			py := min(max(int(y+sign*dy*float64(d)), 0), flat.H-1)
			for i, v := range flat.at(px, py) {
				m[i] += float64(v) / (sideDepth - 1)
			}
		}
		return m
	}
	return mean(1), mean(-1)
}

func medianColor(all []color) (m color) {
	for ch := range m {
		values := make([]float64, len(all))
		for i, c := range all {
			values[i] = c[ch]
		}
		m[ch] = median(values)
	}
	return m
}
