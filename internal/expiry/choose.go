package expiry

import "math"

// Candidate is a date on a card: the probability that it was read right, and
// its centre along and across the line of print, in heights of its digits.
type Candidate struct {
	Date
	P    float64
	X, Y float64
}

// Chosen says which dates of a card are its expiry and its date of issue, by
// index; -1 if there is none. Clear is false if another date contradicts the
// expiry.
type Chosen struct {
	Expiry, Issue int
	Clear         bool
}

const (
	// maxGap is how much less likely than the surest date the expiry may be.
	maxGap = 0.4
	// minPartner is the probability from which a date counts whose place shows
	// that it is the other one of a pair.
	minPartner = 0.1
	// maxValid is the most years that a card is valid.
	maxValid = 20
	// maxRow is the distance across the line, in digit heights, of dates in a
	// row; maxApart is how far apart along the line a pair stands.
	maxRow, maxApart = 1.0, 24.0
)

// Choose tells the expiry of a card from its other dates. It is the latest of
// those that are read about as surely as the surest: in front of it or above it
// is the date of issue. A later date at the right in the same row is the expiry,
// though less sure. Dates that an issued card cannot have only count if there is
// no other.
func Choose(dates []Candidate) Chosen {
	c := Chosen{-1, -1, true}
	surest, possible := 0.0, false
	for _, d := range dates {
		surest = max(surest, d.P)
	}
	sure := func(d Candidate) bool { return d.P >= surest-maxGap }
	for _, d := range dates {
		possible = possible || sure(d) && d.Possible()
	}
	for i, d := range dates {
		if sure(d) && (d.Possible() || !possible) && (c.Expiry < 0 || d.compare(dates[c.Expiry].Date) > 0) {
			c.Expiry = i
		}
	}
	if c.Expiry < 0 || !possible {
		return c
	}
	for i, d := range dates {
		if e := dates[c.Expiry]; d.credible() && e.pairs(d) && d.compare(e.Date) > 0 {
			c.Expiry = i
		}
	}
	for i, d := range dates {
		e := dates[c.Expiry]
		if i == c.Expiry || !d.credible() || d.at(e) {
			continue
		}
		switch order := d.compare(e.Date); {
		case order >= 0, e.pairs(d): // no date is later, or behind the expiry in its row
			c.Clear = false
		case c.Issue < 0 || d.P > dates[c.Issue].P:
			c.Issue = i
		}
	}
	if c.Issue >= 0 && dates[c.Expiry].Year-dates[c.Issue].Year > maxValid {
		c.Clear = false
	}
	return c
}

// credible reports whether a date may be one of a pair.
func (d Candidate) credible() bool { return d.P >= minPartner && d.Possible() }

// pairs reports whether e stands where the expiry does if d is the date of
// issue: at the right in the same row.
func (d Candidate) pairs(e Candidate) bool {
	return math.Abs(e.Y-d.Y) < maxRow && e.X > d.X+1 && e.X-d.X < maxApart
}

// at reports whether two dates stand at the same place: one was read twice.
func (d Candidate) at(e Candidate) bool { return math.Hypot(e.X-d.X, e.Y-d.Y) < maxRow }
