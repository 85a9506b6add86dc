package checks

import (
	"math"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/geom"
)

// The share of a card that another outline covers. Outlines of cards that touch
// overlap by their errors.
const (
	overlapMiddle = 0.08
	overlapScale  = 0.015
)

// overlap judges whether another card lies over the card, or under it.
func overlap(c Card) capture.Check {
	p := 0.0
	var at []geom.Quad
	for _, other := range c.Others {
		share := common(c.Corners, other) / math.Max(math.Abs(c.Corners.Area()), 1)
		if q := logistic(share, overlapMiddle, overlapScale); q >= warnFrom {
			p = max(p, q)
			at = append(at, other)
		} else {
			p = max(p, q)
		}
	}
	if len(c.Others) == 0 || !c.Outline {
		return result(0)
	}
	return result(p, at...)
}

// common returns the area that two convex quads share (Sutherland and Hodgman,
// 1974).
func common(a, b geom.Quad) float64 {
	if !a.Convex() || !b.Convex() {
		return 0
	}
	points := b[:]
	for i := range a {
		points = clip(points, a[i], a[(i+1)%4])
	}
	area := 0.0
	for i, p := range points {
		q := points[(i+1)%len(points)]
		area += (p.X*q.Y - q.X*p.Y) / 2
	}
	return math.Abs(area)
}

// clip returns the part of a polygon to the right of the line from a to b, which
// is the inside of a quad whose corners are in reading order.
func clip(points []geom.Point, a, b geom.Point) (kept []geom.Point) {
	side := func(p geom.Point) float64 { return (b.X-a.X)*(p.Y-a.Y) - (b.Y-a.Y)*(p.X-a.X) }
	for i, p := range points {
		q := points[(i+1)%len(points)]
		sp, sq := side(p), side(q)
		if sp >= 0 {
			kept = append(kept, p)
		}
		if (sp >= 0) != (sq >= 0) {
			kept = append(kept, p.Add(q.Sub(p).Mul(sp/(sp-sq))))
		}
	}
	return kept
}
