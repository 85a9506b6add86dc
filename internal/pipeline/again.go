package pipeline

import (
	"context"

	"github.com/kahao/kahao/internal/vision/multiline"
	"github.com/kahao/kahao/internal/vision/rectify"
	"github.com/kahao/kahao/internal/vision/textline"
)

// found is a number and the lines among which it was found.
type found struct {
	number multiline.Number
	lines  *textline.Map
	ok     bool
}

// likely reports whether a number was found that may well be the card's.
func (f found) likely() bool { return f.ok && f.number.Hypotheses.Top().P >= minFoundProb }

// lookAgain finds the number of a card by the lines that the other network sees, which was
// trained on covered numbers. Where an outline is wrong, print is blurred or something
// lies over the number, it often places the line better, and clear print worse. It
// returns what that leads to if it is likely, and else what was found first.
func (r *Reader) lookAgain(ctx context.Context, img input, card *rectify.Rectified, first found) (found, error) {
	lines, err := r.covers.Find(ctx, card.RGB)
	if err != nil {
		return first, err
	}
	r.trace(ctx, "lines")
	second := found{lines: lines}
	if second.number, second.ok, err = r.number(ctx, img, lines, card.ToImage, true); err != nil {
		return first, err
	}
	if !second.likely() {
		return first, nil
	}
	return second, nil
}
