package pipeline

import (
	"context"
	"math"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/pan"
)

const (
	// minSeen is how many digits of a number must be visible.
	minSeen = 4
	// beyondEnds is how far beyond a number's ends covered digits are looked
	// for, in digit heights: a group of four digits.
	beyondEnds = 5.0
	// coveredStep is the distance of two digits, over the usual one, from which
	// digits between them are covered: more than a wide gap between groups.
	coveredStep = 3.5
	// maxGapSteps is how many digits the gaps around a covered group are wide.
	maxGapSteps = 3
)

const coveredDigit = string(pan.CoveredDigit)

// legible reports whether enough digits of a number are visible.
func legible(text string) bool {
	return len(text)-strings.Count(text, coveredDigit) >= min(minSeen, len(text))
}

// beyond reads the line of an incomplete number again with what is next to its
// ends, because a covered group hardly looks like a part of the line. It
// returns the longer line if there are covered digits, otherwise l.
func (r *Reader) beyond(ctx context.Context, img input, l *recognize.Line) (*recognize.Line, error) {
	text := l.Top().Text
	if len(text) < pan.MinDigits || prior.Complete(text, prior.Lookup(text)) {
		return l, nil
	}
	along := l.Right.Sub(l.Left)
	along = along.Mul(beyondEnds * l.Height / math.Max(along.Len(), 1e-3))
	longer := l.Strip
	longer.Left, longer.Right = longer.Left.Sub(along), longer.Right.Add(along)
	continues := func(m *recognize.Line) bool {
		top := m.Top().Text
		return len(top) > len(text) && len(top) <= pan.MaxDigits && ctc.HasCovered(top) &&
			strings.Trim(top, coveredDigit) == strings.Trim(text, coveredDigit)
	}
	m, err := r.text.Line(ctx, img.pixels, longer, recognize.Plan{
		Crops: rowCrops, CheckAfter: []int{1, firstCheck}, Decode: ctc.DecodeDigits, Prior: r.luhn.prior,
		Enough: func(m *recognize.Line) bool { return len(m.Decoded) > 1 || !continues(m) },
	})
	if err != nil || !continues(m) || m.Top().P < 0.5 {
		return l, err
	}
	return m, nil
}

// withGaps returns the digits with covered ones where a gap is too wide for
// one between groups. Their count is that of a usual length if the gap allows
// it.
func withGaps(digits []Digit) []Digit {
	usual := usualStep(digits)
	var all []Digit
	for i, d := range digits {
		if i > 0 {
			a, b := digits[i-1].Quad, d.Quad
			if step := b.Center().Sub(a.Center()).Len() / usual; step >= coveredStep {
				n := coveredCount(int(math.Round(step))-1, len(digits))
				for k := range n {
					all = append(all, Digit{Value: pan.CoveredDigit, Quad: between(a, b, float64(k+1)/float64(n+1))})
				}
			}
		}
		all = append(all, d)
	}
	return all
}

// coveredCount returns how many digits are covered where there is room for at
// most room of them, next to the visible ones.
func coveredCount(room, visible int) int {
	for _, total := range []int{16, 19, 15} {
		if n := total - visible; n > 0 && n <= room && n >= room-maxGapSteps {
			return n
		}
	}
	return max(1, room-maxGapSteps+1)
}

// between returns the quad at t on the way from a to b.
func between(a, b geom.Quad, t float64) (q geom.Quad) {
	for i := range q {
		q[i] = a[i].Mul(1 - t).Add(b[i].Mul(t))
	}
	return q
}

// fillGaps makes the number of a card one with covered digits if gaps show
// some. A listed number of the right length that passes the check is whole.
func (c *Card) fillGaps() error {
	if c.PAN.IsZero() || prior.Known(c.Issuer) && c.PAN.Luhn() {
		return nil
	}
	all := withGaps(c.Number.Digits)
	if len(all) == len(c.Number.Digits) {
		return nil
	}
	var text []byte
	for _, d := range all {
		text = append(text, d.Value)
	}
	var err error
	if c.Masked, err = pan.NewPartial(string(text)); err != nil {
		return err
	}
	c.PAN, c.Issuer = pan.Number{}, prior.Lookup(string(text))
	c.Number.Digits, c.Number.Candidates = all, nil
	return nil
}
