package kahao

import (
	"cmp"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/vision/geom"
	"github.com/kahao/kahao/internal/vision/lattice"
	"github.com/kahao/kahao/internal/vision/lines"
	"github.com/kahao/kahao/internal/vision/transcribe"
)

// Dates less likely than dateHopeless are not reported. Where the best one is
// less likely than dateDoubtful, fainter lines are looked at, too. The expiry
// is not chosen among dates that are less likely than the best by dateBelow.
const (
	dateHopeless = 0.03
	dateDoubtful = 0.3
	dateBelow    = 0.4
)

// dateLooks are the counts of crops after which a reading may be certain.
var dateLooks = []int{2, transcribe.Wide, len(transcribe.Views)}

// dates reads every date on the card; the latest is the expiry.
func (s *session) dates(l *look, card *Card) error {
	seen := l.marks.Lines(lines.Clear)
	err := s.datesOn(l, seen, nil, card)
	if err == nil && !slices.ContainsFunc(card.Dates, func(d Date) bool { return d.Confidence >= dateDoubtful }) {
		err = s.datesOn(l, l.marks.Lines(lines.Faint), seen, card)
	}
	if err != nil {
		return err
	}
	slices.SortStableFunc(card.Dates, func(a, b Date) int { return cmp.Compare(a.Quad.Center().Y, b.Quad.Center().Y) })
	card.Expiry = expiry(card.Dates)
	return nil
}

// datesOn adds the dates on those lines that are not among the ones seen.
func (s *session) datesOn(l *look, at, seen []lines.Line, card *Card) error {
	for _, line := range at {
		if line.Kind != lines.Date || slices.Contains(seen, line) {
			continue
		}
		found, err := s.datesIn(strip(line, l.flat.ToPicture))
		if err != nil {
			return err
		}
		card.Dates = append(card.Dates, found...)
	}
	return nil
}

// expiry is the latest of the dates that are read about as surely as the best.
// What cannot be a date, a misreading or a specimen's, gives way to what can.
func expiry(dates []Date) (latest Date) {
	surest, possible := 0.0, false
	for _, d := range dates {
		surest = math.Max(surest, d.Confidence)
	}
	sure := func(d Date) bool { return d.Confidence >= surest-dateBelow }
	for _, d := range dates {
		possible = possible || sure(d) && d.Possible()
	}
	for _, d := range dates {
		if sure(d) && (d.Possible() || !possible) && (latest.Text == "" || d.after(latest)) {
			latest = d
		}
	}
	return latest
}

func (d Date) after(e Date) bool {
	return cmp.Or(cmp.Compare(d.Year, e.Year), cmp.Compare(d.Month, e.Month)) > 0
}

func (s *session) datesIn(strip transcribe.Strip) ([]Date, error) {
	p := &piece{strip: strip}
	for i, v := range transcribe.Views {
		cols, err := s.digits.Read(s.ctx, s.picture, strip, v)
		if err != nil {
			return nil, err
		}
		s.trace("transcribe")
		p.views = append(p.views, cols)
		if !slices.Contains(dateLooks, i+1) {
			continue
		}
		p.lattice = lattice.Dates(p.matrices(), datePrior)
		s.trace("lattice")
		if top := p.lattice.Top(); top.Pixels >= certain && top.P >= undisputed {
			break
		}
	}
	top := p.lattice.Top()
	if top.P < dateHopeless {
		return nil, nil
	}
	var dates []Date
	for _, d := range parseDates(top.Text) {
		dates = append(dates, s.judgeDate(d, p))
	}
	return dates, nil
}

// judgeDate places a date that is part of what a line says, and weighs it.
func (s *session) judgeDate(d placedDate, p *piece) Date {
	top := p.lattice.Top()
	e := &d.Evidence
	e[calibration.Posterior] = logOdds(top.P)
	e[calibration.Pixels] = top.Pixels
	e[calibration.Margin] = margin(p.lattice)
	e[calibration.Agreement] = agreement(p.views, top.Text)
	e[calibration.Crops] = float64(len(p.views))
	e[calibration.Check] = sign(d.Possible() || d.specimen())
	view := p.views[0]
	if spots := lattice.Align(view.P, top.Text); spots != nil {
		e[calibration.Weakest] = math.Inf(1)
		for i, spot := range spots[d.at : d.at+len(d.Text)] {
			c := transcribe.Slash
			if b := d.Text[i]; b != '/' {
				c = int(b - '0')
			}
			e[calibration.Weakest] = math.Min(e[calibration.Weakest], logOdds(spot.P[c]))
		}
		first, last := spots[d.at].Column, spots[d.at+len(d.Text)-1].Column
		half := 0.3 * view.Digit
		x0, x1 := first*transcribe.Stride-half, last*transcribe.Stride+half
		box := geom.RectQuad(x0, (transcribe.Height-view.Digit)/2, x1-x0, view.Digit)
		d.Quad = s.toFile(view.ToPicture.Quad(box))
		e[calibration.Height] = math.Log(d.Quad.Height() / usualHeight)
	}
	d.Confidence = s.calibration.Date.Probability(*e)
	return d.Date
}
