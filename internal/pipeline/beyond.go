package pipeline

import (
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/pan"
)

// The lines network ends a line at a group of digits that is covered whole, and
// then the rest is too short for a number.
const (
	// usualDigits is how many digits most numbers have.
	usualDigits = 16
	// minRest is how many of them the rest has at least: fewer may be anything.
	minRest = 8
	// minRestPixels is the log-likelihood of a line that may be the rest.
	minRestPixels = -2.0
	// minDigitShare is the height of a card number's digits, in heights of the card:
	// smaller print is another number.
	minDigitShare = 0.05
	// minBeyond is the room beyond an end, in digits, from which some are looked
	// for there.
	minBeyond = 2.5
	// cardMargin is the margin of a card without digits, as a share of the width of
	// the rectified image, whose own margin is within.
	cardMargin = 0.06
)

// askBeyond looks for covered digits beyond the ends of the longest line that is
// too short for a number and in fours, as codes and telephone numbers are not. It
// returns nil if there is no such line, or no group beyond it. The area is that of
// the lines.
func (r *Reader) askBeyond(ctx context.Context, img input, lines []*recognize.Line, area geom.Rect) (*recognize.Line, error) {
	var rest *recognize.Line
	for _, l := range lines {
		top := l.Top()
		n := len(top.Text)
		short := n >= minRest && n < usualDigits && !ctc.HasCovered(top.Text)
		if short && top.Pixels >= minRestPixels && (rest == nil || n > len(rest.Top().Text)) && inFours(l.Groups(top.Text)) {
			rest = l
		}
	}
	if rest == nil {
		return nil, nil
	}
	text := rest.Top().Text
	for _, wanted := range []string{text + string(pan.CoveredDigit), string(pan.CoveredDigit) + text} {
		strip, ok := longer(rest, usualDigits-len(text), wanted[0] != pan.CoveredDigit, area)
		if !ok {
			continue
		}
		l, err := r.lookCovered(ctx, img, strip, false)
		if err != nil {
			return nil, err
		}
		if got := l.Top().Text; ctc.SameSeen(got, wanted) && len(got) >= len(text)+minGroup && coveredSeen(l) {
			return l, nil
		}
	}
	return nil, nil
}

// minGroup is how many covered digits are at least seen of a group: their count is
// a guess.
const minGroup = 3

// inFours reports whether all groups have four digits.
func inFours(groups []int) bool {
	return !slices.ContainsFunc(groups, func(n int) bool { return n != 4 })
}

// longer returns a line's strip with room for more digits at its right or left
// end, as far as the area has it. ok is false if that is hardly any.
func longer(l *recognize.Line, more int, right bool, area geom.Rect) (s recognize.Strip, ok bool) {
	s = l.Strip
	along := s.Right.Sub(s.Left)
	groups := len(l.Groups(l.Top().Text)) - 1
	pitch := along.Len() / (float64(len(l.Top().Text)) + 0.8*float64(groups))
	if l.Height < minDigitShare*math.Min(area.W(), area.H()) {
		return s, false
	}
	end, margin := s.Right.X, cardMargin*area.W()
	room := area.X1 - margin - end
	if !right {
		end = s.Left.X
		room = end - area.X0 - margin
	}
	reach := math.Min(room, pitch*(float64(more)+math.Ceil(float64(more)/4)))
	if reach < minBeyond*pitch {
		return s, false
	}
	step := along.Mul(reach / math.Max(along.Len(), 1e-3))
	if right {
		s.Right = s.Right.Add(step)
	} else {
		s.Left = s.Left.Sub(step)
	}
	return s, true
}

// lostGroup is what is left of a number of 16 digits without a group.
var lostGroup = []int{4, 4, 4}

// minRestWidth is the width of what is left, in widths of the card: shorter print
// is no card number's.
const minRestWidth = 0.4

// groupRoom is the room that a group takes beside another one, in digits.
const groupRoom = 5.0

// fillEnd makes the number of a card one with a covered group at an end, if it
// is what is left of one: no card has twelve digits in such groups. The group is
// at the end that is further from the card's edge.
func (c *Card) fillEnd(groups []int) error {
	digits := c.Number.Digits
	if c.PAN.IsZero() || !slices.Equal(groups, lostGroup) || prior.PossibleLength(c.PAN.Reveal(), c.Issuer, groups) {
		return nil
	}
	onCard, ok := geom.QuadToQuad(c.Corners, geom.RectQuad(0, 0, 1, 1))
	if !ok {
		return nil
	}
	first, last := onCard.Apply(digits[0].Quad.Center()).X, onCard.Apply(digits[len(digits)-1].Quad.Center()).X
	left, right := first, 1-last
	room := groupRoom * (last - first) / float64(len(digits))
	next := digits[len(digits)-1].Quad
	across := math.Min(c.Corners.Width(), c.Corners.Height())
	small := last-first < minRestWidth || next.Height() < minDigitShare*across
	if math.Max(left, right) < room || small {
		return nil
	}
	step := digits[1].Quad.Center().Sub(digits[0].Quad.Center())
	if left > right {
		step, next = step.Mul(-1), digits[0].Quad
	}
	gap := step.Mul(0.8)
	var lost []Digit
	for k := range 4 {
		q := next
		for i := range q {
			q[i] = q[i].Add(gap).Add(step.Mul(float64(k + 1)))
		}
		lost = append(lost, Digit{Value: pan.CoveredDigit, Quad: q})
	}
	if left > right {
		slices.Reverse(lost)
		return c.setCovered(slices.Concat(lost, digits))
	}
	return c.setCovered(slices.Concat(digits, lost))
}
