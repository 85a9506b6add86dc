package billing

import "time"

// Grace is how long an account is served after a charge made its balance
// negative.
const Grace = 24 * time.Hour

// Standing says whether an account is served, by its debt.
type Standing int

// The standings.
const (
	Good    Standing = iota // no debt
	Overdue                 // in debt, still served
	Stopped                 // not served; packs and free units are not used
)

// Served reports whether requests are answered.
func (s Standing) Served() bool { return s == Good || s == Overdue }

// Stand returns the standing of an account by its balance and since when that
// is negative. Service stops 24 hours later, to the second; a payment that
// brings the balance to zero or more restores it at once, with packs as they
// were.
func Stand(balance Cents, negativeSince, now time.Time) Standing {
	switch {
	case balance >= 0:
		return Good
	case now.Sub(negativeSince) < Grace:
		return Overdue
	}
	return Stopped
}

// NegativeSince returns since when a balance is negative: zero if it is not,
// the time of the change that made it so, and unchanged by later charges and
// part payments. A zero before means that it was not negative.
func NegativeSince(before time.Time, balance Cents, changed time.Time) time.Time {
	switch {
	case balance >= 0:
		return time.Time{}
	case before.IsZero():
		return changed
	}
	return before
}
