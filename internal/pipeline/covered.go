package pipeline

import (
	"math"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/pan"
)

const (
	// minSeen is how many digits of a number must be visible.
	minSeen = 4
	// coveredStep is the distance of two digits, over the usual one, from which
	// digits between them are covered: more than a wide gap between groups.
	coveredStep = 3.5
	// maxGapSteps is how many digits the gaps around a covered group are wide.
	maxGapSteps = 3
)

// legible reports whether enough digits of a number are visible.
func legible(text string) bool {
	return len(text)-strings.Count(text, string(pan.CoveredDigit)) >= min(minSeen, len(text))
}

// withGaps returns the digits with covered ones where a gap is too wide for
// one between groups. Their count is that of a usual length if the gap allows
// it.
func withGaps(digits []Digit) []Digit {
	usual := usualStep(digits)
	var all []Digit
	for i, d := range digits {
		if i > 0 {
			a, b := digits[i-1].Quad, d.Quad
			if step := b.Center().Sub(a.Center()).Len() / usual; step >= coveredStep {
				n := coveredCount(int(math.Round(step))-1, len(digits))
				for k := range n {
					all = append(all, Digit{Value: pan.CoveredDigit, Quad: between(a, b, float64(k+1)/float64(n+1))})
				}
			}
		}
		all = append(all, d)
	}
	return all
}

// coveredCount returns how many digits are covered where there is room for at
// most room of them, next to the visible ones.
func coveredCount(room, visible int) int {
	for _, total := range []int{16, 19, 15} {
		if n := total - visible; n > 0 && n <= room && n >= room-maxGapSteps {
			return n
		}
	}
	return max(1, room-maxGapSteps+1)
}

// between returns the quad at t on the way from a to b.
func between(a, b geom.Quad, t float64) (q geom.Quad) {
	for i := range q {
		q[i] = a[i].Mul(1 - t).Add(b[i].Mul(t))
	}
	return q
}

// fillGaps makes the number of a card one with covered digits if gaps show
// some. A listed number of the right length that passes the check is whole.
func (c *Card) fillGaps() error {
	if c.PAN.IsZero() || prior.Known(c.Issuer) && c.PAN.Luhn() {
		return nil
	}
	all := withGaps(c.Number.Digits)
	if len(all) == len(c.Number.Digits) {
		return nil
	}
	return c.setCovered(all)
}

// setCovered makes the number of a card one with covered digits.
func (c *Card) setCovered(all []Digit) error {
	var text []byte
	for _, d := range all {
		text = append(text, d.Value)
	}
	var err error
	if c.Masked, err = pan.NewPartial(string(text)); err != nil {
		return err
	}
	c.PAN, c.Issuer = pan.Number{}, prior.Lookup(string(text))
	c.Number.Digits, c.Number.Candidates = all, nil
	return nil
}
