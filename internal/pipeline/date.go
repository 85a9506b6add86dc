package pipeline

import (
	"cmp"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/expiry"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/spell"
	"github.com/kahao/kahao/internal/vision/textline"
)

// Dates less likely than dateHopeless are not reported. Where the best one is
// less likely than dateDoubtful, fainter lines are looked at, too. A date may
// be certain after so many crops as the looks say.
const (
	dateHopeless   = 0.03
	dateDoubtful   = 0.3
	firstDateLook  = 2
	secondDateLook = 5
)

// dateViews are the crops of a date in the order in which they are read.
var dateViews = views(0, 5, 1, 6, 7, 2, 3, 4)

// dates reads every date on the card; the latest is the expiry. Where none is
// likely, fainter lines are looked at, then the faintest, and last the ends of
// lines that are too long for one date: they ran on into artwork. Of those two
// only what the crops are sure of is a date.
func (s *session) dates(l *look, card *Card) error {
	var seen []textline.Line
	for _, step := range []struct{ from, least float64 }{{textline.Clear, math.Inf(-1)}, {textline.Faint, math.Inf(-1)}, {textline.Faintest, settled}} {
		at := l.marks.Lines(step.from)
		if err := s.datesOn(l, at, seen, step.least, card); err != nil {
			return err
		}
		if slices.ContainsFunc(card.Dates, func(d Date) bool { return d.Confidence >= dateDoubtful }) {
			seen = nil
			break
		}
		seen = append(seen, at...)
	}
	if err := s.datesOn(l, textline.DateEnds(seen), nil, settled, card); err != nil {
		return err
	}
	slices.SortStableFunc(card.Dates, func(a, b Date) int { return cmp.Compare(a.Quad.Center().Y, b.Quad.Center().Y) })
	if i := expiry.Choose(candidates(card.Dates)); i >= 0 {
		card.Expiry = card.Dates[i]
	}
	return nil
}

func candidates(dates []Date) []expiry.Candidate {
	all := make([]expiry.Candidate, len(dates))
	for i, d := range dates {
		all[i] = expiry.Candidate{Date: expiry.Date{Text: d.Text, Month: d.Month, Year: d.Year}, P: d.Confidence}
	}
	return all
}

// datesOn adds the dates on those lines that are not among the ones seen, where
// the crops say at least so much of them.
func (s *session) datesOn(l *look, at, seen []textline.Line, least float64, card *Card) error {
	for _, line := range at {
		if line.Kind != textline.Date || slices.ContainsFunc(seen, line.Near) {
			continue
		}
		found, err := s.datesIn(strip(line, l.flat.ToPicture), least)
		if err != nil {
			return err
		}
		card.Dates = append(card.Dates, found...)
	}
	return nil
}

func (s *session) datesIn(strip recognize.Strip, least float64) ([]Date, error) {
	p, err := s.spell.Read(s.ctx, s.picture, strip, spell.Plan{
		Views: dateViews, Looks: []int{firstDateLook, secondDateLook, len(dateViews)},
		View: ctc.Dates, Prior: expiry.Prior,
		Enough: func(l *spell.Line) bool { return l.Top().Pixels >= certain && l.Top().P >= undisputed },
	})
	if err != nil || p.Top().P < dateHopeless || p.Top().Pixels < least {
		return nil, err
	}
	var dates []Date
	for _, d := range expiry.Parse(p.Top().Text) {
		dates = append(dates, s.judgeDate(d, p))
	}
	return dates, nil
}

// judgeDate places a date that is part of what a line says, and weighs it.
func (s *session) judgeDate(d expiry.Date, p *spell.Line) Date {
	top := p.Top()
	var e calibration.Evidence
	e[calibration.Posterior] = logOdds(top.P)
	e[calibration.Pixels] = top.Pixels
	e[calibration.Margin] = p.Margin()
	e[calibration.Agreement] = p.Agreement(top.Text)
	e[calibration.Check] = sign(d.Possible() || d.Specimen())
	e[calibration.Weakest] = math.Inf(1)
	spots, by := p.Spots(top.Text)
	spots = spots[d.At : d.At+len(d.Text)]
	for i, spot := range spots {
		e[calibration.Weakest] = math.Min(e[calibration.Weakest], logOdds(spot.P[ctc.Symbol(d.Text[i])]))
	}
	half := 0.3 * by.Digit / recognize.Stride
	quad := s.toFile(spell.Cell(by, spots[0].Column-half, spots[len(spots)-1].Column+half))
	e[calibration.Height] = math.Log(quad.Height() / usualHeight)
	return Date{
		Text: d.Text, Month: d.Month, Year: d.Year, Quad: quad,
		Confidence: s.calibration.Date.Probability(e), Evidence: e,
	}
}
