package ledgerdb

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/db"
)

// A rollup has the sums of a past day or month over all accounts, in the table of
// that name. They are derived from the counts: whatever changes a count of a day
// deletes them, by a trigger, and Rollup computes them again. Where there are
// none, the counts are added up.

const (
	// rollupAge is the time from the start of a day in UTC until it is over in every
	// time zone.
	rollupAge = 36 * time.Hour
	// rollupWait is the time from the announcement of a period, by its row, to its
	// sums. A transaction that began before the announcement does not see the row,
	// so its trigger deletes nothing; it has ended by then, because engines end
	// transactions after seconds.
	rollupWait = time.Minute
)

// Rollup announces the days and months that have become old enough, and computes
// sums that are missing. It returns the number of periods that were computed.
// Several servers may do so at once.
func (s *Store) Rollup(ctx context.Context, at time.Time) (periods int, err error) {
	if err := s.announce(ctx, at); err != nil {
		return 0, err
	}
	var missing []period
	err = s.engine.Read(ctx, func(tx *db.Tx) error {
		missing = nil
		return tx.Each(func(scan func(...any) error) error {
			var p period
			err := scan(&p)
			missing = append(missing, p)
			return err
		}, `SELECT period FROM rollup WHERE totals IS NULL AND announced_at <= ? ORDER BY period`, at.Add(-rollupWait).UnixMicro())
	})
	if err != nil {
		return 0, err
	}
	for _, p := range missing {
		if err := ctx.Err(); err != nil {
			return periods, err
		}
		stored, err := s.rollUp(ctx, p)
		if err != nil {
			return periods, err
		}
		periods += stored
	}
	return periods, nil
}

// period is a day, 2026-11-30, or a month, 2026-11.
type period string

// monthLen is the length of a month's name.
const monthLen = len("2026-11")

// first and last return the days between which a period is.
func (p period) first() billing.Day {
	if len(p) == monthLen {
		return billing.Day(p + "-01")
	}
	return billing.Day(p)
}

func (p period) last() billing.Day {
	if len(p) != monthLen {
		return billing.Day(p)
	}
	return shift(billing.Day(shift(p.first(), 31)[:monthLen]+"-01"), -1)
}

// announce makes the rows of periods that have become old enough, from the first
// day with counts on: a day without counts has sums, too, or it would be looked
// up each time.
func (s *Store) announce(ctx context.Context, at time.Time) error {
	end := billing.Day(at.UTC().Add(-rollupAge).Format(time.DateOnly))
	var periods []period
	err := s.engine.Read(ctx, func(tx *db.Tx) error {
		periods = nil
		var last, first sql.NullString
		// The last period is a day: a month is announced with its last day.
		if err := tx.Row(`SELECT MAX(period) FROM rollup`).Scan(&last); err != nil || last.String >= string(end) {
			return err
		}
		// The primary key finds the first day of each account.
		err := tx.Row(`SELECT MIN(first) FROM (SELECT (SELECT MIN(day) FROM call_day WHERE account_id = account.id) AS first FROM account) AS days`).Scan(&first)
		if err != nil || !first.Valid {
			return err
		}
		known := map[period]bool{}
		err = tx.Each(func(scan func(...any) error) error {
			var p period
			err := scan(&p)
			known[p] = true
			return err
		}, `SELECT period FROM rollup`)
		add := func(p period) {
			if !known[p] {
				periods = append(periods, p)
			}
		}
		for day := billing.Day(first.String); err == nil && day != "" && day <= end; day = shift(day, 1) {
			add(period(day))
			if month := period(day[:monthLen]); month.last() == day {
				add(month)
			}
		}
		return err
	})
	if err != nil || len(periods) == 0 {
		return err
	}
	return s.engine.Write(ctx, func(tx *db.Tx) error {
		for _, p := range periods {
			err := tx.Queue(db.Do(`INSERT INTO rollup (period, announced_at) VALUES (?, ?) ON CONFLICT (period) DO NOTHING`, string(p), at.UnixMicro()))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// rollUp computes the sums of a period on a snapshot, and stores them unless the
// counts have changed meanwhile. It returns the number of periods stored, 0 or 1.
func (s *Store) rollUp(ctx context.Context, p period) (int, error) {
	var version int64
	var r rollup
	err := s.engine.Read(ctx, func(tx *db.Tx) error {
		err := tx.Row(`SELECT version FROM rollup WHERE period = ?`, string(p)).Scan(&version)
		if err == nil {
			r, err = computeRollup(tx, p)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	var stored int64
	err = s.engine.Write(ctx, func(tx *db.Tx) (err error) {
		stored, err = tx.Exec(`UPDATE rollup SET totals = ?, accounts = ? WHERE period = ? AND version = ? AND totals IS NULL`,
			r.totals, r.accounts, string(p), version)
		return err
	})
	return int(stored), err
}

// rollup is what is stored of a period.
type rollup struct{ totals, accounts []byte }

// periodSums are those of a period that are being added up.
type periodSums struct{ accounts, totals sums }

func newPeriodSums() *periodSums { return &periodSums{sums{}, sums{"": &group{}}} }

func (s *periodSums) add(c count) {
	c.add(s.accounts.group(c.account).of(c.api, c.code))
	c.add(s.totals.group("").of(c.api, c.code))
}

func (s *periodSums) pack() rollup { return rollup{s.totals.pack(), s.accounts.pack()} }

func computeRollup(tx *db.Tx, p period) (rollup, error) {
	s := newPeriodSums()
	err := eachCount(tx, usage.Filter{From: p.first(), To: p.last()}, s.add)
	return s.pack(), err
}

// forgetRollups deletes all sums, which Rollup then computes again.
func forgetRollups(tx *db.Tx) error {
	_, err := tx.Exec(`UPDATE rollup SET version = version + 1, totals = NULL, accounts = NULL`)
	return err
}

// checkRollups compares the stored sums with the counts they come from, and
// describes the first difference.
func checkRollups(tx *db.Tx) (wrong string, err error) {
	stored := map[period]rollup{}
	months := map[period]bool{}
	err = tx.Each(func(scan func(...any) error) error {
		var p period
		var r rollup
		err := scan(&p, &r.totals, &r.accounts)
		stored[p], months[p[:monthLen]] = r, true
		return err
	}, `SELECT period, totals, accounts FROM rollup WHERE totals IS NOT NULL`)
	if err != nil {
		return "", err
	}
	for _, month := range slices.Sorted(maps.Keys(months)) {
		if wrong, err = checkMonth(tx, month, stored); err != nil || wrong != "" {
			return wrong, err
		}
	}
	return "", nil
}

// checkedDays is how many days are added up at once: a query costs as much for one
// day as for some, and sums take memory.
const checkedDays = 8

// checkMonth compares the sums of the days of a month, and its own.
func checkMonth(tx *db.Tx, month period, stored map[period]rollup) (wrong string, err error) {
	all := newPeriodSums()
	for from := month.first(); from <= month.last(); from = shift(from, checkedDays) {
		days := map[period]*periodSums{}
		f := usage.Filter{From: from, To: min(shift(from, checkedDays-1), month.last())}
		for day := f.From; day <= f.To; day = shift(day, 1) {
			days[period(day)] = newPeriodSums()
		}
		err := eachCount(tx, f, func(c count) {
			all.add(c)
			if day := days[period(c.day)]; day != nil { // or it is no day of the calendar
				day.add(c)
			}
		})
		if err != nil {
			return "", err
		}
		for _, day := range slices.Sorted(maps.Keys(days)) {
			if wrong, err := checkRollup(day, stored, days[day]); err != nil || wrong != "" {
				return wrong, err
			}
		}
	}
	return checkRollup(month, stored, all)
}

// checkRollup compares the stored sums of a period, if there are any, with those
// of its counts.
func checkRollup(p period, stored map[period]rollup, sums *periodSums) (string, error) {
	is, ok := stored[p]
	if !ok {
		return "", nil
	}
	want := sums.pack()
	for _, part := range []struct {
		name         string
		stored, want []byte
	}{{"all accounts", is.totals, want.totals}, {"each account", is.accounts, want.accounts}} {
		if bytes.Equal(part.stored, part.want) {
			continue
		}
		is, err := describe(part.stored)
		if err != nil {
			return fmt.Sprintf("%s, sums of %s: they cannot be parsed", p, part.name), nil
		}
		should, err := describe(part.want)
		return fmt.Sprintf("%s, sums of %s: %s stored, but the counts sum to %s", p, part.name, is, should), err
	}
	return "", nil
}

// describe adds up packed sums.
func describe(packed []byte) (string, error) {
	all := &group{}
	if err := unpack(packed, nil, func([]byte) *group { return all }, func(string) string { return "" }); err != nil {
		return "", err
	}
	var calls, units int64
	for _, m := range all.all {
		calls += m.calls
		units += m.units
	}
	return fmt.Sprintf("%d calls and %d units", calls, units), nil
}

// shift returns a day some days later, none for a text that is no day.
func shift(day billing.Day, days int) billing.Day {
	at, err := time.Parse(time.DateOnly, string(day))
	if err != nil {
		return ""
	}
	return billing.Day(at.AddDate(0, 0, days).Format(time.DateOnly))
}
