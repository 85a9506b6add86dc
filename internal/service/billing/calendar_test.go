package billing

import (
	"errors"
	"math/rand/v2"
	"testing"
	"time"
)

// Zones that change their clocks at midnight, to it, at other hours, never,
// by half an hour, and one that left a whole day out (Apia, 30 December 2011).
var zones = []string{
	"", "UTC", "Europe/London", "America/New_York", "America/Havana", "America/Sao_Paulo", "America/Santiago", "America/Asuncion", "Asia/Beirut",
	"Africa/Cairo", "Asia/Tehran", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia", "Pacific/Kiritimati", "Atlantic/Azores", "Asia/Amman",
}

// A day is found minute by minute, by what the clock on the wall shows.
func TestDaySpanAgainstTheWall(t *testing.T) {
	for _, zone := range zones {
		c, err := NewCalendar(zone)
		if err != nil {
			t.Fatalf("NewCalendar failed: %v", err)
		}
		for _, from := range []time.Time{
			time.Date(2011, 12, 26, 0, 0, 0, 0, time.UTC), time.Date(2017, 10, 13, 0, 0, 0, 0, time.UTC), time.Date(2017, 10, 23, 0, 0, 0, 0, time.UTC),
			time.Date(2018, 2, 16, 0, 0, 0, 0, time.UTC),
			time.Date(2026, 3, 5, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 26, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 22, 0, 0, 0, 0, time.UTC), time.Date(2026, 10, 30, 0, 0, 0, 0, time.UTC),
		} {
			day, seen := c.Day(from), 0
			for at := from; at.Before(from.AddDate(0, 0, 7)); at = at.Add(time.Minute) {
				if c.Day(at) == day {
					continue
				}
				day = c.Day(at)
				seen++
				s, err := c.DaySpan(day)
				if err != nil || !s.From.Equal(at) {
					t.Errorf("%s: %s begins at %v (%v), the wall says %v", zone, day, s.From, err, at.In(c.location()))
				}
				if got := c.Day(s.To.Add(-1)); got != day {
					t.Errorf("%s: the last moment of %s is in %s", zone, day, got)
				}
			}
			if seen < 6 {
				t.Errorf("%s: only %d days seen", zone, seen)
			}
		}
	}
}

// Days and months follow one another without a gap, and hold what they are
// the day and month of.
func TestSpansTile(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	first := time.Date(2012, 1, 1, 0, 0, 0, 0, time.UTC)
	for _, zone := range zones {
		c, _ := NewCalendar(zone)
		for range 300 {
			at := first.Add(time.Duration(random.Int64N(int64(25 * 365 * 24 * time.Hour))))
			day, err := c.DaySpan(c.Day(at))
			month, err2 := c.MonthSpan(c.Month(at))
			if err != nil || err2 != nil || !day.Holds(at) || !month.Holds(at) || month.From.After(day.From) || month.To.Before(day.To) {
				t.Fatalf("%s: %v is in %v and %v, %v, %v", zone, at, day, month, err, err2)
			}
			if next, _ := c.DaySpan(c.Day(day.To)); !next.From.Equal(day.To) || next.Holds(at) {
				t.Errorf("%s: %v to %v, then from %v", zone, day.From, day.To, next.From)
			}
			if next, _ := c.MonthSpan(c.Month(month.To)); !next.From.Equal(month.To) {
				t.Errorf("%s: month to %v, then from %v", zone, month.To, next.From)
			}
		}
	}
}

func TestDayLengths(t *testing.T) {
	for _, c := range []struct {
		zone string
		day  Day
		want time.Duration
		from string
	}{
		{"", "2026-11-23", 24 * time.Hour, "2026-11-22T16:00:00Z"},
		{"Asia/Shanghai", "2026-07-01", 24 * time.Hour, "2026-06-30T16:00:00Z"},
		{"Europe/London", "2026-03-29", 23 * time.Hour, "2026-03-29T00:00:00Z"},
		{"Europe/London", "2026-10-25", 25 * time.Hour, "2026-10-24T23:00:00Z"},
		{"America/Havana", "2026-03-08", 23 * time.Hour, "2026-03-08T05:00:00Z"}, // it begins at one
		{"America/Havana", "2026-11-01", 25 * time.Hour, "2026-11-01T04:00:00Z"}, // it has two midnights
		{"Asia/Amman", "2017-10-27", 25 * time.Hour, "2017-10-26T21:00:00Z"},     // so has this one, east of Greenwich
		{"Australia/Lord_Howe", "2026-10-04", 23*time.Hour + 30*time.Minute, "2026-10-03T13:30:00Z"},
		{"Pacific/Apia", "2011-12-30", 0, "2011-12-30T10:00:00Z"},
	} {
		calendar, err := NewCalendar(c.zone)
		if err != nil {
			t.Fatalf("NewCalendar failed: %v", err)
		}
		s, err := calendar.DaySpan(c.day)
		if err != nil || s.To.Sub(s.From) != c.want || !s.From.Equal(at(t, c.from)) {
			t.Errorf("%s %s: %v long from %v, %v", c.zone, c.day, s.To.Sub(s.From), s.From.UTC(), err)
		}
	}
}

func TestCalendarRefuses(t *testing.T) {
	for _, zone := range []string{"Local", "Beijing", "../etc/passwd", "+08:00"} {
		if c, err := NewCalendar(zone); !errors.Is(err, ErrCalendar) {
			t.Errorf("%s: %v, %v", zone, c.Zone(), err)
		}
	}
	for _, d := range []Day{"", "2026-11", "2026-02-29", "2026-1-1", "23.11.2026", "2026-11-23T00:00:00Z"} {
		if _, err := (Calendar{}).DaySpan(d); !errors.Is(err, ErrCalendar) {
			t.Errorf("day %q: %v", d, err)
		}
	}
	for _, m := range []Month{"", "2026", "2026-13", "2026-11-23"} {
		if _, err := (Calendar{}).MonthSpan(m); !errors.Is(err, ErrCalendar) {
			t.Errorf("month %q: %v", m, err)
		}
	}
	if (Calendar{}).Zone() != "Asia/Shanghai" || Day("2026-11-23").Month() != "2026-11" || Day("x").Month() != "x" {
		t.Error("names")
	}
}
