package billing

import (
	"cmp"
	"errors"
	"fmt"
	"time"
)

// Kind is the kind of a pack.
type Kind string

// The kinds of packs.
const (
	Free Kind = "free" // of a month, free of charge
	Paid Kind = "paid"
)

// Pack is units that an account may use in a period.
type Pack struct {
	ID     string
	Kind   Kind
	Total  int64 // initial units
	Left   int64 // neither used nor held
	Held   int64 // held by requests in progress
	Valid  Span
	Bought time.Time // zero for a free pack
}

// Remains returns the unused units, including held ones, which may come back.
func (p Pack) Remains() int64 { return p.Left + p.Held }

// Order sorts packs by order of use: the free pack, then by start, then by end,
// then by ID.
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

// PackSpan returns the validity of a paid pack: one calendar year, to the same
// hour. A pack of 29 February ends at that hour of 1 March.
func (c Calendar) PackSpan(takesEffect time.Time) Span {
	return Span{takesEffect, takesEffect.In(c.location()).AddDate(1, 0, 0)}
}

// FreeSpan returns the validity of the free pack of the month of at: the month,
// or its rest if the account was opened in it. It is empty for a month before
// that.
func (c Calendar) FreeSpan(opened, at time.Time) Span {
	s, err := c.MonthSpan(c.Month(at))
	if err != nil {
		return Span{} // a year after 9999
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

// returnable is how long after purchase an untouched pack may be returned: 7 ×
// 24 hours, inclusive.
const returnable = 7 * 24 * time.Hour

// Refundable returns ErrRefund with the reason if the pack may not be returned:
// only a paid one may, within 7 days, while nothing of it is used or held.
func (p Pack) Refundable(at time.Time) error {
	switch {
	case p.Kind != Paid:
		return fmt.Errorf("%w: it is a free pack", ErrRefund)
	case p.Left != p.Total:
		return fmt.Errorf("%w: %d of its %d units are used or held", ErrRefund, p.Total-p.Left, p.Total)
	case at.Sub(p.Bought) > returnable:
		return fmt.Errorf("%w: it was bought more than 7 days ago", ErrRefund)
	}
	return nil
}

// MayClose returns ErrRemainder if a paid pack can still be used, now or later.
// The account cannot be closed then.
func MayClose(packs []Pack, at time.Time) error {
	for _, p := range packs {
		if p.Kind == Paid && p.Remains() > 0 && at.Before(p.Valid.To) {
			return fmt.Errorf("%w: pack %s has %d of %d, until %s", ErrRemainder, p.ID, p.Remains(), p.Total, p.Valid.To.Format(time.DateOnly))
		}
	}
	return nil
}

// Alert is the level of an alert.
type Alert int

// The alerts, in order of urgency.
const (
	Enough Alert = iota
	Low          // less than 20 % left of the last pack
	Empty        // nothing left
)

// String returns the alert's name.
func (a Alert) String() string {
	if a < Enough || a > Empty {
		return "unknown"
	}
	return [...]string{"enough", "low", "empty"}[a]
}

// Last returns the pack that is used last of those valid at a time, and false
// if there is none. It is the free pack for an account without others.
func Last(packs []Pack, at time.Time) (last Pack, ok bool) {
	for _, p := range packs {
		if p.Valid.Holds(at) && (!ok || Order(p, last) > 0) {
			last, ok = p, true
		}
	}
	return last, ok
}

// Alert returns the pack's alert level. Held units count as left, so that a
// request without a result raises no alarm.
func (p Pack) Alert() Alert {
	switch remains := p.Remains(); {
	case remains <= 0:
		return Empty
	case remains < p.Total/5 || remains == p.Total/5 && p.Total%5 != 0:
		return Low
	}
	return Enough
}

// Raise decides whether to send an alert, given the last level sent for the
// pack. Each level is sent once; a pack that is filled up may be alerted again.
// The second result replaces sent.
func Raise(sent, level Alert) (raise bool, nowSent Alert) { return level > sent, level }
