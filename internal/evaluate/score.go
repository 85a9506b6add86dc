package evaluate

import (
	"slices"

	"github.com/kahao/kahao/internal/labels"
)

// Label is the ground truth of one image.
type Label struct {
	File      string
	Set       string // directory of the image: photos, art, strips
	Kind      string // card, or strip: the image is a crop of one text line
	Cards     []Truth
	Print     string // emboss, flat, ...; empty if unknown
	Rotated   string // upright or rotated; empty if unknown
	Network   string
	ImageKind string         // photo, art, scan or none; empty if not synthetic
	Layout    string         // of the first card; empty if not synthetic
	Slices    []labels.Slice // of a planned set; they replace the groups above except Kind
}

// Truth is one card of an image. Number is empty for a card without one.
type Truth struct {
	Number     Pattern
	Dates      []Date
	Unreadable string // reason why the number cannot be read, in a planned set
}

// Answer is a reader's result for one image, the most confident card first.
type Answer struct {
	Cards []Read
	Err   error // reading failed
	MS    float64
}

// Read is one card of an answer.
type Read struct {
	Number     string // with '?' for covered digits
	Expiry     Date
	HasExpiry  bool
	Confidence float64
	Accepted   bool // verdict accept
}

// Outcome is the result for one number or date.
type Outcome int

// The outcomes. They do not depend on the reader's verdict.
const (
	Unscored Outcome = iota // nothing to score
	Exact                   // equal to the label, also if both are empty
	Wrong                   // given, but different
	Refused                 // not given, but there
)

func (o Outcome) String() string {
	return [...]string{"unscored", "exact", "wrong", "refused"}[o]
}

// Score is the outcome for one card of a label, or for an image without cards.
type Score struct {
	Truth  Truth
	Read   Read // zero if nothing was read
	Number Outcome
	Date   Outcome
}

// Compare scores an answer. A single labelled card is compared with the most
// confident card read. Each of several is compared with the card read that has
// its number; the remaining ones are compared in order.
func Compare(l Label, a Answer) []Score {
	switch len(l.Cards) {
	case 0:
		return []Score{score(Truth{}, a.Cards)}
	case 1:
		return []Score{score(l.Cards[0], a.Cards)}
	}
	// A card without a number (a back, say) next to cards with one is not
	// scored.
	cards := slices.DeleteFunc(slices.Clone(l.Cards), func(t Truth) bool { return t.Number == "" })
	if len(cards) == 0 {
		return []Score{score(Truth{}, a.Cards)}
	}
	left := slices.Clone(a.Cards)
	scores := make([]Score, len(cards))
	for i, t := range cards {
		for j, r := range left {
			if t.Number.Match(r.Number) {
				scores[i] = score(t, left[j:])
				left = append(left[:j:j], left[j+1:]...)
				break
			}
		}
	}
	for i, t := range cards {
		if scores[i].Number == Unscored {
			scores[i] = score(t, left)
			left = left[min(1, len(left)):]
		}
	}
	return scores
}

// score compares with the first card read.
func score(t Truth, read []Read) Score {
	s := Score{Truth: t}
	if len(read) > 0 {
		s.Read = read[0]
	}
	// A number with covered digits is none where the label has no such digit.
	given := s.Read.Number != "" && (t.Number.Hidden() || !Pattern(s.Read.Number).Hidden())
	s.Number = outcome(given, t.Number.Match(s.Read.Number), t.Number != "")
	if want, ok := Latest(t.Dates); ok {
		s.Date = outcome(s.Read.HasExpiry, s.Read.Expiry == want, true)
	}
	return s
}

func outcome(given, matches, there bool) Outcome {
	switch {
	case matches && given == there:
		return Exact
	case given:
		return Wrong
	}
	return Refused
}
