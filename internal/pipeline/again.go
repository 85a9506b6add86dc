package pipeline

import (
	"context"

	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/multiline"
	"github.com/kahao/kahao/internal/vision/rectify"
)

// minAgain is how likely a card must stand upright in a pass that looks again: the turns
// in which it does not have no number, and would cost as much.
const minAgain = 0.9

// minDoubtfulPixels is the log-likelihood below which a reading with covered digits gives
// way to a likelier one that shows as many.
const minDoubtfulPixels = -0.5

// lookAgain looks for the number of a card that has covered digits, or none so far, with
// the lines network that was trained on such cards. The other ends a line at what covers
// it; it finds plain lines better, so this one is believed about covered digits only. It
// returns the number that shows more.
func (r *Reader) lookAgain(ctx context.Context, img input, card *rectify.Rectified, number multiline.Number, ok bool) (multiline.Number, bool, error) {
	lines, err := r.covers.Find(ctx, card.RGB)
	if err != nil {
		return number, ok, err
	}
	r.trace(ctx, "lines")
	other, found, err := r.number(ctx, img, lines, card.ToImage)
	if err != nil || !found || !ctc.HasCovered(other.Hypotheses.Top().Text) {
		return number, ok, err
	}
	if !ok || showsMore(other.Hypotheses.Top(), number.Hypotheses.Top()) {
		return other, true, nil
	}
	return number, ok, nil
}

// showsMore reports whether a reading with covered digits is better than another one: it
// is as likely as those that count and shows more digits, or as many with more certainty
// than one that is doubtful.
func showsMore(a, b ctc.Hypothesis) bool {
	if a.Pixels < minBeyondPixels {
		return false
	}
	n, m := seenIn(a.Text), seenIn(b.Text)
	return n > m || n == m && b.Pixels < minDoubtfulPixels && a.Pixels > b.Pixels
}
