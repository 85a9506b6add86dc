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

// withCovered looks at a line of a number again, with the network that knows
// covered digits, and returns what it reads if some are covered, otherwise l. The
// network that read l does not know them: of what it sees under tape it makes
// nothing or any digit. It reads plain lines better, so the other is asked for
// covered digits only. If l is as long as its number, one crop without any is
// enough. A line on which no digits can be read is not asked about.
func (r *Reader) withCovered(ctx context.Context, img input, l *recognize.Line) (*recognize.Line, error) {
	text := l.Top().Text
	if len(text) < multiline.MinPart {
		return l, nil
	}
	checks := coveredChecks
	if !prior.Complete(text, prior.Lookup(text)) {
		checks = checks[1:]
	}
	m, err := r.covered.Line(ctx, img.pixels, l.Strip, recognize.Plan{
		Crops: numberCrops[:secondCheck], CheckAfter: checks, Decode: ctc.DecodeDigits, Prior: r.luhn.prior,
		Enough: func(m *recognize.Line) bool {
			return !ctc.HasCovered(m.Top().Text) || len(m.Decoded) > 1 && m.Top().P >= confidentProb
		},
	})
	if err != nil {
		return nil, err
	}
	if ctc.HasCovered(m.Top().Text) && m.Top().P >= minCoveredProb {
		return m, nil
	}
	l.CoveredProb = m.Hypotheses.CoveredProb()
	return l, nil
}
