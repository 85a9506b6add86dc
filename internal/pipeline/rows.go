package pipeline

import (
	"math"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/multiline"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/pan"
)

// The rows of a number start below each other, and their digits stand in the same
// columns: those that are seen in one row tell how many are covered in another.
const (
	// maxRowDistance is how far apart two rows are, in digit heights.
	maxRowDistance = 6.0
	// maxRowShift is how far apart their left ends are.
	maxRowShift = 1.0
	// maxRowRatio is the ratio of their digits' heights.
	maxRowRatio = 1.25
	// maxColumnError is how far a digit may be from its column, in columns.
	maxColumnError = 0.35
	// inkShare is the width of a digit's ink, in columns.
	inkShare = 0.75
	// maxRow is how many digits a row has: 8 and 11 are a number of 19.
	maxRow = 11
	// inGroup is how many digits stand in each group of a row.
	inGroup = 4
)

// grid is the columns in which the rows of a number have their digits, measured
// along the rows.
type grid struct {
	left  float64 // centre of the first column
	pitch float64 // from a column to the next
	gap   float64 // beyond that, behind each group
}

// at returns the place of a column.
func (g grid) at(column int) float64 {
	return g.left + float64(column)*g.pitch + float64(column/inGroup)*g.gap
}

// nearest returns the column at a place, and how far from it that is, in columns.
func (g grid) nearest(x float64) (column int, off float64) {
	off = math.Inf(1)
	for k := range maxRow + 1 {
		if d := math.Abs(g.at(k)-x) / g.pitch; d < off {
			column, off = k, d
		}
	}
	return column, off
}

// row is a line with the places of its symbols along a direction.
type row struct {
	*recognize.Line
	text  string
	x     []float64
	right float64 // end of the line
	left  float64
}

// newRow returns the line as a row in a direction. ok is false if there are fewer
// columns than symbols.
func newRow(l *recognize.Line, along geom.Point) (r row, ok bool) {
	onPlane, ok := l.ToImage.Inverse()
	text := l.Top().Text
	if !ok || text == "" {
		return r, false
	}
	spots, in := l.Spots(text)
	if len(spots) != len(text) {
		return r, false
	}
	place := func(p geom.Point) float64 { return p.X*along.X + p.Y*along.Y }
	r = row{Line: l, text: text, left: place(l.Left), right: place(l.Right)}
	for _, s := range spots {
		r.x = append(r.x, place(onPlane.Apply(in.ToImage.Apply(geom.Point{X: s.Column * recognize.Stride, Y: recognize.Height / 2}))))
	}
	return r, true
}

// steps returns the distances of visible digits that stand next to each other.
func (r row) steps() (all []float64) {
	for i := 1; i < len(r.x); i++ {
		if r.text[i] != pan.CoveredDigit && r.text[i-1] != pan.CoveredDigit {
			all = append(all, r.x[i]-r.x[i-1])
		}
	}
	return all
}

// gridOf returns the columns of rows by the one that shows most of them. ok is false
// if none shows three digits side by side.
func gridOf(rows []row) (g grid, ok bool) {
	var steps []float64
	for _, r := range rows {
		if s := r.steps(); len(s) > len(steps) {
			steps = s
		}
	}
	if len(steps) < 2 {
		return g, false
	}
	sorted := slices.Sorted(slices.Values(steps))
	g.pitch = sorted[3*len(sorted)/8]
	if g.pitch <= 0 {
		return g, false
	}
	wide, n := 0.0, 0
	for _, s := range steps {
		if s > groupGap*g.pitch {
			wide, n = wide+s, n+1
		}
	}
	switch {
	case n > 0:
		g.gap = wide/float64(n) - g.pitch
	case len(steps) < inGroup: // no gap can be seen; most are as wide as a digit
		g.gap = g.pitch
	}
	var left []float64
	for _, r := range rows {
		if r.text[0] != pan.CoveredDigit {
			left = append(left, r.x[0])
		}
	}
	if len(left) == 0 {
		for _, r := range rows {
			left = append(left, r.left+g.pitch*inkShare/2)
		}
	}
	slices.Sort(left)
	g.left = left[len(left)/2]
	return g, true
}

// recountRows gives each row of a number as many covered digits as have room in its
// columns. It changes the lines' texts.
func recountRows(lines []*recognize.Line) {
	for _, l := range lines {
		if !ctc.HasCovered(l.Top().Text) {
			continue
		}
		d := l.Right.Sub(l.Left)
		along := d.Mul(1 / math.Max(d.Len(), 1e-3))
		own, ok := newRow(l, along)
		if !ok {
			continue
		}
		rows, full, last := []row{own}, 0, true
		for _, m := range lines {
			if m == l || !inStack(l, m) {
				continue
			}
			last = last && m.Left.Y < l.Left.Y
			if r, ok := newRow(m, along); ok {
				rows = append(rows, r)
				if !ctc.HasCovered(r.text) && len(r.text)%inGroup == 0 {
					full = max(full, len(r.text))
				}
			}
		}
		g, ok := gridOf(rows)
		if !ok || len(rows) < 2 {
			continue
		}
		if text, ok := own.counted(g, full, last); ok && text != own.text {
			top := l.Top()
			top.Text = text
			l.Hypotheses = &ctc.Hypotheses{List: []ctc.Hypothesis{top}}
		}
	}
}

// inStack reports whether two lines may be rows of one number: as high, and one
// above the other with their left ends below each other.
func inStack(l, m *recognize.Line) bool {
	low, high := min(l.Height, m.Height), max(l.Height, m.Height)
	down := math.Abs(l.Left.Y+l.Right.Y-m.Left.Y-m.Right.Y) / 2
	n := len(m.Top().Text)
	return n >= multiline.MinPart && n <= maxRow && high < maxRowRatio*low &&
		math.Abs(l.Left.X-m.Left.X) < maxRowShift*high && down > low/2 && down < maxRowDistance*high
}

// counted returns the row's text with as many covered digits as there are columns for
// them. A row ends in the column at the line's end, or where a full row or a group does
// if that is the next; only a number's last row may end within a group. ok is false if
// the visible digits do not stand in the columns.
func (r row) counted(g grid, full int, last bool) (text string, ok bool) {
	var b strings.Builder
	next := 0
	for i := range r.text {
		if r.text[i] == pan.CoveredDigit {
			continue
		}
		column, off := g.nearest(r.x[i])
		if off > maxColumnError || column < next || i > 0 && r.text[i-1] != pan.CoveredDigit && column != next {
			return "", false
		}
		for ; next < column; next++ {
			b.WriteByte(pan.CoveredDigit)
		}
		b.WriteByte(r.text[i])
		next++
	}
	if r.text[len(r.text)-1] == pan.CoveredDigit {
		end, _ := g.nearest(r.right - g.pitch*inkShare/2)
		groups := (end + 1 + inGroup/2) / inGroup * inGroup
		switch {
		case full > next && end >= full-2 && end <= full:
			end = full - 1
		case !last && groups > next && end >= groups-2 && end <= groups:
			end = groups - 1
		}
		for end = max(end, next); next <= end; next++ {
			b.WriteByte(pan.CoveredDigit)
		}
	}
	return b.String(), b.Len() <= maxRow
}
