package pipeline

import (
	"context"
	"math"

	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/pan"
)

// judge makes a card of a pass: the number with the places of its digits, its
// confidence and rivals, and the issuer. Its error is that of pan.New or
// pan.NewPartial.
func (r *Reader) judge(img input, p *pass) (*Card, error) {
	text := p.top().Text
	card := &Card{Corners: img.toImage(p.corners), Issuer: prior.Lookup(text), proof: unasked, outline: !p.whole && p.lines != nil}
	var err error
	if ctc.HasCovered(text) {
		card.Masked, err = pan.NewPartial(text)
	} else {
		card.PAN, err = pan.New(text)
	}
	if err != nil {
		return nil, err
	}
	n := &card.Number
	var quads []geom.Quad
	for i, text := range p.texts() {
		n.Digits = append(n.Digits, digits(img, p.number.Parts[i], text)...)
	}
	for _, d := range n.Digits {
		quads = append(quads, d.Quad)
	}
	if len(quads) > 0 {
		n.Quad = geom.Around(quads)
	}
	for _, rival := range p.rivals {
		if !card.Masked.IsZero() {
			break // a whole number is no reading of it
		}
		if other, err := pan.New(rival.text); err == nil { // else it has no digits, or covered ones
			n.Candidates = append(n.Candidates, Candidate{other, rival.p})
		}
	}
	if !card.Masked.IsZero() && len(p.number.Parts) == 1 {
		if err := card.recount(); err != nil {
			return nil, err
		}
	}
	by := r.calibration.Line
	n.Evidence = lineEvidence(p, n.Digits)
	if p.lines != nil {
		by = r.calibration.Number
		r.addCardEvidence(&n.Evidence, img, p, card)
		if len(p.number.Parts) == 1 {
			if err := card.fillGaps(); err != nil {
				return nil, err
			}
			if card.outline {
				if err := card.fillEnd(p.groups()); err != nil {
					return nil, err
				}
			}
		}
		if card.Masked.IsZero() {
			card.proof = prove(text, card.Issuer, p.groups(), len(p.number.Parts) > 1, !p.whole)
		} else {
			card.proof = proveCovered(card.Masked.Reveal(), card.Issuer, p.groups(), !p.whole)
		}
		if r.luhn == LuhnOff {
			card.proof.valid = true
		}
		card.proof.doubled = contradiction(p.reprint, p.top().Text)
	}
	for _, part := range p.number.Parts {
		card.proof.covered = card.proof.covered || part.CoveredProb >= maxCoveredProb
	}
	if img.lacks(n.Quad) {
		n.Evidence[calibration.Inside] = 0
	}
	n.Confidence = by.Probability(n.Evidence)
	if !card.proof.length {
		n.Confidence = math.Min(n.Confidence, maxImpossibleProb)
	}
	shareRest(n)
	return card, nil
}

// lineEvidence returns the evidence for a number that its lines give.
func lineEvidence(p *pass, digits []Digit) (e calibration.Evidence) {
	e[calibration.Posterior] = logOdds(p.rivals[0].p)
	e[calibration.Pixels] = p.top().Pixels
	e[calibration.Margin] = p.number.Hypotheses.Margin()
	e[calibration.Weakest] = math.Inf(1)
	for _, d := range digits {
		e[calibration.Weakest] = math.Min(e[calibration.Weakest], logOdds(d.P))
	}
	e[calibration.Agreement] = 1
	for i, text := range p.texts() {
		e[calibration.Agreement] = math.Min(e[calibration.Agreement], p.number.Parts[i].Agreement(text))
	}
	e[calibration.Height] = digitHeight(digits)
	e[calibration.Inside] = 1
	return e
}

// addCardEvidence adds the evidence that only a card gives.
func (r *Reader) addCardEvidence(e *calibration.Evidence, img input, p *pass, card *Card) {
	digits, at := p.top().Text, card.Issuer
	if r.luhn != LuhnOff && card.Masked.IsZero() && (pan.Luhn(digits) || !prior.MadeUp(digits)) {
		e[calibration.Check] = sign(pan.Luhn(digits))
	}
	if at.Listed && !at.Permissive {
		e[calibration.Listed] = sign(at.LengthMatches)
	}
	if prior.Complete(digits, at) {
		e[calibration.Length] = 1
	}
	if cutOff(img, card, p.number.More) {
		e[calibration.Inside] = 0
	}
	if len(p.number.Parts) == 1 {
		e[calibration.OneLine] = 1
	}
	if prior.UsualFor(digits, p.groups()) {
		e[calibration.Groups] = 1
	}
	if !p.whole {
		e[calibration.Outline] = 1
	}
}

// conclude gives the verdict, and the reasons if it is not Accept.
func (r *Reader) conclude(ctx context.Context, img input, p *pass, card *Card) {
	card.Verdict = Reject
	switch confidence := card.Number.Confidence; {
	case confidence >= r.calibration.Accept && card.Number.Evidence.Acceptable() && card.proof.complete() && card.Masked.IsZero():
		card.Verdict = Accept
	case confidence >= r.calibration.Review:
		card.Verdict = Review
	}
	if card.Verdict != Accept {
		card.Reasons = reasons(img, p, card, r.luhn)
	}
	r.trace(ctx, "judge")
}

// shareRest gives the number's rivals the probability that its confidence
// leaves.
func shareRest(n *Number) {
	if len(n.Candidates) == 0 {
		return
	}
	left, all := 1-n.Confidence, 1-n.Candidates[0].P
	n.Candidates[0].P = n.Confidence
	for i := range n.Candidates[1:] {
		if p := &n.Candidates[i+1].P; all > 0 {
			*p = math.Min(*p*left/all, n.Confidence)
		}
	}
}

// usualHeight is the digit height in pixels to which others are compared.
const usualHeight = 16

func digitHeight(digits []Digit) float64 {
	if len(digits) == 0 {
		return 0
	}
	sum := 0.0
	for _, d := range digits {
		sum += d.Quad.Height()
	}
	return math.Log(sum / float64(len(digits)) / usualHeight)
}

func logOdds(p float64) float64 { return math.Log(p / (1 - p)) }

func sign(yes bool) float64 {
	if yes {
		return 1
	}
	return -1
}
