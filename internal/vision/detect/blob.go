package detect

import (
	"cmp"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
)

// For a card that lies alone the mask gives a better outline than the cells'
// votes: its sides are straight, so four lines fit it. The votes are for cards
// that touch or overlap, and for corners outside the image.
const (
	blobOn   = 0.5  // card probability from which a cell belongs to a blob
	blobFits = 0.75 // overlap with its quad from which a blob is one card
	minGain  = 0.03 // of overlap, over that of the votes' outlines
)

// blob is a connected patch of cells that show card.
type blob struct {
	in    [grid * grid]bool
	cells int
	edge  []geom.Point // where the mask falls through blobOn, between cells
}

// blobs returns the patches of the mask, largest first.
func blobs(cells []cell) []blob {
	var found []blob
	var seen [grid * grid]bool
	for i := range cells {
		if seen[i] || cells[i].p <= blobOn {
			continue
		}
		var b blob
		stack := []int{i}
		seen[i] = true
		for len(stack) > 0 {
			at := stack[len(stack)-1]
			stack = stack[:len(stack)-1]
			b.in[at] = true
			b.cells++
			for _, step := range [4][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
				x, y := at%grid+step[0], at/grid+step[1]
				outside, p := x < 0 || y < 0 || x >= grid || y >= grid, 0.0
				next := y*grid + x
				if !outside {
					p = cells[next].p
				}
				if p <= blobOn {
					t := (cells[at].p - blobOn) / (cells[at].p - p) * stride
					cx, cy := center(at)
					b.edge = append(b.edge, geom.Point{X: cx + t*float64(step[0]), Y: cy + t*float64(step[1])})
				} else if !seen[next] {
					seen[next] = true
					stack = append(stack, next)
				}
			}
		}
		found = append(found, b)
	}
	slices.SortStableFunc(found, func(a, b blob) int { return cmp.Compare(b.cells, a.cells) })
	return found
}

// overlap returns the intersection over union of the blob and the quads together,
// counted in cells of the image.
func (b *blob) overlap(content geom.Rect, quads ...geom.Quad) float64 {
	both, either := 0, b.cells
	for i := range b.in {
		x, y := center(i)
		at := geom.Point{X: x, Y: y}
		if x < content.X0 || x > content.X1 || y < content.Y0 || y > content.Y1 ||
			!slices.ContainsFunc(quads, func(q geom.Quad) bool { return q.Contains(at) }) {
			continue
		}
		if b.in[i] {
			both++
		} else {
			either++
		}
	}
	return float64(both) / float64(either)
}

// score returns the mean probability of the blob's cells.
func (b *blob) score(cells []cell) float64 {
	sum := 0.0
	for i := range b.in {
		if b.in[i] {
			sum += cells[i].p
		}
	}
	return sum / float64(b.cells)
}

// quad fits four lines to the blob's edge.
func (b *blob) quad() (q geom.Quad, ok bool) {
	corners := hull(b.edge)
	for len(corners) > 4 {
		if corners, ok = dropSide(corners); !ok {
			return q, false
		}
	}
	if len(corners) < 4 {
		return q, false
	}
	copy(q[:], corners)
	if fitted, ok := b.fit(q); ok {
		q = fitted
	}
	return q, q.Convex() && q.Area() > 0
}

// hull returns the convex hull, clockwise as the image is seen.
func hull(points []geom.Point) []geom.Point {
	points = slices.Clone(points)
	slices.SortFunc(points, func(a, b geom.Point) int { return cmp.Or(cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y)) })
	var out []geom.Point
	chain := func(p geom.Point, least int) {
		for len(out) >= least+2 && cross(out[len(out)-1].Sub(out[len(out)-2]), p.Sub(out[len(out)-1])) <= 0 {
			out = out[:len(out)-1]
		}
		out = append(out, p)
	}
	for _, p := range points {
		chain(p, 0)
	}
	least := len(out) - 1
	for i := len(points) - 2; i >= 0; i-- {
		chain(points[i], least)
	}
	if len(out) < 2 {
		return nil
	}
	return out[:len(out)-1]
}

// dropSide replaces one side of a convex polygon by the point in which its
// neighbours meet: the side that adds the least area.
func dropSide(c []geom.Point) ([]geom.Point, bool) {
	n := len(c)
	least, at, meet := math.Inf(1), -1, geom.Point{}
	for i := range c {
		a, b := c[i], c[(i+1)%n]
		p, ok := intersect(c[(i+n-1)%n], a, c[(i+2)%n], b)
		if !ok {
			continue
		}
		if gain := math.Abs(cross(b.Sub(a), p.Sub(a))); gain < least {
			least, at, meet = gain, i, p
		}
	}
	if at < 0 {
		return nil, false
	}
	c = slices.Clone(c)
	c[at] = meet
	return slices.Delete(c, (at+1)%n, (at+1)%n+1), true
}

// intersect returns where the rays from a through b and from c through d meet,
// beyond b and d.
func intersect(a, b, c, d geom.Point) (geom.Point, bool) {
	u, v := b.Sub(a), d.Sub(c)
	k := cross(u, v)
	if math.Abs(k) < 1e-9*u.Len()*v.Len() {
		return geom.Point{}, false
	}
	s, t := cross(c.Sub(a), v)/k, cross(c.Sub(a), u)/k
	return a.Add(u.Mul(s)), s >= 1 && t >= 1
}

// fit moves each side of the quad to the line through the edge points that
// lie along it.
func (b *blob) fit(q geom.Quad) (geom.Quad, bool) {
	var at, along [4]geom.Point
	for k := range q {
		a, d := q[k], q[(k+1)%4].Sub(q[k])
		long := d.Len()
		if long < 1 {
			return q, false
		}
		d = d.Mul(1 / long)
		var on []geom.Point
		for _, p := range b.edge {
			r := p.Sub(a)
			if t := r.X*d.X + r.Y*d.Y; t > 0.12*long && t < 0.88*long && math.Abs(cross(d, r)) < 0.7*stride {
				on = append(on, p)
			}
		}
		at[k], along[k] = a, d
		if len(on) >= 4 {
			at[k], along[k] = regress(on, d)
		}
	}
	for k := range q {
		i := (k + 3) % 4
		c := cross(along[i], along[k])
		if math.Abs(c) < 0.2 {
			return q, false
		}
		q[k] = at[i].Add(along[i].Mul(cross(at[k].Sub(at[i]), along[k]) / c))
	}
	return q, true
}

// regress returns the line of least squared distances, in about the direction d.
func regress(points []geom.Point, d geom.Point) (at, along geom.Point) {
	for _, p := range points {
		at = at.Add(p)
	}
	at = at.Mul(1 / float64(len(points)))
	var xx, xy, yy float64
	for _, p := range points {
		r := p.Sub(at)
		xx, xy, yy = xx+r.X*r.X, xy+r.X*r.Y, yy+r.Y*r.Y
	}
	sin, cos := math.Sincos(math.Atan2(2*xy, xx-yy) / 2)
	along = geom.Point{X: cos, Y: sin}
	if along.X*d.X+along.Y*d.Y < 0 {
		along = along.Mul(-1)
	}
	return at, along
}

func cross(a, b geom.Point) float64 { return a.X*b.Y - a.Y*b.X }
