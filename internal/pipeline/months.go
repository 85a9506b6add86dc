package pipeline

import (
	"context"
	"math"
	"strings"

	"github.com/kahao/kahao/internal/calibration"
	"github.com/kahao/kahao/internal/expiry"
	"github.com/kahao/kahao/internal/vision/recognize"
)

const (
	// minMonthProb is the probability from which a month's name counts.
	minMonthProb = 0.7
	// nameGap is the distance between the centres of two neighbours in a text from
	// which a name may stand between them, in digit heights. Two digits with a
	// separator between them are half as far apart.
	nameGap = 2.2
	// maxNamedDigits is how many digits a line has at most that is looked at for a
	// name: those of a day and a year, and some that letters were taken for.
	maxNamedDigits = 9
	// surePixelsOfDate is the log-likelihood from which the text of a line with
	// separators is that of a date, and no letter is among its digits.
	surePixelsOfDate = -1.2
	// halfName is half the width of a month's name, in digit heights.
	halfName = 1.1
)

// namedDate returns the date with a month's name on a line that was read, if it
// may have one: if its text is no date, or one without separators, in doubt, or
// with a gap.
func (r *Reader) namedDate(ctx context.Context, img input, l *recognize.Line) (date Date, ok bool, err error) {
	if !mayBeNamed(l) {
		return Date{}, false, nil
	}
	name, err := r.months.Find(ctx, img.pixels, l.Strip)
	if err != nil || name.P < minMonthProb {
		return Date{}, false, err
	}
	named := l.Named(name, expiry.NamedPrior)
	if named == nil {
		return Date{}, false, nil
	}
	d, ok := expiry.ParseNamed(named.Top().Text, name.Number)
	if !ok || named.Top().P < minDateProb {
		return Date{}, false, nil
	}
	return judgeNamed(img, d, named, name, r.calibration.Date), true, nil
}

// mayBeNamed reports whether a month's name may stand on a line.
func mayBeNamed(l *recognize.Line) bool {
	text := l.Top().Text
	digits := len(text) - strings.Count(text, "/")
	if digits < 2 || digits > maxNamedDigits {
		return false
	}
	found := expiry.Parse(text)
	if len(found) != 1 || found[0].Unmarked() || l.Top().Pixels < surePixelsOfDate {
		return true
	}
	spots, in := l.Spots(text)
	for i := 1; i < len(spots); i++ {
		if (spots[i].Column-spots[i-1].Column)*recognize.Stride >= nameGap*in.Digit {
			return true
		}
	}
	return false
}

// judgeNamed is judgeDate of a date with a month's name.
func judgeNamed(img input, d expiry.Date, l *recognize.Line, name recognize.Month, by calibration.Map) Date {
	text := l.Top().Text
	whole := expiry.Date{Text: text, Month: d.Month, Year: d.Year}
	date := judgeDate(img, whole, l, by)
	spots, in := l.Spots(text)
	before, after := 0.3, 0.3
	if text[0] == '/' {
		before = halfName
	}
	if text[len(text)-1] == '/' {
		after = halfName
	}
	unit := in.Digit / recognize.Stride
	date.Quad = img.toImage(in.Cell(spots[0].Column-before*unit, spots[len(spots)-1].Column+after*unit))
	date.Text = d.Text
	date.Confidence *= math.Min(1, name.P)
	date.Verdict = dateVerdict(date.Confidence, d)
	return date
}
