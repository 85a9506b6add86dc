package redaction

import (
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pipeline"
)

// Rims of covers. Along a line that is covered whole they are a digit and a half:
// a line may go on further than it was read.
const (
	rimAcross = 0.3  // heights of a digit above and below: embossing has shadows
	rimAlong  = 1.5  // widths of a digit beyond both ends
	dateRim   = 0.35 // heights of a date, on all sides
)

// numberCover returns the cover of a number or of a line of digits: of all of it,
// or of the digits between those that stay.
func numberCover(region pipeline.Region, o Options) Cover {
	cover := Cover{Kind: region.Kind, Last: region.LastFour()}
	n, first, last := len(region.Digits), o.Keep.First, o.Keep.Last
	if !region.Sure || first+last >= n {
		first, last = 0, 0
	}
	quads := make([]geom.Quad, 0, n)
	for _, d := range region.Digits[first : n-last] {
		quads = append(quads, d.Quad)
	}
	if first+last == 0 {
		quads = append(quads, region.Quad)
	}
	around := geom.Around(quads)
	digit := region.Digits[n/2].Quad
	up, along := rimAcross*digit.Height(), 0.0
	if first == 0 {
		along = rimAlong * digit.Width()
	}
	left := along
	along = 0
	if last == 0 {
		along = rimAlong * digit.Width()
	}
	cover.Quad = grown(around, left, along, up)
	// Towards digits that stay the cover ends in the middle of the gap. Digits of
	// stacked numbers stand in rows: the bounds of what is covered take all rows.
	if !oneLine(region.Digits) {
		return cover
	}
	if first > 0 {
		cover.Quad = leftTo(cover.Quad, middle(region.Digits[first-1].Quad, region.Digits[first].Quad))
	}
	if last > 0 {
		cover.Quad = rightTo(cover.Quad, middle(region.Digits[n-last-1].Quad, region.Digits[n-last].Quad))
	}
	return cover
}

// oneLine reports whether the digits stand on one line.
func oneLine(digits []pipeline.Digit) bool {
	first, last := digits[0].Quad, digits[len(digits)-1].Quad
	whole := geom.Quad{first[0], last[1], last[2], first[3]}
	for _, d := range digits {
		if !whole.Convex() || !whole.Contains(d.Quad.Center()) {
			return false
		}
	}
	return true
}

// middle returns the point between two digits that follow each other, or the
// edge of the first one if there is a gap or the end of a row between them.
func middle(a, b geom.Quad) geom.Point {
	end, start := a[1].Add(a[2]).Mul(0.5), b[0].Add(b[3]).Mul(0.5)
	if start.Sub(end).Len() > 2*a.Height() {
		return end
	}
	return end.Add(start).Mul(0.5)
}

// axes returns the direction of a quad's line and the one across it.
func axes(q geom.Quad) (along, across geom.Point) {
	u := q[1].Add(q[2]).Sub(q[0]).Sub(q[3])
	if l := u.Len(); l > 0 {
		u = u.Mul(1 / l)
	} else {
		u = geom.Point{X: 1}
	}
	return u, geom.Point{X: -u.Y, Y: u.X}
}

// grown moves the edges of a quad outwards.
func grown(q geom.Quad, left, right, across float64) geom.Quad {
	u, v := axes(q)
	if turned := q[3].Sub(q[0]); turned.X*v.X+turned.Y*v.Y < 0 { // mirrored
		v = v.Mul(-1)
	}
	return geom.Quad{
		q[0].Sub(u.Mul(left)).Sub(v.Mul(across)), q[1].Add(u.Mul(right)).Sub(v.Mul(across)),
		q[2].Add(u.Mul(right)).Add(v.Mul(across)), q[3].Sub(u.Mul(left)).Add(v.Mul(across)),
	}
}

func widened(q geom.Quad, along, across float64) geom.Quad {
	h := q.Height()
	return grown(q, along*h, along*h, across*h)
}

// leftTo moves the left edge of a quad to a point along its line.
func leftTo(q geom.Quad, p geom.Point) geom.Quad {
	u, _ := axes(q)
	for _, i := range []int{0, 3} {
		d := p.Sub(q[i])
		q[i] = q[i].Add(u.Mul(d.X*u.X + d.Y*u.Y))
	}
	return q
}

func rightTo(q geom.Quad, p geom.Point) geom.Quad {
	u, _ := axes(q)
	for _, i := range []int{1, 2} {
		d := p.Sub(q[i])
		q[i] = q[i].Add(u.Mul(d.X*u.X + d.Y*u.Y))
	}
	return q
}
