package evaluate

import (
	"slices"

	"github.com/kahao/kahao/internal/labels"
)

// Label is what is known of one picture.
type Label struct {
	File    string
	Set     string // folder that the picture is from: photos, art, strips
	Kind    string // card, or strip: the picture is a crop of one line
	Cards   []Truth
	Print   string // emboss, flat, ...; empty where unknown
	Rotated string // upright or rotated; empty where unknown
	Network string
	Picture string         // photo, art, scan or none: what kind of picture was drawn; else empty
	Layout  string         // of the first card drawn; else empty
	Slices  []labels.Slice // of a planned set; then nothing above but Kind groups it
}

// Truth is one card of a picture. A card without a number has an empty one.
type Truth struct {
	Number     Pattern
	Dates      []Date
	Unreadable string // why nobody could read the number, in a planned set
}

// Answer is what a reader said of one picture, the most confident card first.
type Answer struct {
	Cards []Read
	Err   error // reading failed
	MS    float64
}

// Read is one card of an answer.
type Read struct {
	Number     string
	Expiry     Date
	HasExpiry  bool
	Confidence float64
	Accepted   bool // the reader vouches for it
}

// Outcome is what became of one number or date.
type Outcome int

// The outcomes. A number is scored whatever the reader's verdict on it.
const (
	Unscored Outcome = iota // nothing was there to be scored
	Exact                   // what the label says; or nothing, where there is nothing
	Wrong                   // something else
	Refused                 // nothing, where there is something
)

func (o Outcome) String() string {
	return [...]string{"unscored", "exact", "wrong", "refused"}[o]
}

// Score is the outcome for one card of a label, or for a picture without
// cards.
type Score struct {
	Truth  Truth
	Read   Read // zero where nothing was read
	Number Outcome
	Date   Outcome
}

// Compare scores an answer. One labelled card is compared with the most
// confident card read. Of several each is compared with the card read that
// has its number, and what then is left over with what is left over.
func Compare(l Label, a Answer) []Score {
	switch len(l.Cards) {
	case 0:
		return []Score{score(Truth{}, a.Cards)}
	case 1:
		return []Score{score(l.Cards[0], a.Cards)}
	}
	// Beside cards with a number, one without (seen from its back, say) asks
	// for nothing.
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

// score compares with the first of the cards read.
func score(t Truth, read []Read) Score {
	s := Score{Truth: t}
	if len(read) > 0 {
		s.Read = read[0]
	}
	s.Number = outcome(s.Read.Number != "", t.Number.Match(s.Read.Number), t.Number != "")
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
