package pipeline

import (
	"math"

	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/issuer"
	"github.com/kahao/kahao/pan"
)

// judge sets what speaks for the number of a look, how probable that makes it,
// and the probabilities of its rivals.
func (s *session) judge(n *Number, digits string, l *look) {
	top := l.number.Top()
	e := &n.Evidence
	e[calibration.Posterior] = logOdds(l.rivals[0].p)
	e[calibration.Pixels] = top.Pixels
	e[calibration.Margin] = l.number.Margin()
	e[calibration.Weakest] = math.Inf(1)
	for _, d := range n.Digits {
		e[calibration.Weakest] = math.Min(e[calibration.Weakest], logOdds(d.P))
	}
	e[calibration.Agreement] = 1
	for i, text := range l.texts() {
		e[calibration.Agreement] = math.Min(e[calibration.Agreement], l.parts[i].Agreement(text))
	}
	e[calibration.Height] = digitHeight(n.Digits)
	by := s.calibration.Line
	e[calibration.Inside] = 1
	if l.marks != nil {
		by = s.calibration.Number
		s.cardEvidence(n, digits, l)
	}
	n.Confidence = by.Probability(*e)
	share(n)
}

// cardEvidence is what a line by itself does not have.
func (s *session) cardEvidence(n *Number, digits string, l *look) {
	e := &n.Evidence
	if s.options.Luhn != LuhnOff && (pan.Luhn(digits) || !prior.MadeUp(digits)) {
		e[calibration.Check] = sign(pan.Luhn(digits))
	}
	if at := issuer.Lookup(digits); at.Listed && !at.Permissive {
		e[calibration.Listed] = sign(at.LengthMatches)
	}
	if prior.Complete(digits) {
		e[calibration.Length] = 1
	}
	if s.cut(n, digits, l.more) {
		e[calibration.Inside] = 0
	}
	if len(l.parts) == 1 {
		e[calibration.OneLine] = 1
	}
	if prior.UsualGroups(l.groups()) {
		e[calibration.Groups] = 1
	}
	if !l.whole {
		e[calibration.Outline] = 1
	}
}

// share gives the number's rivals what its own probability leaves over.
func share(n *Number) {
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

// usualHeight is a digit's height in pixels to which others are compared.
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

// conclude names the issuer and gives the verdict, with its reasons.
func (s *session) conclude(card *Card, l *look) {
	card.Issuer = issuer.Lookup(card.PAN.Reveal())
	card.Verdict = s.verdict(card.Number.Confidence)
	if card.Verdict == Accept && !card.Number.Evidence.Acceptable() {
		card.Verdict = Review
	}
	if card.Verdict != Accept {
		card.Reasons = s.reasons(card, l)
	}
	s.trace("judge")
}

func (s *session) verdict(p float64) Verdict {
	switch {
	case p >= s.calibration.Accept:
		return Accept
	case p >= s.calibration.Review:
		return Review
	}
	return Reject
}
