package recognize

import (
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/ctc"
)

// Plan says how a line is read.
type Plan struct {
	Crops      []Crop // in this order
	CheckAfter []int  // counts of crops after which Enough is asked; the last is all of them
	Decode     func(ctc.Matrix) *ctc.Decoded
	Prior      ctc.Prior
	Enough     func(*Line) bool // whether the crops so far suffice
}

// Line is a line of print that was read.
type Line struct {
	Strip
	Columns []*Columns     // one for each crop
	Decoded []*ctc.Decoded // the same crops, each by itself
	*ctc.Hypotheses
	CoveredProb float64 // that digits are covered, if another network was asked
}

// Line reads the strip crop by crop, until the plan says that it is enough or
// has no crop left.
func (r *Reader) Line(ctx context.Context, image *pixel.Pyramid, strip Strip, plan Plan) (*Line, error) {
	l := &Line{Strip: strip}
	for _, crop := range plan.Crops {
		cols, err := r.Columns(ctx, image, strip, crop)
		if err != nil {
			return nil, err
		}
		l.Columns = append(l.Columns, cols)
		l.Decoded = append(l.Decoded, plan.Decode(cols.P))
		if !slices.Contains(plan.CheckAfter, len(l.Decoded)) {
			continue
		}
		l.Hypotheses = ctc.Combine(l.Decoded, plan.Prior)
		r.trace(ctx, "ctc")
		if plan.Enough(l) {
			break
		}
	}
	return l, nil
}

// Merge returns the line read from the crops of both, for a line that was
// found twice.
func (l *Line) Merge(m *Line, prior ctc.Prior) *Line {
	both := &Line{Strip: l.Strip, Columns: slices.Concat(l.Columns, m.Columns), Decoded: slices.Concat(l.Decoded, m.Decoded)}
	both.Hypotheses = ctc.Combine(both.Decoded, prior)
	both.CoveredProb = max(l.CoveredProb, m.CoveredProb)
	return both
}

// Groups returns the lengths of the groups in which the symbols of a text
// stand, by the first crop.
func (l *Line) Groups(text string) []int {
	return ctc.Groups(ctc.Align(l.Decoded[0].Matrix, text))
}

// Agreement returns the share of the crops that give the text by themselves,
// with any count of covered digits that follow each other.
func (l *Line) Agreement(text string) float64 {
	n := 0
	for _, d := range l.Decoded {
		if ctc.SameSeen(ctc.Greedy(d.Matrix), text) {
			n++
		}
	}
	return float64(n) / float64(max(1, len(l.Decoded)))
}

// Quad returns where the line is in the image.
func (l *Line) Quad() geom.Quad {
	along := l.Right.Sub(l.Left)
	up := geom.Point{X: along.Y, Y: -along.X}.Mul(l.Height / 2 / math.Max(along.Len(), 1e-3))
	return l.ToImage.Quad(geom.Quad{l.Left.Add(up), l.Right.Add(up), l.Right.Sub(up), l.Left.Sub(up)})
}

// Spots returns where each symbol of a text stands, in columns of the crop
// that reads the text best. The probabilities are means over all crops that
// have enough columns for the text.
func (l *Line) Spots(text string) (spots []ctc.Spot, in *Columns) {
	in = l.Columns[0]
	best := math.Inf(-1)
	mean := make([]ctc.Spot, len(text))
	n := 0.0
	for _, cols := range l.Columns {
		found := ctc.Align(cols.P, text)
		if found == nil {
			continue
		}
		score := 0.0
		for k, spot := range found {
			score += math.Log(spot.P[ctc.Symbol(text[k])] + 1e-9)
			for c, p := range spot.P {
				mean[k].P[c] += p
			}
		}
		n++
		if score > best {
			spots, in, best = found, cols, score
		}
	}
	for k := range spots {
		for c, p := range mean[k].P {
			spots[k].P[c] = p / n
		}
	}
	return spots, in
}

// Cell returns the quad in the image between two columns, as high as a digit.
func (c *Columns) Cell(from, to float64) geom.Quad {
	box := geom.RectQuad(from*Stride, (Height-c.Digit)/2, (to-from)*Stride, c.Digit)
	return c.ToImage.Quad(box)
}
