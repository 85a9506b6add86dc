package billing

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Kind is what a pack is.
type Kind string

// The kinds of packs.
const (
	Free Kind = "free" // the month's, for nothing
	Paid Kind = "paid"
)

// Pack is units that an account may use in a time.
type Pack struct {
	ID     string
	Kind   Kind
	Total  int64     // units it began with
	Left   int64     // of them neither used nor held
	Held   int64     // set aside for requests that are being answered
	Valid  Span      // when it may be used; it takes effect at Valid.From
	Bought time.Time // zero for a free pack
}

// Remains is what has not been used. What is held counts: it may come back.
func (p Pack) Remains() int64 { return p.Left + p.Held }

// Order sorts packs as they are used up: the free pack first, then those that
// took effect first, then those that end first, then by id
// (spec/accounts-and-billing.md, section 3; the end and the id [I]).
func Order(a, b Pack) int {
	if a.Kind != b.Kind {
		if a.Kind == Free {
			return -1
		}
		if b.Kind == Free {
			return 1
		}
	}
	return cmp.Or(a.Valid.From.Compare(b.Valid.From), a.Valid.To.Compare(b.Valid.To), cmp.Compare(a.ID, b.ID))
}

// PackSpan is how long a paid pack is valid: one year by the calendar, to the
// same hour. That of 29 February ends when 1 March begins to be that hour [I].
func (c Calendar) PackSpan(takesEffect time.Time) Span {
	return Span{takesEffect, takesEffect.In(c.location()).AddDate(1, 0, 0)}
}

// FreeSpan is how long the free pack of the month of at is valid: the month,
// or what is left of it when the service was opened within it
// (spec/accounts-and-billing.md, section 3). It is empty for a month before.
func (c Calendar) FreeSpan(opened, at time.Time) Span {
	s, err := c.MonthSpan(c.Month(at))
	if err != nil {
		return Span{} // a year beyond 9999
	}
	if opened.After(s.From) {
		s.From = opened
	}
	if s.From.After(s.To) {
		s.From = s.To
	}
	return s
}

// Errors of Refundable and MayClose.
var (
	ErrRefund    = errors.New("billing: the pack cannot be returned")
	ErrRemainder = errors.New("billing: a paid pack has units left")
)

// returnable is how long an untouched pack may be returned: 7 days of 24 hours
// from its purchase, the last moment included [I].
const returnable = 7 * 24 * time.Hour

// Refundable returns ErrRefund, wrapped with the reason, for a pack that may
// not be returned: only a paid one may, for 7 days, while nothing of it was
// used or is held.
func (p Pack) Refundable(at time.Time) error {
	switch {
	case p.Kind != Paid:
		return fmt.Errorf("%w: it was not paid for", ErrRefund)
	case p.Left != p.Total:
		return fmt.Errorf("%w: %d of its %d units are used or held", ErrRefund, p.Total-p.Left, p.Total)
	case at.Sub(p.Bought) > returnable:
		return fmt.Errorf("%w: it was bought more than 7 days ago", ErrRefund)
	}
	return nil
}

// MayClose returns ErrRemainder where one of an account's paid packs can
// still be used, now or later: the service is not closed then
// (spec/accounts-and-billing.md, section 1).
func MayClose(packs []Pack, at time.Time) error {
	for _, p := range packs {
		if p.Kind == Paid && p.Remains() > 0 && at.Before(p.Valid.To) {
			return fmt.Errorf("%w: pack %s has %d of %d, until %s", ErrRemainder, p.ID, p.Remains(), p.Total, p.Valid.To.Format(time.DateOnly))
		}
	}
	return nil
}

// Alert is how little there is left.
type Alert int

// The alerts, by rising urgency.
const (
	Enough Alert = iota
	Low          // less than 20 % of the last pack
	Empty        // nothing of it
)

// String is the alert's name.
func (a Alert) String() string {
	if a < Enough || a > Empty {
		return "unknown"
	}
	return [...]string{"enough", "low", "empty"}[a]
}

// Last returns the pack that is used last of those valid at a time, and false
// where none is. That is the free pack for an account that has no other [I].
func Last(packs []Pack, at time.Time) (last Pack, ok bool) {
	for _, p := range packs {
		if p.Valid.Holds(at) && (!ok || Order(p, last) > 0) {
			last, ok = p, true
		}
	}
	return last, ok
}

// Alert says how little the pack has left. What is held counts as left, so
// that a request that comes to nothing never raised an alarm.
func (p Pack) Alert() Alert {
	switch remains := p.Remains(); {
	case remains <= 0:
		return Empty
	case remains < p.Total/5 || remains == p.Total/5 && p.Total%5 != 0:
		return Low
	}
	return Enough
}

// Raise decides whether to tell the customer of an alert of a pack of which he
// was told before, or Enough. Of each he is told once; a pack that is filled
// up again is told of anew. The answer's second part takes the place of told.
func Raise(told, is Alert) (raise bool, nowTold Alert) { return is > told, is }
