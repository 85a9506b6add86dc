package recognize

import (
	"context"
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/nn"
)

// MonthClasses are the outputs of the months network for each column: the twelve
// months whose name has its centre there, and none.
const MonthClasses = 13

// noMonth is the class of columns without one.
const noMonth = MonthClasses - 1

// Month is the name of a month in a line of print.
type Month struct {
	Number int     // 1 to 12; 0 if no name was found
	P      float64 // probability of it, the mean over the crops
	At     float64 // its centre on the line's axis, in digit heights from the left end
}

// monthCrops are the crops in which a name is looked for. They reach beyond the
// line's ends, because lines of dates often begin and end with the digits.
var monthCrops = []Crop{
	{Tall: 1.55, Margin: 3.6, Stretch: 1.00},
	{Tall: 1.38, Margin: 3.2, Stretch: 1.05, Shift: 0.04},
	{Tall: 1.75, Margin: 4.0, Stretch: 1.10, Shift: -0.04},
}

const (
	// minMonthProb is the probability by the first crop below which no other is
	// tried.
	minMonthProb = 0.2
	// maxMonthShift is how far apart crops may see the same name, in digit
	// heights.
	maxMonthShift = 0.8
)

// Months finds the names of months. It is safe for concurrent use.
type Months struct {
	net   *nn.Net
	trace func(ctx context.Context, stage string)
}

// NewMonths wraps the network. trace is called at the end of each stage.
func NewMonths(net *nn.Net, trace func(ctx context.Context, stage string)) *Months {
	return &Months{net, trace}
}

// Find returns the likeliest name of a month on the line or near its ends.
func (m *Months) Find(ctx context.Context, image *pixel.Pyramid, s Strip) (Month, error) {
	var total [noMonth]float64
	var places [noMonth][]float64
	for i, c := range monthCrops {
		crop, _ := s.cut(image, c)
		out, err := infer(ctx, m.net, crop, MonthClasses)
		if err != nil {
			return Month{}, err
		}
		m.trace(ctx, "months")
		best, at := monthPeaks(out)
		if i == 0 && best[likeliest(best)] < minMonthProb {
			return Month{}, nil
		}
		length := s.Right.Sub(s.Left).Len() / s.Height
		for k := range total {
			total[k] += best[k]
			places[k] = append(places[k], (at[k]+0.5)*Stride/float64(crop.W)*(length+2*c.Margin)-c.Margin)
		}
	}
	k := likeliest(total)
	found := Month{Number: k + 1, P: total[k] / float64(len(monthCrops))}
	for _, at := range places[k] {
		if math.Abs(at-places[k][0]) > maxMonthShift {
			return Month{}, nil
		}
		found.At += at / float64(len(monthCrops))
	}
	return found, nil
}

// monthPeaks returns the greatest probability of each month over the columns, and
// its column.
func monthPeaks(logits []float32) (best, at [noMonth]float64) {
	p := softmax(logits, MonthClasses)
	for i := 0; i < len(p); i += MonthClasses {
		for k := range best {
			if p[i+k] > best[k] {
				best[k], at[k] = p[i+k], float64(i/MonthClasses)
			}
		}
	}
	return best, at
}

func likeliest(p [noMonth]float64) int {
	top := 0
	for k, v := range p {
		if v > p[top] {
			top = k
		}
	}
	return top
}

// monthHalf is half the width of a month's name, in digit heights, with the gap
// beside it.
const monthHalf = 1.2

// Named decodes the line again, with the name of a month in it. The name counts as
// one slash without digits, and the line has no other slash. Named returns nil if
// the place of the line in the image is unknown.
func (l *Line) Named(name Month, prior ctc.Prior) *Line {
	inv, ok := l.ToImage.Inverse()
	if !ok {
		return nil
	}
	along := l.Right.Sub(l.Left)
	along = along.Mul(1 / math.Max(along.Len(), 1e-3))
	named := &Line{Strip: l.Strip, CoveredProb: l.CoveredProb}
	for _, cols := range l.Columns {
		to := cols.withName(func(p geom.Point) float64 {
			at := inv.Apply(p).Sub(l.Left)
			return (at.X*along.X+at.Y*along.Y)/l.Height - name.At
		})
		named.Columns = append(named.Columns, to)
		named.Decoded = append(named.Decoded, ctc.DecodeDates(to.P))
	}
	named.Hypotheses = ctc.Combine(named.Decoded, prior)
	return named
}

// withName returns the columns with a name as one slash. behind tells how far
// right of the name's centre a point of the image is, in digit heights. One column
// more at each end is for names that the crop does not reach.
func (c *Columns) withName(behind func(geom.Point) float64) *Columns {
	n := len(c.P)/ctc.Classes + 2
	to := &Columns{
		P: make([]float64, n*ctc.Classes), Digit: c.Digit,
		ToImage: c.ToImage.Mul(geom.Homography{1, 0, -Stride, 0, 1, 0, 0, 0, 1}),
	}
	middle, nearest := 0, math.Inf(1)
	for i := range n {
		off := behind(to.ToImage.Apply(geom.Point{X: (float64(i) + 0.5) * Stride, Y: Height / 2}))
		if math.Abs(off) < nearest {
			middle, nearest = i, math.Abs(off)
		}
		col := to.P[i*ctc.Classes : (i+1)*ctc.Classes]
		if i == 0 || i == n-1 || math.Abs(off) < monthHalf {
			col[ctc.Blank] = 1
			continue
		}
		copy(col, c.P[(i-1)*ctc.Classes:])
		col[ctc.Blank] += col[ctc.Slash]
		col[ctc.Slash] = 0
	}
	col := to.P[middle*ctc.Classes : (middle+1)*ctc.Classes]
	clear(col)
	col[ctc.Slash] = 1
	return to
}
