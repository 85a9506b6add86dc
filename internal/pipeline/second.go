package pipeline

import (
	"context"

	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/multiline"
	"github.com/kahao/kahao/internal/vision/recognize"
)

const (
	// minCoveredProb is the posterior from which digits of a line are covered.
	minCoveredProb = 0.5
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
// about.
func (r *Reader) askCovered(ctx context.Context, img input, lines []*recognize.Line) (changed bool, err error) {
	for i, l := range lines {
		text := l.Top().Text
		if len(text) < multiline.MinPart || ctc.HasCovered(text) {
			continue
		}
		m, err := r.lookCovered(ctx, img, l.Strip, prior.Complete(text, prior.Lookup(text)))
		if err != nil {
			return false, err
		}
		if ctc.HasCovered(m.Top().Text) && m.Top().P >= minCoveredProb {
			lines[i], changed = m, true
		} else {
			l.CoveredProb = m.Hypotheses.CoveredProb()
		}
	}
	return changed, nil
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
