package billing

import "time"

// Grace is how long an account is served after a charge left it with a
// negative balance (spec/accounts-and-billing.md, section 5).
const Grace = 24 * time.Hour

// Standing is whether an account is served, by what it owes.
type Standing int

// The standings.
const (
	Good    Standing = iota // it owes nothing
	Overdue                 // it owes, and is served for a while
	Stopped                 // it is not served; neither packs nor the free quota are used
)

// Served reports whether requests are answered.
func (s Standing) Served() bool { return s == Good || s == Overdue }

// Stand says how an account stands that has a balance, and has had a negative
// one since the time: service stops 24 hours later, at the second, and a
// payment that brings the balance to zero or more restores it at once, with
// packs as they were.
func Stand(balance Cents, negativeSince, now time.Time) Standing {
	switch {
	case balance >= 0:
		return Good
	case now.Sub(negativeSince) < Grace:
		return Overdue
	}
	return Stopped
}

// NegativeSince follows from when on a balance is negative: zero for one that
// is not, the time of the change that made it so, and unchanged by charges and
// part payments after that. A zero before is that it was not negative.
func NegativeSince(before time.Time, balance Cents, changed time.Time) time.Time {
	switch {
	case balance >= 0:
		return time.Time{}
	case before.IsZero():
		return changed
	}
	return before
}
