package billing

import (
	"errors"
	"fmt"
	"time"
	_ "time/tzdata" // 0.4 MB, so that every zone is known in a container that has nothing but the binary
)

// Calendar returns the day and month of a time. The zero Calendar is that of
// Beijing: UTC+8 all year, without a time zone database.
type Calendar struct{ zone *time.Location }

var beijing = time.FixedZone("Asia/Shanghai", 8*60*60)

// ErrCalendar means that there is no such zone, day or month.
var ErrCalendar = errors.New("billing: invalid date or zone")

// NewCalendar returns the calendar of an IANA time zone, such as Europe/Berlin;
// an empty name and Asia/Shanghai are Beijing's. It returns ErrCalendar for
// other names, and for Local, which differs between machines.
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

// Zone returns the zone's name.
func (c Calendar) Zone() string { return c.location().String() }

func (c Calendar) location() *time.Location {
	if c.zone == nil {
		return beijing
	}
	return c.zone
}

// In returns the time in the calendar's zone.
func (c Calendar) In(at time.Time) time.Time { return at.In(c.location()) }

// Day is a day of a calendar, as 2006-01-02, so that days sort as strings.
type Day string

// Month returns the month of the day.
func (d Day) Month() Month { return Month(d[:min(len(d), len("2006-01"))]) }

// Month is a month of a calendar, as 2006-01.
type Month string

// Span is the time from From, inclusive, to To, exclusive.
type Span struct{ From, To time.Time }

// Holds reports whether the time is in the span.
func (s Span) Holds(at time.Time) bool { return !at.Before(s.From) && at.Before(s.To) }

// Day returns the day of a time.
func (c Calendar) Day(at time.Time) Day { return Day(at.In(c.location()).Format(time.DateOnly)) }

// Month returns the month of a time.
func (c Calendar) Month(at time.Time) Month { return c.Day(at).Month() }

// DaySpan returns the span of a day. With a clock change it is 23 or 25 hours
// long; a day that a zone skipped is empty. It returns ErrCalendar for an
// invalid day.
func (c Calendar) DaySpan(d Day) (Span, error) {
	t, err := time.Parse(time.DateOnly, string(d))
	if err != nil {
		return Span{}, fmt.Errorf("%w: day %.20q: want the form 2006-01-02", ErrCalendar, d)
	}
	return Span{c.midnight(t), c.midnight(t.AddDate(0, 0, 1))}, nil
}

// MonthSpan returns the span of a month. It returns ErrCalendar for an invalid
// month.
func (c Calendar) MonthSpan(m Month) (Span, error) {
	t, err := time.Parse("2006-01", string(m))
	if err != nil {
		return Span{}, fmt.Errorf("%w: month %.20q: want the form 2006-01", ErrCalendar, m)
	}
	return Span{c.midnight(t), c.midnight(t.AddDate(0, 1, 0))}, nil
}

// midnight returns the first moment of t's day.
//
// Some zones put clocks forward at midnight, so that the day starts at one, and
// some put them back to midnight, which then occurs twice. time.Date does not
// specify its result in either case.
func (c Calendar) midnight(t time.Time) time.Time {
	year, month, day := t.Date()
	zone := c.location()
	got := time.Date(year, month, day, 0, 0, 0, 0, zone)
	_, offset := got.Zone()
	begins, ends := got.ZoneBounds()
	// wanted is midnight by the offset of got.
	wanted := time.Date(year, month, day, 0, 0, 0, 0, time.UTC).Add(-time.Duration(offset) * time.Second)
	switch {
	case got.Before(wanted): // no midnight, got is before the gap
		return ends.In(zone)
	case got.After(wanted): // no midnight, got is after the gap
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
