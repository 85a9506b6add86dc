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

// find finds the number of a card by the lines that a network sees, and looks for more
// than they show if further is set.
func (r *Reader) find(ctx context.Context, img input, card *rectify.Rectified, by *textline.Finder, further bool) (f found, err error) {
	if f.lines, err = by.Find(ctx, card.RGB); err != nil {
		return f, err
	}
	r.trace(ctx, "lines")
	f.number, f.ok, err = r.number(ctx, img, f.lines, card.ToImage, further)
	return f, err
}

// lookAgain finds the number of a card by the lines that the other network sees, which was
// trained on covered numbers. Where an outline is wrong, print is blurred or something
// lies over the number, it often places the line better, and clear print worse. It
// returns what that leads to if it is likely, and else what was found first.
func (r *Reader) lookAgain(ctx context.Context, img input, card *rectify.Rectified, first found) (found, error) {
	second, err := r.find(ctx, img, card, r.covers, true)
	if err != nil || !second.likely() {
		return first, err
	}
	return second, nil
}
