package pipeline

import (
	"cmp"
	"context"
	"math"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/expiry"
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/pageline"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/textline"
)

const (
	// minDateProb is the probability from which a date is reported.
	minDateProb = 0.03
	// likelyDateProb is the probability of a date from which no fainter lines
	// are read.
	likelyDateProb = 0.3
	// noDateProb is the probability of another text, by one crop, from which a
	// faint line is no date.
	noDateProb = 0.8
)

// dateCrops are the crops of a date in the order in which they are read, and
// dateChecks the counts of crops after which a date may be confident.
var (
	dateCrops  = cropOrder(0, 5, 1, 6, 7, 2, 3, 4)
	dateChecks = []int{1, 2, 5}
)

// wordCrops are the crops of a date beside which other print stands: those that reach
// least beyond its ends.
var wordCrops = cropOrder(2, 0, 4)

// dateScales are the enlargements in which dates are looked for if none is
// likely: the network misses small ones.
var dateScales = []float64{1.5, 2.2}

// maxDateLines is how many lines of a map are read at each threshold, the likeliest
// ones.
const maxDateLines = 4

// dateLines is a map of lines, and its place in the image.
type dateLines struct {
	*textline.Map
	toImage geom.Homography
}

// dates returns every date on the card, from top to bottom: those on the lines
// found with the number, and if none is likely, on the lines of the card
// enlarged, and at last in the words of the card.
func (r *Reader) dates(ctx context.Context, img input, p *pass) ([]Date, error) {
	dates, err := r.datesIn(ctx, img, p, dateLines{p.lines, p.toImage})
	scales := dateScales
	if p.page {
		scales = scales[:1]
	}
	for _, k := range scales {
		if err != nil || likely(dates) {
			break
		}
		var lines dateLines
		if lines, err = r.enlarge(ctx, img, p, k); err != nil {
			break
		}
		var more []Date
		more, err = r.datesIn(ctx, img, p, lines)
		dates = addDates(dates, more)
	}
	if err == nil && !likely(dates) && !p.page {
		var more []Date
		more, err = r.wordDates(ctx, img, p)
		dates = addDates(dates, more)
	}
	slices.SortStableFunc(dates, func(a, b Date) int { return cmp.Compare(a.Quad.Center().Y, b.Quad.Center().Y) })
	return dates, err
}

// likely reports whether one of the dates is.
func likely(dates []Date) bool {
	return slices.ContainsFunc(dates, func(d Date) bool { return d.Confidence >= likelyDateProb })
}

// addDates adds dates that were looked for again. Of two at one place the surer
// one stays.
func addDates(dates, more []Date) []Date {
	for _, d := range more {
		i := slices.IndexFunc(dates, func(e Date) bool {
			return d.Quad.Center().Sub(e.Quad.Center()).Len() < (d.Quad.Height()+e.Quad.Height())/2
		})
		switch {
		case i < 0:
			dates = append(dates, d)
		case d.Confidence > dates[i].Confidence:
			dates[i] = d
		}
	}
	return dates
}

// enlarge finds the lines of a pass's card again, k times as large.
func (r *Reader) enlarge(ctx context.Context, img input, p *pass, k float64) (dateLines, error) {
	flat, toImage := p.view(img, k)
	r.trace(ctx, "rectify")
	lines, err := r.lines.Find(ctx, flat)
	r.trace(ctx, "lines")
	return dateLines{lines, toImage}, err
}

// view draws a pass's card, k times as large as where its lines were found.
func (p *pass) view(img input, k float64) (*pixel.RGB, geom.Homography) {
	area := p.lines.Area()
	flat := pixel.New(viewSide(k*area.W()), viewSide(k*area.H()))
	toImage := p.toImage.Mul(geom.Homography{1 / k, 0, area.X0, 0, 1 / k, area.Y0, 0, 0, 1})
	img.pixels.Warp(flat, toImage, nil)
	return flat, toImage
}

// wordScale is the enlargement in which the words of a card are looked for: print of
// 1.5 mm is then 14 pixels high.
const wordScale = 2.2

// maxWords is how many words of a card are read for dates, the lowest ones.
const maxWords = 24

// wordDates returns the dates among the words of a card. The network for lines misses
// small print that stands in one line with a label or the security code, so they are
// found by the shapes of their characters. Only a reading with a separator of which the
// crops are sure is a date.
func (r *Reader) wordDates(ctx context.Context, img input, p *pass) ([]Date, error) {
	flat, toImage := p.view(img, wordScale)
	words := pageline.Words(flat)
	r.trace(ctx, "lines")
	lines := make([]textline.Line, 0, maxWords)
	for _, w := range words[max(0, len(words)-maxWords):] {
		lines = append(lines, textline.Line{Kind: textline.Date, Left: w.Left, Right: w.Right, Height: w.Height})
	}
	return r.datesOn(ctx, img, p, toImage, lines, dateRules{crops: wordCrops, minPixels: minSurePixels})
}

// dateRules say which lines are read for dates, and what counts as one.
type dateRules struct {
	crops     []recognize.Crop
	minProb   float64 // of the line
	minPixels float64 // log-likelihood of its text
	unmarked  bool    // a date needs no separator
}

// datesIn returns the dates on a map's lines. If none is likely, fainter lines
// are read, then the faintest, and last both ends of the lines that are too long
// for one date: they run on into artwork. In the last two cases only a reading of
// which the crops are sure is a date.
func (r *Reader) datesIn(ctx context.Context, img input, p *pass, at dateLines) ([]Date, error) {
	var dates []Date
	var seen []textline.Line
	for _, step := range []dateRules{
		{dateCrops, textline.ClearProb, math.Inf(-1), true}, {dateCrops, textline.FaintProb, math.Inf(-1), false}, {dateCrops, textline.FaintestProb, minSurePixels, false},
	} {
		lines := likeliest(at.Lines(step.minProb), textline.Date, maxDateLines)
		more, err := r.datesOn(ctx, img, p, at.toImage, unseen(lines, seen), step)
		if err != nil {
			return nil, err
		}
		dates = append(dates, more...)
		if likely(dates) {
			return dates, nil
		}
		seen = append(seen, lines...)
	}
	more, err := r.datesOn(ctx, img, p, at.toImage, textline.DateEnds(seen), dateRules{crops: dateCrops, minPixels: minSurePixels})
	return append(dates, more...), err
}

// unseen returns the lines that are not near one of those seen.
func unseen(lines, seen []textline.Line) (fresh []textline.Line) {
	for _, line := range lines {
		if !slices.ContainsFunc(seen, line.Near) {
			fresh = append(fresh, line)
		}
	}
	return fresh
}

// chooseDates sets a card's expiry and date of issue. The expiry is not accepted
// if another date contradicts it.
func (c *Card) chooseDates() {
	number := c.Number.Quad
	along := number[1].Sub(number[0]).Mul(1 / math.Max(number[1].Sub(number[0]).Len(), 1e-3))
	all := make([]expiry.Candidate, len(c.Dates))
	for i, d := range c.Dates {
		at := d.Quad.Center().Sub(number[0]).Mul(1 / math.Max(d.Quad.Height(), 1e-3))
		all[i] = expiry.Candidate{
			Date: expiry.Date{Text: d.Text, Month: d.Month, Year: d.Year}, P: d.Confidence,
			X: at.X*along.X + at.Y*along.Y, Y: at.Y*along.X - at.X*along.Y,
		}
	}
	chosen := expiry.Choose(all)
	if chosen.Expiry >= 0 {
		c.Expiry = c.Dates[chosen.Expiry]
		if !chosen.Clear && c.Expiry.Verdict == Accept {
			c.Expiry.Verdict = Review
		}
	}
	if chosen.Issue >= 0 {
		c.Issued = c.Dates[chosen.Issue]
	}
}

// datesOn reads the dates on the lines, by the rules.
func (r *Reader) datesOn(ctx context.Context, img input, p *pass, toImage geom.Homography, lines []textline.Line, rules dateRules) ([]Date, error) {
	number, weight := p.top().Text, expiry.Prior
	if prior.MadeUp(number) {
		weight = expiry.MadeUpPrior
	}
	var dates []Date
	for _, line := range lines {
		l, err := r.text.Line(ctx, img.pixels, strip(line, toImage), recognize.Plan{
			Crops: rules.crops, CheckAfter: append(slices.Clone(dateChecks), len(rules.crops)), Decode: ctc.DecodeDates, Prior: weight,
			Enough: func(l *recognize.Line) bool { return dateEnough(l, rules.minProb < textline.ClearProb) },
		})
		if err != nil {
			return nil, err
		}
		if date, ok, err := r.namedDate(ctx, img, l); err != nil {
			return nil, err
		} else if ok {
			if !img.lacks(date.Quad) {
				dates = append(dates, date)
			}
			continue
		}
		if l.Top().P < minDateProb || l.Top().Pixels < rules.minPixels {
			continue
		}
		for _, d := range expiry.Parse(l.Top().Text) {
			if d.Unmarked() && (!rules.unmarked || repeats(number, d.Text)) {
				continue
			}
			date := judgeDate(img, d, l, r.calibration.Date)
			if img.lacks(date.Quad) || p.column && p.quad().Contains(img.fromImage(date.Quad).Center()) {
				continue // digits of a column look like several lines
			}
			dates = append(dates, date)
		}
	}
	return dates, nil
}

// dateEnough reports whether a line that may be a date needs no more crops. The
// first one shows that a faint line is none.
func dateEnough(l *recognize.Line, faint bool) bool {
	top := l.Top()
	if len(l.Decoded) == 1 {
		return faint && top.P >= noDateProb && len(expiry.Parse(top.Text)) == 0
	}
	return top.Pixels >= confident && top.P >= confidentProb
}

// repeats reports whether a text is the first or the last digits of a number,
// printed again.
func repeats(number, text string) bool {
	return strings.HasPrefix(number, text) || strings.HasSuffix(number, text)
}

// judgeDate places a date that is part of a line's text, and sets its
// confidence.
func judgeDate(img input, d expiry.Date, l *recognize.Line, by calibration.Map) Date {
	top := l.Top()
	var e calibration.Evidence
	e[calibration.Posterior] = logOdds(top.P)
	e[calibration.Pixels] = top.Pixels
	e[calibration.Margin] = l.Margin()
	e[calibration.Agreement] = l.Agreement(top.Text)
	e[calibration.Check] = sign(d.Possible() || d.Specimen())
	e[calibration.Weakest] = math.Inf(1)
	spots, in := l.Spots(top.Text)
	spots = spots[d.At : d.At+len(d.Text)]
	for i, spot := range spots {
		e[calibration.Weakest] = math.Min(e[calibration.Weakest], logOdds(spot.P[ctc.Symbol(d.Text[i])]))
	}
	half := 0.3 * in.Digit / recognize.Stride
	quad := img.toImage(in.Cell(spots[0].Column-half, spots[len(spots)-1].Column+half))
	e[calibration.Height] = math.Log(quad.Height() / usualHeight)
	p := by.Probability(e)
	return Date{
		Text: d.Text, Month: d.Month, Year: d.Year, Quad: quad,
		Confidence: p, Verdict: dateVerdict(p, d), Evidence: e,
	}
}

// Probabilities from which a date is accepted, or reviewed. The map for dates
// reaches 0.96.
const (
	acceptDateProb = 0.9
	reviewDateProb = 0.5
)

// dateVerdict is the verdict on a date by itself. One that no card can have, or
// whose day and month may be each other, is at most for review.
func dateVerdict(p float64, d expiry.Date) Verdict {
	switch {
	case p >= acceptDateProb && (d.Possible() || d.Specimen()) && !d.Ambiguous():
		return Accept
	case p >= reviewDateProb:
		return Review
	}
	return Reject
}
