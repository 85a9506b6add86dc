package pipeline

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/textline"
	"github.com/kahao/kahao/pan"
)

// The lines network ends a line at a group of digits that is covered whole, and
// then the rest is too short for a number, or its covered digits have no room in
// the crop. The number goes on beyond that end.
const (
	// usualDigits is how many digits most numbers have.
	usualDigits = 16
	// minRest is how many of them a line has at least: fewer may be anything.
	minRest = 6
	// minRestPixels is the log-likelihood of a line that may be the rest. A digit
	// that is covered by half makes it unlikely.
	minRestPixels = -3.5
	// maxRests is how many lines are looked beyond.
	maxRests = 2
	// minBeyondProb and minBeyondPixels are the posterior and the log-likelihood of
	// the longer line.
	minBeyondProb   = 0.3
	minBeyondPixels = -1.0
	// minDigitShare is the height of a card number's digits, in heights of the card
	// with its margin: smaller print is another number.
	minDigitShare = 0.035
	// minBeyond is the room beyond an end, in digits, from which some are looked
	// for there.
	minBeyond = 2.5
	// cardMargin is the margin of a card without digits, as a share of the width of
	// the rectified image, whose own margin is within.
	cardMargin = 0.06
	// minFaintLength is the length of a faint line, in digit heights: that of twelve
	// narrow digits.
	minFaintLength = 7.0
	// minGroup is how many covered digits are at least seen of a group: their count
	// is a guess.
	minGroup = 3
)

// askBeyond looks for covered digits, and for the digits behind them, beyond the
// ends of the longest lines that are too short for a number and may be a part of
// one. It returns the likeliest line, or nil if there are no such lines, or no group
// beyond them. The area is that of the lines.
func (r *Reader) askBeyond(ctx context.Context, img input, lines []*recognize.Line, area geom.Rect) (*recognize.Line, error) {
	for _, l := range rests(lines) {
		var best *recognize.Line
		for _, right := range []bool{true, false} {
			part, ok := partBefore(l.Top().Text, right)
			if !ok {
				continue
			}
			strip, ok := longer(l, right, area)
			if !ok {
				continue
			}
			m, err := r.lookCovered(ctx, img, strip, false)
			if err != nil {
				return nil, err
			}
			top := m.Top()
			likely := top.P >= minBeyondProb && top.Pixels >= minBeyondPixels && (best == nil || top.P > best.Top().P)
			if likely && continues(top.Text, part, right) {
				best = m
			}
		}
		if best != nil {
			trimFlaw(best)
			return best, nil
		}
	}
	return nil, nil
}

// askFaint looks for covered digits on the lines of a card without a number, as long
// as they are if fainter cells count. Bars and stickers are faint: at the usual
// threshold a line ends at them. A line is not the whole number if one of those that
// were read before shows a row of it elsewhere. It returns the likeliest line, or nil.
func (r *Reader) askFaint(ctx context.Context, img input, lines *textline.Map, read []*recognize.Line, toImage geom.Homography) (*recognize.Line, error) {
	var best *recognize.Line
	area := lines.Area()
	for _, line := range likeliest(lines.Lines(textline.FaintProb), textline.Number, maxRests) {
		s := strip(line, toImage)
		if slices.ContainsFunc(read, func(l *recognize.Line) bool { return otherRow(l, s) }) {
			continue
		}
		if line.Height < minDigitShare*math.Min(area.W(), area.H()) || s.Right.Sub(s.Left).Len() < minFaintLength*line.Height {
			continue
		}
		l, err := r.lookCovered(ctx, img, s, false)
		if err != nil {
			return nil, err
		}
		top := l.Top()
		n, covered := len(top.Text), strings.Count(top.Text, string(pan.CoveredDigit))
		if n < pan.MinDigits || n > pan.MaxDigits || covered < minGroup || n-covered < minSeen {
			continue
		}
		if coveredSeen(l) && top.Pixels >= minBeyondPixels && (best == nil || top.P > best.Top().P) {
			best = l
		}
	}
	return best, nil
}

// otherRow reports whether a line has digits above or below a strip.
func otherRow(l *recognize.Line, s recognize.Strip) bool {
	down := math.Abs(l.Left.Y+l.Right.Y-s.Left.Y-s.Right.Y) / 2
	return len(l.Top().Text) >= minSeen && l.Top().Pixels >= minRestPixels && down > s.Height/2
}

// partBefore returns the part of a number that a text shows in front of its right or
// left end. ok is false if the number can't go on there: covered digits are at the
// other end alone, or those that it would begin with are no network's.
func partBefore(text string, right bool) (part string, ok bool) {
	const covered = string(pan.CoveredDigit)
	seen := strings.Trim(text, covered)
	if part = strings.TrimLeft(text, covered); right {
		part = strings.TrimRight(text, covered)
	}
	if strings.HasPrefix(text, covered) && strings.HasSuffix(text, covered) {
		part = seen
	} else if part == text && seen != text {
		return part, false
	}
	missing := strings.Repeat(covered, max(0, usualDigits-len(part)))
	return part, !right || part[0] == pan.CoveredDigit || prior.Lookup(part+missing).Network != ""
}

// trimFlaw takes fewer than a group of covered digits off the right end of a line's
// text. The longer line reaches beyond the number, to anything that is there.
func trimFlaw(l *recognize.Line) {
	text := &l.List[0].Text
	short := strings.TrimRight(*text, string(pan.CoveredDigit))
	if strings.Contains(short, strings.Repeat(string(pan.CoveredDigit), minGroup)) && len(*text)-len(short) < minGroup && len(short) >= pan.MinDigits {
		*text = short
	}
}

// rests returns the lines that may be the rest of a number, those with most digits
// first.
func rests(lines []*recognize.Line) (found []*recognize.Line) {
	digits := func(l *recognize.Line) int { return len(strings.Trim(l.Top().Text, string(pan.CoveredDigit))) }
	for _, l := range lines {
		n := digits(l)
		if n < minRest || n >= usualDigits || l.Top().Pixels < minRestPixels {
			continue
		}
		if at, ok := placesOf(l); ok && partOfCard(at.groups) {
			found = append(found, l)
		}
	}
	slices.SortStableFunc(found, func(a, b *recognize.Line) int { return digits(b) - digits(a) })
	return found[:min(maxRests, len(found))]
}

// maxBlock is how many digits stand in one block at the most, such as the first six of
// 6-13. Longer blocks are on labels.
const maxBlock = 8

// partOfCard reports whether a part of a number can stand in such groups: in a short
// block, in fours, or in six and the rest, as codes and telephone numbers do not.
// Of the outer groups digits may be missing.
func partOfCard(groups []int) bool {
	last := len(groups) - 1
	for i, n := range groups {
		switch {
		case last == 0 && n <= maxBlock, n == 4, n == 6 && (i == 0 || i == 1 && groups[0] == 4), n < 4 && (i == 0 || i == last):
		default:
			return false
		}
	}
	return true
}

// openEnded reports whether a number has covered digits at an end, so that there
// may be others behind them.
func openEnded(text string) bool {
	return text[0] == pan.CoveredDigit || text[len(text)-1] == pan.CoveredDigit
}

// continues reports whether a text has a part of a number at one of its ends, and
// beyond that a group of covered digits.
func continues(text, part string, right bool) bool {
	more, found := strings.CutPrefix(text, part)
	if !right {
		more, found = strings.CutSuffix(text, part)
	}
	n := len(text)
	return found && strings.Count(more, string(pan.CoveredDigit)) >= minGroup && n >= pan.MinDigits && n <= pan.MaxDigits
}

// longer returns a line's strip with room for the digits of the longest number at
// its right or left end, beyond those that are visible, as far as the area has it.
// ok is false if that is hardly any.
func longer(l *recognize.Line, right bool, area geom.Rect) (s recognize.Strip, ok bool) {
	s = l.Strip
	at, ok := placesOf(l)
	if !ok || l.Height < minDigitShare*math.Min(area.W(), area.H()) {
		return s, false
	}
	more := float64(pan.MaxDigits - at.digits)
	margin := cardMargin * area.W()
	room := area.X1 - margin - at.last.X
	if !right {
		room = at.first.X - area.X0 - margin
	}
	reach := math.Min(room, at.pitch*(more+math.Ceil(more/4)+0.5))
	if reach < (minBeyond+0.5)*at.pitch {
		return s, false
	}
	along := s.Right.Sub(s.Left)
	step := along.Mul(reach / math.Max(along.Len(), 1e-3))
	if right {
		s.Right = at.last.Add(step)
	} else {
		s.Left = at.first.Sub(step)
	}
	return s, true
}

// places is where the visible digits of a line stand on its plane.
type places struct {
	first, last geom.Point // centres
	pitch       float64    // of neighbours
	digits      int
	groups      []int
}

// placesOf returns the places of the digits between covered ones at the ends. ok is
// false if there are not two.
func placesOf(l *recognize.Line) (at places, ok bool) {
	text := l.Top().Text
	from := len(text) - len(strings.TrimLeft(text, string(pan.CoveredDigit)))
	to := len(strings.TrimRight(text, string(pan.CoveredDigit)))
	onPlane, ok := l.ToImage.Inverse()
	if !ok || to < from+2 {
		return at, false
	}
	spots, in := l.Spots(text)
	place := func(s ctc.Spot) geom.Point {
		return onPlane.Apply(in.ToImage.Apply(geom.Point{X: s.Column * recognize.Stride, Y: recognize.Height / 2}))
	}
	spots = spots[from:to]
	at = places{first: place(spots[0]), last: place(spots[len(spots)-1]), digits: len(spots), groups: ctc.Groups(spots)}
	columns := spots[len(spots)-1].Column - spots[0].Column
	at.pitch = at.last.Sub(at.first).Len() * ctc.Pitch(spots) / math.Max(columns, 1e-3)
	return at, true
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
