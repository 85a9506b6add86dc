package pipeline

import (
	"math"
	"slices"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
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

// legible reports whether enough digits of a number are visible. The last three
// of a whole number are: people cover all but them.
func legible(text string) bool {
	last := strings.TrimLeft(text, string(pan.CoveredDigit))
	if len(last) == minLast && !ctc.HasCovered(last) && len(text) >= usualDigits-1 {
		return true
	}
	return len(text)-strings.Count(text, string(pan.CoveredDigit)) >= min(minSeen, len(text))
}

// maxCrowd is by how much covered digits may be closer to each other than visible
// ones are: where nothing is to be seen, the network gives any place.
const maxCrowd = 0.5

// withRoom returns the digits without those covered ones for which there is no room
// between the outermost of their run and the visible digits beside it, all being as
// far from each other as the visible ones.
func withRoom(digits []Digit) []Digit {
	usual := visibleStep(digits)
	if usual == 0 {
		return digits
	}
	var fitting []Digit
	for i := 0; i < len(digits); {
		end := i
		for end < len(digits) && digits[end].Value == pan.CoveredDigit {
			end++
		}
		if end == i {
			fitting, i = append(fitting, digits[i]), i+1
			continue
		}
		first, last := max(0, i-1), min(len(digits)-1, end)
		room := digits[last].Quad.Center().Sub(digits[first].Quad.Center()).Len()/usual + maxCrowd
		n := min(end-i, max(1, int(room)+1-(i-first)-(last-end+1)))
		for k := range n { // evenly among those that there are
			fitting = append(fitting, digits[i+k*(end-i)/n])
		}
		i = end
	}
	return fitting
}

// visibleStep returns the usual distance of visible digits that stand next to each
// other, or 0 if none do.
func visibleStep(digits []Digit) float64 {
	var all []float64
	for i := 1; i < len(digits); i++ {
		if digits[i].Value != pan.CoveredDigit && digits[i-1].Value != pan.CoveredDigit {
			all = append(all, digits[i].Quad.Center().Sub(digits[i-1].Quad.Center()).Len())
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[3*len(all)/8]
}

// recount corrects the count of covered digits by the place that they have.
func (c *Card) recount() error {
	counted, ok := inLayout(c.Number.Digits, c.Corners)
	if !ok {
		counted = inFours(withRoom(c.Number.Digits))
	}
	if n := len(counted); n >= pan.MinDigits && n <= pan.MaxDigits && n != len(c.Number.Digits) {
		return c.setCovered(counted)
	}
	return nil
}

// inFours returns the digits with whole groups of covered ones, if there is one run of
// them and the visible digits beside it stand in fours.
func inFours(digits []Digit) []Digit {
	covered := func(d Digit) bool { return d.Value == pan.CoveredDigit }
	from := slices.IndexFunc(digits, covered)
	if from < 0 {
		return digits
	}
	to := from
	for to < len(digits) && covered(digits[to]) {
		to++
	}
	step := visibleStep(digits)
	before, after := groupsOf(digits[:from], step), groupsOf(digits[to:], step)
	n := to - from
	if slices.ContainsFunc(digits[to:], covered) || !allFours(before, false) || !allFours(after, true) || len(before)+len(after) < 2 {
		return digits
	}
	if n == 1 || n == 6 && len(before) == 1 && len(after) == 1 { // a flaw; 4-6-4
		return digits
	}
	if from > 1 && digits[0].Value == '3' && digits[1].Value != '5' { // Amex and Diners, in 4-6-5 and 4-6-4
		return digits
	}
	whole := max(4, (n+1)/4*4) // two too many are likelier than two too few
	var all []Digit
	all = append(all, digits[:from]...)
	for k := range whole {
		all = append(all, digits[from+k*n/whole])
	}
	return append(all, digits[to:]...)
}

// allFours reports whether groups have four digits, the last one as many or fewer if
// it is the number's last.
func allFours(groups []int, last bool) bool {
	for i, n := range groups {
		if n != 4 && !(last && i > 0 && i == len(groups)-1 && n < 4) {
			return false
		}
	}
	return true
}

// groupGap is the distance of two digits, over the usual one, from which they belong
// to two groups.
const groupGap = 1.3

// groupsOf returns the lengths of the groups in which digits stand, which usually are
// a step from each other.
func groupsOf(digits []Digit, step float64) (groups []int) {
	for i, d := range digits {
		if i == 0 || d.Quad.Center().Sub(digits[i-1].Quad.Center()).Len() > groupGap*step {
			groups = append(groups, 0)
		}
		groups[len(groups)-1]++
	}
	return groups
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
