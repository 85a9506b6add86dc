// Package spell reads a line of print: crop by crop, until what the crops say
// together is certain, or there is no other way to crop it.
package spell

import (
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/recognize"
)

// Plan says how a line is read.
type Plan struct {
	Views  []recognize.View
	Looks  []int                      // counts of crops after which the line may be certain, and the last
	View   func(ctc.Matrix) *ctc.View // lattice.Digits or lattice.Dates
	Prior  ctc.Prior
	Enough func(l *Line) bool // no crop more is wanted
}

// Line is a line of print that was read.
type Line struct {
	recognize.Strip
	Crops []*recognize.Columns
	Views []*ctc.View // of the crops
	*ctc.Lattice
}

// Reader reads lines. It is safe for concurrent use.
type Reader struct {
	Digits *recognize.Reader
	Trace  func(stage string) // called as each stage ends
}

// Read reads the strip by the plan.
func (r *Reader) Read(ctx context.Context, picture *pixel.Pyramid, strip recognize.Strip, plan Plan) (*Line, error) {
	l := &Line{Strip: strip}
	for _, v := range plan.Views {
		cols, err := r.Digits.Read(ctx, picture, strip, v)
		if err != nil {
			return nil, err
		}
		r.Trace("recognize")
		l.Crops = append(l.Crops, cols)
		l.Views = append(l.Views, plan.View(cols.P))
		if !slices.Contains(plan.Looks, len(l.Views)) {
			continue
		}
		l.Lattice = ctc.Decode(l.Views, plan.Prior)
		r.Trace("ctc")
		if plan.Enough(l) {
			break
		}
	}
	return l, nil
}

// Fuse is the line read from the crops of both, for a line that was found
// twice.
func (l *Line) Fuse(m *Line, prior ctc.Prior) *Line {
	both := &Line{Strip: l.Strip, Crops: slices.Concat(l.Crops, m.Crops), Views: slices.Concat(l.Views, m.Views)}
	both.Lattice = ctc.Decode(both.Views, prior)
	return both
}

// Groups is how the digits of a text are grouped, by the first crop.
func (l *Line) Groups(text string) []int {
	return ctc.Groups(ctc.Align(l.Views[0].Matrix, text))
}

// Agreement is the share of the crops that say the text by themselves.
func (l *Line) Agreement(text string) float64 {
	n := 0
	for _, v := range l.Views {
		if ctc.Greedy(v.Matrix) == text {
			n++
		}
	}
	return float64(n) / float64(max(1, len(l.Views)))
}

// Quad is where the line is in the picture.
func (l *Line) Quad() geom.Quad {
	along := l.Right.Sub(l.Left)
	up := geom.Point{X: along.Y, Y: -along.X}.Mul(l.Height / 2 / math.Max(along.Len(), 1e-3))
	return l.ToPicture.Quad(geom.Quad{l.Left.Add(up), l.Right.Add(up), l.Right.Sub(up), l.Left.Sub(up)})
}

// Spots places each symbol of a text, in columns of the crop that reads it
// best. Their probabilities are the means over all crops that have room for it.
func (l *Line) Spots(text string) (spots []ctc.Spot, by *recognize.Columns) {
	by = l.Crops[0]
	strongest := math.Inf(-1)
	mean := make([]ctc.Spot, len(text))
	n := 0.0
	for _, crop := range l.Crops {
		found := ctc.Align(crop.P, text)
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
		if score > strongest {
			spots, by, strongest = found, crop, score
		}
	}
	for k := range spots {
		for c, p := range mean[k].P {
			spots[k].P[c] = p / n
		}
	}
	return spots, by
}

// Cell is the quad in the picture from one column of a crop to another, as
// high as a digit.
func Cell(cols *recognize.Columns, from, to float64) geom.Quad {
	box := geom.RectQuad(from*recognize.Stride, (recognize.Height-cols.Digit)/2, (to-from)*recognize.Stride, cols.Digit)
	return cols.ToPicture.Quad(box)
}
