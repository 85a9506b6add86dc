package billing

import (
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // 0.4 MB, so that every zone is known in a container that has nothing but the binary
)

// Calendar says which day and month a time belongs to. The zero Calendar is
// that of Beijing (spec/accounts-and-billing.md, section 1): UTC+8 all year,
// which needs no table of zones.
type Calendar struct{ zone *time.Location }

var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

// ErrCalendar: there is no such zone, day or month.
var ErrCalendar = errors.New("billing: calendar")

// NewCalendar returns the calendar of a zone of the IANA database, such as
// Europe/Berlin; an empty name and Asia/Shanghai are Beijing's. It returns
// ErrCalendar for others, and for Local, which another machine would
// understand otherwise.
func NewCalendar(zone string) (Calendar, error) {
	if zone == "" || zone == beijing.String() {
		return Calendar{}, nil
	}
	location, err := time.LoadLocation(zone)
	if err != nil || zone == "Local" {
		return Calendar{}, fmt.Errorf("%w: no time zone %.60q: give a name such as Asia/Shanghai or UTC", ErrCalendar, zone)
	}
	return Calendar{location}, nil
}

// Zone is the zone's name.
func (c Calendar) Zone() string { return c.location().String() }

func (c Calendar) location() *time.Location {
	if c.zone == nil {
		return beijing
	}
	return c.zone
}

// Day is a day of a calendar, as 2006-01-02, so that days sort as texts.
type Day string

// Month returns the month of the day.
func (d Day) Month() Month { return Month(d[:min(len(d), len("2006-01"))]) }

// Month is a month of a calendar, as 2006-01.
type Month string

// Span is a time from From on and before To.
type Span struct{ From, To time.Time }

// Holds reports whether the time is within the span.
func (s Span) Holds(at time.Time) bool { return !at.Before(s.From) && at.Before(s.To) }

// Day returns the day of a time.
func (c Calendar) Day(at time.Time) Day { return Day(at.In(c.location()).Format(time.DateOnly)) }

// Month returns the month of a time.
func (c Calendar) Month(at time.Time) Month { return c.Day(at).Month() }

// DaySpan returns the times of a day. Where clocks are put forward or back it
// is 23 or 25 hours long; a day that a zone left out is empty. It returns
// ErrCalendar for what is no day.
func (c Calendar) DaySpan(d Day) (Span, error) {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return Span{}, fmt.Errorf("%w: no day %.20q: days are written 2006-01-02", ErrCalendar, d)
	}
	return Span{c.midnight(t), c.midnight(t.AddDate(0, 0, 1))}, nil
}

// MonthSpan returns the times of a month. It returns ErrCalendar for what is
// no month.
func (c Calendar) MonthSpan(m Month) (Span, error) {
	t, err := time.Parse("2006-01", string(m))
	if err != nil {
		return Span{}, fmt.Errorf("%w: no month %.20q: months are written 2006-01", ErrCalendar, m)
	}
	return Span{c.midnight(t), c.midnight(t.AddDate(0, 1, 0))}, nil
}

// midnight is the first moment of the day that t has in UTC.
//
// There are places that put their clocks forward at midnight, where the day
// begins at one, and places that put them back to midnight, which comes twice.
// What time.Date makes of either is not said.
func (c Calendar) midnight(t time.Time) time.Time {
	year, month, day := t.Date()
	zone := c.location()
	got := time.Date(year, month, day, 0, 0, 0, 0, zone)
	_, offset := got.Zone()
	begins, ends := got.ZoneBounds()
	// wanted is midnight by the clock that got goes by.
	wanted := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Add(-time.Duration(offset) * time.Second)
	switch {
	case got.Before(wanted): // there is no midnight, and got is before the gap
		return ends.In(zone)
	case got.After(wanted): // nor here, and got is behind the gap
		return begins.In(zone)
	}
	if begins.IsZero() {
		return got
	}
	_, before := begins.Add(-1).In(zone).Zone()
	earlier := got.Add(time.Duration(offset-before) * time.Second)
	if earlier.Before(got) && earlier.Before(begins) {
		return earlier
	}
	return got
}
