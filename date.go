package kahao

import (
	"cmp"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/vision/geom"
	"github.com/kahao/kahao/internal/vision/lattice"
	"github.com/kahao/kahao/internal/vision/lines"
	"github.com/kahao/kahao/internal/vision/transcribe"
)

// A date is read from at least dateMin crops and, until they are certain, from
// as many as dateMax. Below dateHopeless nothing is reported.
const (
	dateMin      = 2
	dateMax      = transcribe.Wide
	dateHopeless = 0.03
)

// dates reads every date on the card; the latest is the expiry.
func (s *session) dates(a *attempt, card *Card) error {
	for _, l := range a.lines {
		if l.Kind != lines.Date {
			continue
		}
		found, err := s.datesOn(strip(l, a.flat.ToPicture))
		if err != nil {
			return err
		}
		card.Dates = append(card.Dates, found...)
	}
	if len(card.Dates) > 0 {
		card.Expiry = slices.MaxFunc(card.Dates, func(a, b Date) int {
			return cmp.Or(cmp.Compare(a.Year, b.Year), cmp.Compare(a.Month, b.Month))
		})
	}
	return nil
}

func (s *session) datesOn(strip transcribe.Strip) ([]Date, error) {
	var matrices []lattice.Matrix
	var views []*transcribe.Columns
	var candidates []lattice.Candidate
	for i, v := range transcribe.Views[:dateMax] {
		cols, err := s.digits.Read(s.ctx, s.picture, strip, v)
		if err != nil {
			return nil, err
		}
		s.trace("transcribe")
		views = append(views, cols)
		matrices = append(matrices, cols.P)
		if i+1 == dateMin || i+1 == dateMax {
			candidates = lattice.Dates(matrices, datePrior)
			s.trace("lattice")
			if len(candidates) > 0 && candidates[0].Pixels >= certain {
				break
			}
		}
	}
	if len(candidates) == 0 || candidates[0].P < dateHopeless {
		return nil, nil
	}
	top := candidates[0]
	found := parseDates(top.Text)
	spots := lattice.Align(matrices[0], top.Text)
	for i := range found {
		d := &found[i]
		d.Confidence = top.P
		if spots == nil {
			continue
		}
		first, last := spots[d.at].Column, spots[d.at+len(d.Text)-1].Column
		half := 0.3 * views[0].Digit
		x0, x1 := first*transcribe.Stride-half, last*transcribe.Stride+half
		box := geom.RectQuad(x0, (transcribe.Height-views[0].Digit)/2, x1-x0, views[0].Digit)
		d.Quad = s.toFile(views[0].ToPicture.Quad(box))
	}
	dates := make([]Date, len(found))
	for i, d := range found {
		dates[i] = d.Date
	}
	return dates, nil
}

// placedDate is a date and where it begins in the text it was found in.
type placedDate struct {
	Date
	at int
}

// parseDates finds the dates in a string of digits and slashes: MM/YY,
// MM/YYYY and YYYY/MM, and M/YY at its start. Two dates may follow each other
// without a separator: "05/0805/11".
func parseDates(text string) []placedDate {
	var found []placedDate
	begin := 0
	for i := 0; i < len(text); i++ {
		if text[i] != '/' {
			continue
		}
		before, after := digitsUpTo(text[begin:i]), digitsFrom(text, i+1)
		var d placedDate
		switch {
		case before >= 4 && after == 2 && plausibleCentury(text[i-4:i]):
			d = placed(text, i-4, i+3, text[i+1:i+3], text[i-4:i])
		case before >= 2 && after >= 4 && plausibleCentury(text[i+1:i+5]):
			d = placed(text, i-2, i+5, text[i-2:i], text[i+1:i+5])
		case before >= 2 && after >= 2:
			d = placed(text, i-2, i+3, text[i-2:i], "20"+text[i+1:i+3])
		case before == 1 && after >= 2:
			d = placed(text, i-1, i+3, "0"+text[i-1:i], "20"+text[i+1:i+3])
		default:
			continue
		}
		found = append(found, d)
		begin = d.at + len(d.Text)
		i = begin - 1
	}
	return found
}

func placed(text string, from, to int, month, year string) placedDate {
	return placedDate{Date{Text: text[from:to], Month: value(month), Year: value(year)}, from}
}

func plausibleCentury(year string) bool { return year[:2] == "19" || year[:2] == "20" }

func digitsFrom(text string, i int) int {
	n := 0
	for i+n < len(text) && text[i+n] != '/' {
		n++
	}
	return n
}

func digitsUpTo(text string) int { return len(text) - 1 - strings.LastIndexByte(text, '/') }

func value(digits string) int {
	v := 0
	for _, c := range digits {
		v = v*10 + int(c-'0')
	}
	return v
}

// datePrior prefers strings that are dates with a month that exists.
// Specimens show 88/88 and 00/00, so nothing is ruled out.
func datePrior(text string) float64 {
	found := parseDates(text)
	if len(found) == 0 {
		return -4
	}
	prior, used := 0.0, 0
	for _, d := range found {
		used += len(d.Text)
		if d.Month < 1 || d.Month > 12 {
			prior--
		}
	}
	return prior - float64(len(text)-used)
}
