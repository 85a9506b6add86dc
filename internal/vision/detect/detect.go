// Package detect finds the bank cards in an image: their four corners, in any
// rotation and tilt, and which way up they are.
//
// The network sees the whole image, letterboxed into a square, and answers on
// a grid of 8-pixel cells: is a corner here (one map for each corner of the
// card as it is read, which gives the orientation), is card here, and, for every
// cell on a card, where its four corners lie. The last answer groups cells into
// cards, reaches corners that are hidden or outside the image, and tells where
// to look for the sharp peaks of the first. It gives the outline only: the
// peaks decide which corner is the first. Where they contradict the outline, they
// make one themselves.
package detect

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/nn"
)

// Geometry of the network's input and output; training draws the same.
const (
	Side    = 256 // input width and height
	Content = 224 // length of the image's longer side inside it
	stride  = 8
	grid    = Side / stride

	chMask   = 4
	chCorner = 5  // eight channels: cell centre to corner, in cornerUnit
	chOffset = 13 // two channels: cell centre to the corner in it, in stride
	channels = 15

	cornerUnit = 64.0

	// Size of the card in its close-up, with margins in case the first pass
	// cut something off.
	closeWidth, closeHeight = 168.0, 106.0
)

// Thresholds. They decide what is worth reading, not what is true: a false
// card costs a few milliseconds and gives no number.
const (
	cellOn   = 0.4  // card probability from which a cell counts
	minCells = 5    // cells that a card must cover
	peakOn   = 0.25 // corner probability that overrides the cells' vote
	sameQuad = 0.22 // corner distance, as a share of the size, within one card
	maxCards = 8
	minArea  = 0.02 // of the image's area

	maxCloseUps = 3 // cards that are detected again in a close-up, the best ones
)

// Finder finds cards. It is safe for concurrent use.
type Finder struct{ plan *nn.Plan }

// New plans the network for its one input size.
func New(net *nn.Net) (*Finder, error) {
	plan, err := net.Plan(Side, Side)
	if err != nil {
		return nil, err
	}
	return &Finder{plan}, nil
}

// Found is one card.
type Found struct {
	Corners geom.Quad // in pixels of the image, in reading orientation
	Score   float64   // mean probability that its cells are card

	// Likely[n] is how likely the card is read after n quarter turns of
	// Corners, as in Quad.Turn. They sum to 1 and the first is the greatest.
	Likely [4]float64

	closeUp *Found // the same card by a close-up, in pixels of the image
}

// mapped returns the card with its corners mapped.
func (f Found) mapped(h geom.Homography) Found {
	f.Corners = h.Quad(f.Corners)
	return f
}

// Find returns the cards in the image, best first.
func (f *Finder) Find(ctx context.Context, image *pixel.Pyramid) ([]Found, error) {
	in, toImage := Letterbox(image)
	out, err := f.plan.Run(ctx, in, nil)
	if err != nil {
		return nil, err
	}
	confirm := func(cards []Found) ([]Found, error) { return f.confirm(ctx, image, toImage, cards) }
	found, err := decode(out, content(toImage, image), confirm)
	if err != nil {
		return nil, err
	}
	if len(found) == 0 { // a dull image may show one when its contrast is stretched
		stretch(in)
		if out, err = f.plan.Run(ctx, in, out); err != nil {
			return nil, err
		}
		if found, err = decode(out, content(toImage, image), confirm); err != nil {
			return nil, err
		}
	}
	for i, card := range found {
		switch {
		case card.closeUp != nil:
			found[i] = *card.closeUp
		case i < maxCloseUps:
			if found[i], err = f.refine(ctx, image, card.mapped(toImage)); err != nil {
				return nil, err
			}
		default:
			found[i] = card.mapped(toImage)
		}
	}
	return f.others(ctx, image, out, toImage, found)
}

// cell is one grid cell that lies on a card, with its vote for the corners.
type cell struct {
	p    float64
	vote geom.Quad
	used bool
}

// confirmFunc returns those of several cards that are really there, or none.
type confirmFunc func(cards []Found) ([]Found, error)

// decode returns the cards in the network's answer, best first. If one outline of the
// mask fits several cards that were voted for, confirm decides between them.
func decode(out []float32, content geom.Rect, confirm confirmFunc) ([]Found, error) {
	cells := votes(out)
	found, err := outlined(out, cells, voted(out, cells), content, confirm)
	if err != nil {
		return nil, err
	}
	found = cornered(out, cells, found, content)
	slices.SortStableFunc(found, func(a, b Found) int { return cmp.Compare(b.Score, a.Score) })
	return found[:min(len(found), maxCards)], nil
}

// outlined replaces outlines that were voted for by the outline of the mask, if
// that fits the mask better.
func outlined(out []float32, cells []cell, found []Found, content geom.Rect, confirm confirmFunc) ([]Found, error) {
	for _, b := range blobs(cells) {
		q, ok := b.quad()
		if b.cells < minCells || !ok || q.Area() < minArea*Content*Content/4 {
			continue
		}
		var on []Found
		var quads []geom.Quad
		for _, f := range found {
			if q.Contains(f.Corners.Center()) {
				on, quads = append(on, f), append(quads, f.Corners)
			}
		}
		if fits := b.overlap(content, q); fits < blobFits || fits < b.overlap(content, quads...)+minGain {
			continue
		}
		if len(on) > 1 {
			sure, err := confirm(on)
			if err != nil {
				return nil, err
			}
			if len(sure) > 0 {
				found = slices.DeleteFunc(found, func(f Found) bool { return q.Contains(f.Corners.Center()) })
				found = append(found, sure...)
				continue
			}
		}
		sharp, likely := sharpen(out, q)
		if !sharp.Convex() {
			continue
		}
		found = slices.DeleteFunc(found, func(f Found) bool { return q.Contains(f.Corners.Center()) })
		found = append(found, Found{Corners: sharp, Score: b.score(cells), Likely: likely})
	}
	return found, nil
}

// voted returns the outlines that the cells vote for.
func voted(out []float32, cells []cell) []Found {
	var found []Found
	for len(found) < maxCards {
		best := -1
		for i, c := range cells {
			if !c.used && c.p > cellOn && (best < 0 || c.p > cells[best].p) {
				best = i
			}
		}
		if best < 0 {
			break
		}
		q, score, n := gather(cells, best)
		if n < minCells || math.Abs(q.Area()) < minArea*Content*Content/4 || !q.Convex() {
			continue
		}
		q, likely := sharpen(out, q)
		if !q.Convex() || overlaps(found, q) {
			continue
		}
		found = append(found, Found{Corners: q, Score: score, Likely: likely})
	}
	return found
}

// overlaps reports whether q is a second outline of a card that was found: cards
// may touch, but the centre of one does not lie on another.
func overlaps(found []Found, q geom.Quad) bool {
	for _, f := range found {
		if f.Corners.Contains(q.Center()) || q.Contains(f.Corners.Center()) {
			return true
		}
	}
	return false
}

func votes(out []float32) []cell {
	cells := make([]cell, grid*grid)
	for i := range cells {
		o := out[i*channels : (i+1)*channels]
		cx, cy := center(i)
		c := &cells[i]
		c.p = sigmoid(o[chMask])
		for k := range 4 {
			c.vote[k] = geom.Point{
				X: cx + cornerUnit*float64(o[chCorner+2*k]),
				Y: cy + cornerUnit*float64(o[chCorner+2*k+1]),
			}
		}
	}
	return cells
}

// gather averages the votes that agree with those of the seed, and marks
// them, and every cell inside the card that they make, as used.
func gather(cells []cell, seed int) (q geom.Quad, score float64, n int) {
	q = cells[seed].vote
	for range 3 { // the mean moves; the set that agrees with it follows
		limit := sameQuad * math.Sqrt(math.Abs(q.Area()))
		var sum geom.Quad
		var weight float64
		n, score = 0, 0
		for i := range cells {
			c := &cells[i]
			if c.p <= cellOn || c.used {
				continue
			}
			vote, d := nearest(c.vote, q)
			if d > limit {
				continue
			}
			for k := range sum {
				sum[k] = sum[k].Add(vote[k].Mul(c.p))
			}
			weight += c.p
			score += c.p
			n++
		}
		if n == 0 {
			break
		}
		for k := range q {
			q[k] = sum[k].Mul(1 / weight)
		}
	}
	limit := sameQuad * math.Sqrt(math.Abs(q.Area()))
	for i := range cells {
		cx, cy := center(i)
		if _, d := nearest(cells[i].vote, q); d <= limit || q.Contains(geom.Point{X: cx, Y: cy}) {
			cells[i].used = true
		}
	}
	cells[seed].used = true
	return q, score / math.Max(1, float64(n)), n
}

// sharpen assigns the corners to the four heat maps so that the sum of their
// peaks near the voted places is greatest, and moves each corner to its peak.
// It also returns the probabilities of the four assignments.
func sharpen(out []float32, q geom.Quad) (geom.Quad, [4]float64) {
	reach := math.Max(1.6*stride, 0.14*math.Sqrt(math.Abs(q.Area())))
	var heat [4]float64
	var sharp [4]geom.Quad
	first := 0
	for n := range 4 {
		sharp[n] = q.Turn(n)
		for k, p := range sharp[n] {
			at, h := peakNear(out, k, p, reach)
			heat[n] += h
			if h > peakOn {
				sharp[n][k] = at
			}
		}
		if heat[n] > heat[first] {
			first = n
		}
	}
	var likely [4]float64
	total := 0.0
	for n := range likely {
		h := heat[(first+n)%4] + 0.1
		likely[n] = h * h
		total += h * h
	}
	for n := range likely {
		likely[n] /= total
	}
	return sharp[first], likely
}

func peakNear(out []float32, k int, p geom.Point, reach float64) (at geom.Point, heat float64) {
	for i := range grid * grid {
		cx, cy := center(i)
		if math.Hypot(cx-p.X, cy-p.Y) > reach {
			continue
		}
		o := out[i*channels : (i+1)*channels]
		if h := sigmoid(o[k]); h > heat {
			heat = h
			at = geom.Point{X: cx + stride*clampUnit(o[chOffset]), Y: cy + stride*clampUnit(o[chOffset+1])}
		}
	}
	return at, heat
}

func clampUnit(v float32) float64 { return math.Max(-1, math.Min(1, float64(v))) }

// nearest returns the rotation of a's corners that is nearest to b, and their
// distance.
func nearest(a, b geom.Quad) (geom.Quad, float64) {
	best, distance := a, apart(a, b)
	for n := 1; n < 4; n++ {
		if turned := a.Turn(n); apart(turned, b) < distance {
			best, distance = turned, apart(turned, b)
		}
	}
	return best, distance
}

// apart returns the mean distance between corresponding corners.
func apart(a, b geom.Quad) float64 {
	d := 0.0
	for k := range a {
		d += a[k].Sub(b[k]).Len()
	}
	return d / 4
}

func center(i int) (x, y float64) {
	return (float64(i%grid) + 0.5) * stride, (float64(i/grid) + 0.5) * stride
}

func sigmoid(v float32) float64 { return 1 / (1 + math.Exp(-float64(v))) }
