package pipeline

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/detect"
)

// wholeImageProb is the probability that the image itself is the card, if
// another outline was found and gave nothing sure.
const wholeImageProb = 0.3

// minNumberProb is the probability from which a number is reported at all.
const minNumberProb = 0.005

// minMaskedProb is the confidence from which a number with covered digits is
// reported: less of it is known than of a whole one.
const minMaskedProb = 0.1

// minMaskedHeight is the height of digits, in pixels, from which covered ones can be
// told from ones that are too small to read.
const minMaskedHeight = 8.0

// tooSmall reports whether the number's digits are smaller than that.
func (n *Number) tooSmall() bool {
	return digitHeight(n.Digits) < math.Log(minMaskedHeight/usualHeight)
}

// read reads every card. It also returns the outlines that were found.
func (r *Reader) read(ctx context.Context, img input) (*Reading, []detect.Found, error) {
	found, err := r.cards.Find(ctx, img.pixels)
	if err != nil {
		return nil, nil, err
	}
	r.trace(ctx, "detect")
	passes, err := r.passes(ctx, img, found)
	if err != nil {
		return nil, nil, err
	}
	reading := &Reading{Width: img.width, Height: img.height}
	if r.anywhere {
		if passes, reading.maybe, err = r.withText(ctx, img, passes); err != nil {
			return nil, nil, err
		}
	}
	var dropped []Reason
	for _, p := range passes {
		if p.rivals[0].p < minNumberProb || !legible(p.top().Text) {
			continue
		}
		card, err := r.judge(img, p)
		if err != nil {
			return nil, nil, err
		}
		if !card.Masked.IsZero() && (card.Number.Confidence < minMaskedProb || card.Number.tooSmall()) {
			continue
		}
		if card.proof.absent() || card.proof.doubtful(card.Number.Confidence, r.calibration.Review) {
			if !p.whole && dropped == nil {
				dropped = imageReasons(reasons(img, p, card, r.luhn))
			}
			continue
		}
		if err := r.finish(ctx, img, p, card); err != nil {
			return nil, nil, err
		}
		reading.Cards = append(reading.Cards, card)
	}
	sortCards(reading.Cards)
	switch {
	case len(reading.Cards) == 0:
		reading.Reasons = withoutCard(img, found, dropped)
	case len(reading.Cards) > 1:
		reading.Reasons = []Reason{{Code: SeveralCards}}
	}
	if img.damaged() {
		reading.Reasons = append(reading.Reasons, Reason{Code: Damaged})
	}
	return reading, found, nil
}

// passes returns the best pass over each card: over the outlines that were
// detected, and if none of them gave a sure number, over the whole image as
// the card.
func (r *Reader) passes(ctx context.Context, img input, found []detect.Found) ([]*pass, error) {
	var passes []*pass
	for _, f := range found {
		p, err := r.bestPass(ctx, img, f.Corners, f.Likely)
		if err != nil {
			return nil, err
		}
		if p != nil {
			passes = r.merge(passes, p)
		}
	}
	if slices.ContainsFunc(passes, (*pass).sure) {
		return passes, nil
	}
	likely := [4]float64{0.7, 0.1, 0.1, 0.1}
	if r.quick { // flat print that is turned is found as text
		likely = [4]float64{1}
	}
	p, err := r.bestPass(ctx, img, img.frame(), likely)
	if err != nil {
		return nil, err
	}
	if p != nil {
		p.whole = true
		p.score += math.Log(wholeImageProb)
		passes = r.merge(passes, p)
	}
	if r.quick || slices.ContainsFunc(passes, func(p *pass) bool { return p.rivals[0].p >= minFoundProb }) {
		return passes, nil
	}
	more, err := r.search(ctx, img, found)
	if err != nil {
		return nil, err
	}
	for _, p := range more {
		passes = r.merge(passes, p)
	}
	return passes, nil
}

// minQuickTurn is the likelihood of a turn that a quick reader tries.
const minQuickTurn = 0.04

// bestPass makes passes over the card with the given corners after quarter
// turns, the likeliest first, until one is sure or the next cannot beat it. A
// card on its side is only tried if no other pass gave a number. A quick
// reader leaves out unlikely turns.
func (r *Reader) bestPass(ctx context.Context, img input, corners geom.Quad, likely [4]float64) (*pass, error) {
	order := []int{0, 1, 2, 3}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(likely[b], likely[a]) })
	var best *pass
	for i, n := range order {
		if r.quick && likely[n] < minQuickTurn || best != nil && (i >= 2 || best.sure() || best.top().Pixels+math.Log(best.likely) > math.Log(likely[n])) {
			break
		}
		p, err := r.pass(ctx, img, corners.Turn(n), likely[n])
		if err != nil {
			return nil, err
		}
		if p != nil {
			best = better(best, p)
		}
	}
	return best, nil
}

// merge adds a pass to those over the cards found so far. Of two passes over
// one card the better one stays. If both found the same line, they are fused.
func (r *Reader) merge(passes []*pass, p *pass) []*pass {
	for i, other := range passes {
		switch {
		case !p.sameCard(other):
			continue
		case p.sameLine(other):
			passes[i] = fuse(other, p, r.luhn.prior)
		default:
			passes[i] = better(other, p)
		}
		return passes
	}
	return append(passes, p)
}

// finish reads the dates of a judged card, and gives the verdict.
func (r *Reader) finish(ctx context.Context, img input, p *pass, card *Card) (err error) {
	if p.text { // it has shown that it is a card's; a date near it need not be
		card.text, card.proof.card = true, true
		r.conclude(ctx, img, p, card)
		return nil
	}
	if !r.quick {
		if card.Dates, err = r.dates(ctx, img, p); err != nil {
			return err
		}
		card.chooseDates()
	}
	r.conclude(ctx, img, p, card)
	return nil
}

// rank is the order of the verdicts.
var rank = map[Verdict]int{Accept: 0, Review: 1, Reject: 2}

// sortCards sorts cards by verdict, and those of one verdict from top to bottom
// and, within a row, from left to right. A slightly different image of the same
// cards gives the same order.
func sortCards(cards []*Card) {
	slices.SortStableFunc(cards, func(a, b *Card) int {
		return cmp.Or(cmp.Compare(rank[a.Verdict], rank[b.Verdict]), cmp.Compare(center(a).Y, center(b).Y))
	})
	for start := 0; start < len(cards); {
		first, end := cards[start], start+1
		low := center(first).Y + first.Number.Quad.Bounds().H()/2 + first.Corners.Bounds().H()/4
		for end < len(cards) && cards[end].Verdict == first.Verdict && center(cards[end]).Y <= low {
			end++
		}
		slices.SortStableFunc(cards[start:end], func(a, b *Card) int { return cmp.Compare(center(a).X, center(b).X) })
		start = end
	}
}

func center(c *Card) geom.Point { return c.Number.Quad.Center() }
