package pipeline

import (
	"context"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/textline"
	"github.com/kahao/kahao/pan"
)

// A sign beside a number, such as the waves of contactless payment or an arrow, is as
// high as its digits, and may be read as one more.

// cutBeside is how far beyond the centre of a number's last digit a line is cut, in
// digits.
const cutBeside = 0.55

// dropSigns reads lines again without the symbol at an end that makes a number one of
// no card: without it the number is whole and its check digit right. The line stays
// as it is unless the shorter one gives that number. The first check is after so many
// crops.
func (r *Reader) dropSigns(ctx context.Context, img input, lines []*recognize.Line, first int) error {
	for i, l := range lines {
		for _, right := range []bool{true, false} {
			short, ok := withoutSign(l.Top().Text, l.Groups, right)
			if !ok {
				continue
			}
			s, ok := cutSign(l, right)
			if !ok {
				continue
			}
			again, err := r.readLines(ctx, img, []textline.Line{{Kind: textline.Number, Left: s.Left, Right: s.Right, Height: s.Height}}, s.ToImage, first)
			if err != nil {
				return err
			}
			if again[0].Top().Text == short {
				lines[i] = again[0]
				break
			}
		}
	}
	return nil
}

// withoutSign returns a text without the symbol at its right or left end. ok is false
// if the text may be a number as it is, or the shorter one is none: of its range's
// length, in a card's groups and with the right check digit, unless it is a specimen's.
func withoutSign(text string, groupsOf func(string) []int, right bool) (short string, ok bool) {
	n := len(text)
	if n <= pan.MinDigits || n > pan.MaxDigits+1 || ctc.HasCovered(text) {
		return "", false
	}
	if at := prior.Lookup(text); prior.PossibleLength(text, at, nil) && prior.RangeHasLength(at) {
		return "", false
	}
	if short = text[1:]; right {
		short = text[:n-1]
	}
	at := prior.Lookup(short)
	if at.Network == "" || !prior.PossibleLength(short, at, nil) || !prior.Complete(short, at) {
		return "", false
	}
	if !pan.Luhn(short) && !prior.MadeUp(short) {
		return "", false
	}
	return short, prior.CardGroupsFor(short, lessOne(groupsOf(text), right))
}

// lessOne returns groups with a digit less at the right or left end.
func lessOne(groups []int, right bool) []int {
	less := slices.Clone(groups)
	if len(less) == 0 {
		return nil
	}
	at := 0
	if right {
		at = len(less) - 1
	}
	if less[at]--; less[at] > 0 {
		return less
	}
	if right {
		return less[:at]
	}
	return less[1:]
}

// cutSign returns a line's strip without the symbol at its right or left end.
func cutSign(l *recognize.Line, right bool) (s recognize.Strip, ok bool) {
	s = l.Strip
	text := l.Top().Text
	onPlane, ok := l.ToImage.Inverse()
	spots, in := l.Spots(text)
	if !ok || len(spots) < 3 {
		return s, false
	}
	place := func(column float64) geom.Point {
		return onPlane.Apply(in.ToImage.Apply(geom.Point{X: column * recognize.Stride, Y: recognize.Height / 2}))
	}
	// No farther than halfway to the sign.
	last, sign, out := spots[1].Column, spots[0].Column, -1.0
	if right {
		last, sign, out = spots[len(spots)-2].Column, spots[len(spots)-1].Column, 1
	}
	reach := min(cutBeside*ctc.Pitch(spots), out*(sign-last)/2)
	end := place(last + out*reach)
	if right {
		s.Right = end
	} else {
		s.Left = end
	}
	return s, true
}
