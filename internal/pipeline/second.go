package pipeline

import (
	"context"
	"math"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/multiline"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/pan"
)

const (
	// minCoveredProb is the posterior from which digits of a line are covered.
	minCoveredProb = 0.5
	// minDoubtProb and minDoubtPixels are that posterior and the log-likelihood
	// if the reading without covered digits is no likelier, or no card's.
	minDoubtProb   = 0.1
	minDoubtPixels = -3.5
	// maxCoveredProb is the most with which a number may be accepted.
	maxCoveredProb = 0.15
)

// coveredChecks are the counts of crops after which a look for covered digits
// may end.
var coveredChecks = []int{1, firstCheck, secondCheck}

// askCovered looks at lines of a number again, with the network that knows
// covered digits, and replaces those on which it sees some by what it reads. The
// network that read them does not know covered digits: of what it sees under tape
// it makes nothing or any digit. It reads plain lines better, so the other is asked
// for covered digits only. A line on which no digits can be read is not asked
// about, unless it may be a row of the number of another one.
func (r *Reader) askCovered(ctx context.Context, img input, lines []*recognize.Line) (changed bool, err error) {
	for i, l := range lines {
		text := l.Top().Text
		if ctc.HasCovered(text) || len(text) < multiline.MinPart && !rowOf(lines, l) {
			continue
		}
		m, err := r.lookCovered(ctx, img, l.Strip, prior.Complete(text, prior.Lookup(text)))
		if err != nil {
			return false, err
		}
		seen := coveredSeen(m) || rowOf(lines, l) && coveredPixels(m.Top())
		groups := l.Groups(text)
		if (seen || likelierCovered(m.Top(), l.Top(), groups)) && !misplaced(m.Top(), l.Top(), groups) {
			lines[i], changed = m, true
		} else {
			l.CoveredProb = m.Hypotheses.CoveredProb()
		}
	}
	return changed, nil
}

// rowOf reports whether a line may be a row of a number of which another line has a
// part: it is as high, and starts below or above it.
func rowOf(lines []*recognize.Line, l *recognize.Line) bool {
	return slices.ContainsFunc(lines, func(m *recognize.Line) bool {
		n := len(m.Top().Text)
		down := math.Abs(l.Left.Y+l.Right.Y-m.Left.Y-m.Right.Y) / 2
		return n >= minSeen && n <= multiline.MaxPart && inStack(l, m) && down < 3*m.Height
	})
}

// likelierCovered reports whether a reading with covered digits is likelier than
// one of the same line without, or the latter is no card's number.
func likelierCovered(covered, plain ctc.Hypothesis, groups []int) bool {
	if !ctc.HasCovered(covered.Text) || covered.P < minDoubtProb || covered.Pixels < minDoubtPixels {
		return false
	}
	return covered.P >= plain.P || len(plain.Text) >= pan.MinDigits && !possible(plain.Text, groups)
}

// misplaced reports whether both networks see the same digits, and the one that sees
// covered ones beside them is unsure where they are: the line ends at them. What is
// clear is then looked beyond (askBeyond). No card can have it as its number.
func misplaced(covered, plain ctc.Hypothesis, groups []int) bool {
	return covered.Pixels < minRestPixels && plain.Pixels >= minSurePixels && !possible(plain.Text, groups) &&
		strings.Trim(covered.Text, string(pan.CoveredDigit)) == plain.Text
}

// coveredPixels reports whether a reading has covered digits by the pixels alone.
func coveredPixels(top ctc.Hypothesis) bool {
	return ctc.HasCovered(top.Text) && math.Exp(top.Pixels) >= minCoveredProb
}

// coveredSeen reports whether a reading by the network that knows covered digits
// has some. Of a part of a number only the pixels count: the prior is one of whole
// numbers.
func coveredSeen(l *recognize.Line) bool {
	top := l.Top()
	if len(top.Text) < pan.MinDigits {
		return coveredPixels(top)
	}
	return ctc.HasCovered(top.Text) && top.P >= minCoveredProb
}

// lookCovered reads a line with the network that knows covered digits. If the
// line is as long as its number, one crop without any is enough.
func (r *Reader) lookCovered(ctx context.Context, img input, strip recognize.Strip, whole bool) (*recognize.Line, error) {
	checks := coveredChecks
	if !whole {
		checks = checks[1:]
	}
	return r.covered.Line(ctx, img.pixels, strip, recognize.Plan{
		Crops: numberCrops[:secondCheck], CheckAfter: checks, Decode: ctc.DecodeDigits, Prior: r.luhn.prior,
		Enough: func(m *recognize.Line) bool {
			return !ctc.HasCovered(m.Top().Text) || len(m.Decoded) > 1 && m.Top().P >= confidentProb
		},
	})
}
