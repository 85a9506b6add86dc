package pipeline

import (
	"strings"

	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/issuer"
	"github.com/kahao/kahao/pan"
)

// maxImpossibleProb is the most confidence of a number whose length no card
// has: some of its digits are hidden or were lost, however sure the others are.
const maxImpossibleProb = 0.02

// proof is what shows that a number is a card's, besides its digits. Confidence
// says how surely the digits are read; it says nothing about what they are.
type proof struct {
	length  bool   // a card can have a number of this length
	inRange bool   // and those that begin like it have this length
	card    bool   // an outline, the issuer or the layout show a card
	covered bool   // digits may be covered
	other   bool   // too little shows a card number, see isOther
	weak    bool   // neither the table nor the groups show a card number
	valid   bool   // its check digit is right, or it is a specimen's
	checked bool   // the same, of a network
	doubled string // other first digits, printed again below the number; or ""
}

// unasked is the proof of a crop of a line, which may have any digits.
var unasked = proof{length: true, inRange: true, card: true, valid: true}

// prove weighs what shows that a number in these groups, which may stand in rows
// below each other, is a card's. An outline alone is not enough, because labels have
// one too: a network or a card's groups must go with it. Without an outline the table
// must have the number, or its network, check digit and groups must all fit.
func prove(digits string, at issuer.Result, groups []int, rows, outline bool) proof {
	length := prior.PossibleLength(digits, at, groups)
	network := length && at.Network != ""
	layout := prior.CardGroupsFor(digits, groups) || rows && prior.Rows(digits, at, groups)
	checked := pan.Luhn(digits) || prior.MadeUp(digits)
	return proof{
		length:  length,
		inRange: prior.RangeHasLength(at),
		card:    prior.Known(at) || outline && (network || layout) || network && layout && checked,
		other:   isOther(at.Network != "", length, outline, layout, checked),
		weak:    !prior.Known(at) && !layout && !prior.SplitGroups(groups),
		valid:   checked,
		checked: checked && at.Network != "" || prior.MadeUp(digits),
	}
}

// count returns how many of the facts hold.
func count(facts ...bool) (n int) {
	for _, holds := range facts {
		if holds {
			n++
		}
	}
	return n
}

// isOther reports whether a number is something else than a card's. Without a
// network there must be an outline, or groups and check digit must both fit, and
// the length; with one, one of the three, and length or groups.
func isOther(network, length, outline, layout, checked bool) bool {
	fits := count(outline, layout, checked)
	if network {
		return fits == 0 || !length && !layout
	}
	return fits == 0 || fits == 1 && !outline || !length
}

// Visible digits of a number with covered ones, if their groups are to show a
// card: all of the first group or none of it, and of the last, not both none, as people
// cover whole groups; or so many that few are covered.
const (
	minFirst   = 4
	minLast    = 3
	fewCovered = 10
	issuerSeen = 6 // from the first on: they show the network
)

// proveCovered weighs what shows that a number with covered digits is a card's.
// Neither the covered digits nor the groups that they stand in can be counted
// surely, so where prove looks at the length it looks at the visible digits.
func proveCovered(text string, at issuer.Result, groups []int, outline bool) proof {
	first := strings.IndexByte(text, pan.CoveredDigit)
	last := len(text) - 1 - strings.LastIndexByte(text, pan.CoveredDigit)
	visible := len(text) - strings.Count(text, string(pan.CoveredDigit))
	ends := first+last > 0 && (first == 0 || first >= minFirst) && (last == 0 || last >= minLast)
	layout := prior.CardGroups(groups) || len(text) >= pan.MinDigits && (ends || visible >= fewCovered)
	// First digits that are seen and no network's are no card's, but for specimens.
	foreign := first >= issuerSeen && at.Network == "" && !prior.Invented(strings.ReplaceAll(text, string(pan.CoveredDigit), ""))
	// Where only the end is covered, there may be nothing at all behind an account's
	// number: what is seen must stand in a card's groups, or be of a listed range.
	loose := last == 0 && first > 0 && (!at.Listed || at.Permissive) && !beginsCard(firstDigits(groups, first))
	card := prior.Known(at) || outline && (at.Network != "" || layout) && !foreign && !loose
	return proof{length: card, inRange: prior.RangeHasLength(at), card: card}
}

// firstDigits returns the groups of the first n digits.
func firstDigits(groups []int, n int) (first []int) {
	for _, g := range groups {
		if n <= 0 {
			break
		}
		first = append(first, min(g, n))
		n -= g
	}
	return first
}

// beginsCard reports whether a number can begin with such groups.
func beginsCard(groups []int) bool {
	return partOfCard(groups) || len(groups) == 2 && groups[0] == 6
}

// complete reports whether nothing is missing, so that the number may be
// accepted. Of ten numbers with a misread digit nine fail their check, so that one
// that fails is for review, however surely its digits are read.
func (p proof) complete() bool {
	return p.length && p.inRange && p.card && p.valid && !p.covered && p.doubled == ""
}

// absent reports whether nothing shows a card number: the digits of a barcode, a
// serial number or a telephone number are not reported as one.
func (p proof) absent() bool { return !p.length && !p.card || p.other }

// doubtful reports whether so little shows a card number that it must be read
// surely, and pass its check: codes of 16 digits stand on labels, which have
// outlines, too.
func (p proof) doubtful(confidence, least float64) bool {
	return p.weak && (confidence < least || !p.checked)
}

// imageReasons returns those of a card's reasons that apply to an image too.
func imageReasons(all []Reason) (found []Reason) {
	for _, r := range all {
		switch r.Code {
		case CutOff, TooSmall, Blur, Glare, LowContrast:
			found = append(found, Reason{Code: r.Code})
		}
	}
	return found
}
