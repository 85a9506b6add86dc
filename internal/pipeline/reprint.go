package pipeline

import (
	"context"
	"math"

	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/pan"
)

const (
	// reprintMissProb is the probability that something else is printed where
	// the reprint should be, or that it is misread.
	reprintMissProb = 0.03
	// minRivalProb is the probability from which another reading is a reason to
	// look for the reprint.
	minRivalProb = 1e-3

	// A reprint contradicts the number if it is clear, hardly the number's, and
	// differs from it in one digit.
	clearReprintProb = 0.9
	minReprintProb   = 0.02
	maxReprintDiffer = 1
)

// checkReprint reads the reprint of the number's first digits, and weighs the
// number's readings by it. One crop shows that a sure number has no reprint, or
// the same digits there.
func (r *Reader) checkReprint(ctx context.Context, img input, p *pass) error {
	top := p.top()
	if len(p.number.Parts) != 1 || len(top.Text) < pan.MinDigits {
		return nil
	}
	spots, in := p.number.Parts[0].Spots(top.Text)
	doubt := p.firstDigitsInDoubt()
	more := func(texts map[string]float64) bool { return doubt || contradiction(texts, top.Text) != "" }
	texts, err := r.text.Reprint(ctx, img.pixels, spots, in, more)
	if err != nil {
		return err
	}
	if p.reprint = texts; more(texts) {
		p.weighReprint()
	}
	r.trace(ctx, "ctc")
	return nil
}

// contradiction returns the clear reprint of other first digits than the
// number's, or "". Other print that is read as four digits differs in most of
// them.
func contradiction(reprint map[string]float64, number string) string {
	own := number[:min(recognize.ReprintDigits, len(number))]
	if reprint[own] >= minReprintProb {
		return ""
	}
	for text, p := range reprint {
		if p < clearReprintProb || len(text) != len(own) {
			continue
		}
		differ := 0
		for i := range text {
			if text[i] != own[i] && own[i] != pan.CoveredDigit {
				differ++
			}
		}
		if differ > 0 && differ <= maxReprintDiffer {
			return text
		}
	}
	return ""
}

// weighReprint weighs the readings of the number by the reprint, relative to
// each other: none becomes likelier than it was.
func (p *pass) weighReprint() {
	prob := func(text string) (likely float64) {
		for first, v := range p.reprint {
			if matchesFirst(text, first) {
				likely = math.Max(likely, v)
			}
		}
		return likely
	}
	most := 0.0
	for _, h := range p.number.Hypotheses.List {
		most = math.Max(most, prob(h.Text))
	}
	if most == 0 {
		return
	}
	p.number.Hypotheses.Weigh(len(p.number.Hypotheses.List), func(text string) float64 {
		return math.Log((reprintMissProb + prob(text)) / (reprintMissProb + most))
	})
}

// matchesFirst reports whether a number can begin with these digits.
func matchesFirst(text, first string) bool {
	if len(text) < len(first) {
		return false
	}
	for i := range len(first) {
		if text[i] != first[i] && text[i] != pan.CoveredDigit {
			return false
		}
	}
	return true
}

// firstDigitsInDoubt reports whether a reading with other first digits is at
// all likely.
func (p *pass) firstDigitsInDoubt() bool {
	const n = recognize.ReprintDigits
	top := p.top().Text
	for _, h := range p.number.Hypotheses.List {
		if h.P > minRivalProb && (len(h.Text) < n || h.Text[:n] != top[:n]) {
			return true
		}
	}
	return false
}
