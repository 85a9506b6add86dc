package pipeline

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/textline"
	"github.com/kahao/kahao/pan"
)

const (
	// maxWide is how many lines are read longer than they seem.
	maxWide = 2
	// maxWideRatio is the log ratio of the heights of two lines that are one.
	maxWideRatio = 0.25
	// behindNumber is the log weight of covered digits that are none, but something behind
	// the number.
	behindNumber = -1.0
	// minWideProb is the posterior from which the longer line is the number's.
	minWideProb = 0.5
)

// askWide reads the likeliest lines longer than they seem, to the card's edges, and
// looks for covered digits on them. The lines network ends a line at what lies over it,
// and what is left may be a single group. A reading counts if a card sets numbers so: its
// visible digits stand where a layout has them. It returns the one that shows most digits,
// with as many covered ones as the layout has, or nil.
func (r *Reader) askWide(ctx context.Context, img input, lines *textline.Map, read []*recognize.Line, toImage geom.Homography) (*recognize.Line, error) {
	area := lines.Area()
	var best *recognize.Line
	weight := 0.0
	for _, s := range wideStrips(lines.Lines(textline.ClearProb), toImage, area) {
		if slices.ContainsFunc(read, func(l *recognize.Line) bool { return otherRow(l, s) }) {
			continue
		}
		l, err := r.lookCovered(ctx, img, s, false)
		if err != nil {
			return nil, err
		}
		top := l.Top()
		if !ctc.HasCovered(top.Text) || top.P < minWideProb || top.Pixels < minBeyondPixels || best != nil && seenDigits(best) > seenDigits(l) {
			continue
		}
		text, w, ok := layoutOf(l, area)
		if ok && !bothOpen(text) && (best == nil || seenDigits(best) < seenDigits(l) || weight < w) {
			top.Text = text
			l.Hypotheses = &ctc.Hypotheses{List: []ctc.Hypothesis{top}}
			best, weight = l, w
		}
	}
	return best, nil
}

// bothOpen reports whether digits are covered at both ends: people cover one, and a line
// that is read too long seems so.
func bothOpen(text string) bool {
	return text[0] == pan.CoveredDigit && text[len(text)-1] == pan.CoveredDigit
}

// seenDigits is how many digits of a line's text are visible.
func seenDigits(l *recognize.Line) int { return seenIn(l.Top().Text) }

// seenIn is how many digits of a text are visible.
func seenIn(text string) int { return len(text) - strings.Count(text, string(pan.CoveredDigit)) }

// wideStrips returns the strips of the likeliest lines of a number, each with the others
// that continue it, and longer at the right, at the left and at both ends.
func wideStrips(lines []textline.Line, toImage geom.Homography, area geom.Rect) (strips []recognize.Strip) {
	lines = slices.DeleteFunc(slices.Clone(lines), func(l textline.Line) bool {
		return l.Kind != textline.Number || l.Height < minDigitShare*math.Min(area.W(), area.H())
	})
	slices.SortStableFunc(lines, func(a, b textline.Line) int { return cmp.Compare(b.Score, a.Score) })
	margin := cardMargin * area.W()
	inner := geom.Rect{X0: area.X0 + margin, X1: area.X1 - margin, Y0: area.Y0, Y1: area.Y1}
	for i, line := range lines[:min(maxWide, len(lines))] {
		s := strip(line, toImage)
		d := s.Right.Sub(s.Left)
		along := d.Mul(1 / math.Max(d.Len(), 1e-3))
		back, forth := reach(s.Left, along, inner)
		from, to := 0.0, d.Len()
		for j, other := range lines {
			a, b := offset(s.Left, along, other.Left), offset(s.Left, along, other.Right)
			if j == i || math.Abs(a.Y) > other.Height/2 || math.Abs(b.Y) > other.Height/2 || math.Abs(math.Log(other.Height/line.Height)) > maxWideRatio {
				continue
			}
			from, to = math.Min(from, a.X), math.Max(to, b.X)
		}
		ends := [][2]float64{{from, math.Max(to, forth)}, {math.Min(from, back), to}, {math.Min(from, back), math.Max(to, forth)}}
		if from < 0 || to > d.Len() {
			ends = append(ends, [2]float64{from, to})
		}
		for _, e := range ends {
			longer := s
			longer.Left, longer.Right = s.Left.Add(along.Mul(e[0])), s.Left.Add(along.Mul(e[1]))
			strips = append(strips, longer)
		}
	}
	return strips
}

// offset returns how far a point is from another one, along a direction and across.
func offset(from, along, p geom.Point) geom.Point {
	d := p.Sub(from)
	return geom.Point{X: d.X*along.X + d.Y*along.Y, Y: d.Y*along.X - d.X*along.Y}
}

// layoutOf returns the text of a line with as many covered digits as the layout has that
// fits where the visible ones stand, and how well it fits. What is covered at the right
// end may be behind the number.
func layoutOf(l *recognize.Line, area geom.Rect) (text string, weight float64, ok bool) {
	d := l.Right.Sub(l.Left)
	along := d.Mul(1 / math.Max(d.Len(), 1e-3))
	w, ok := newRow(l, along)
	if !ok {
		return "", 0, false
	}
	back, forth := reach(l.Left, along, area)
	weight = math.Inf(-1)
	for i, part := range []string{w.text, strings.TrimRight(w.text, string(pan.CoveredDigit))} {
		f, fits := newFit(part, w.x[:len(part)], w.left+back, w.left+forth)
		if !fits || i > 0 && len(part) == len(w.text) {
			continue
		}
		if p, sure := f.best(); sure && p.weight+float64(i)*behindNumber > weight {
			text, weight, ok = f.counted(p), p.weight+float64(i)*behindNumber, true
		}
	}
	return text, weight, text != ""
}
