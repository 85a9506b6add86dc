package ledgerdb

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/db"
)

// A rollup has the sums of a past day over all accounts, in rollup_day. They are
// derived from the counts: whatever changes a count of a day deletes them, by a
// trigger, and Rollup computes them again. Where there are none, the counts
// are added up.

const (
	// rollupAge is the age of days with sums: they are over in every time zone.
	rollupAge = 48 * time.Hour
	// rollupWait is the time from the announcement of a day, by its row, to its
	// sums. A transaction that began before the announcement does not see the row,
	// so its trigger deletes nothing; it has ended by then, because engines end
	// transactions after seconds.
	rollupWait = time.Minute
)

// Rollup announces the days that have become old enough, and computes sums that
// are missing. It returns the number of days that were computed. Several servers
// may do so at once.
func (s *Store) Rollup(ctx context.Context, at time.Time) (days int, err error) {
	if err := s.announce(ctx, at); err != nil {
		return 0, err
	}
	var missing []billing.Day
	err = s.engine.Read(ctx, func(tx *db.Tx) error {
		missing = nil
		return tx.Each(func(scan func(...any) error) error {
			var day billing.Day
			err := scan(&day)
			missing = append(missing, day)
			return err
		}, `SELECT day FROM rollup_day WHERE totals IS NULL AND announced_at <= ? ORDER BY day`, at.Add(-rollupWait).UnixMicro())
	})
	if err != nil {
		return 0, err
	}
	for _, day := range missing {
		if err := ctx.Err(); err != nil {
			return days, err
		}
		stored, err := s.rollUp(ctx, day)
		if err != nil {
			return days, err
		}
		days += stored
	}
	return days, nil
}

// announce makes the rows of days that have become old enough, from the first day
// with counts on: a day without counts has sums, too, or it would be looked up
// each time.
func (s *Store) announce(ctx context.Context, at time.Time) error {
	end := billing.Day(at.UTC().Add(-rollupAge).Format(time.DateOnly))
	var days []billing.Day
	err := s.engine.Read(ctx, func(tx *db.Tx) error {
		days = nil
		var last, first sql.NullString
		if err := tx.Row(`SELECT MAX(day) FROM rollup_day`).Scan(&last); err != nil || last.String >= string(end) {
			return err
		}
		// The primary key finds the first day of each account.
		err := tx.Row(`SELECT MIN(first) FROM (SELECT (SELECT MIN(day) FROM call_day WHERE account_id = account.id) AS first FROM account) AS days`).Scan(&first)
		if err != nil || !first.Valid {
			return err
		}
		known := map[billing.Day]bool{}
		err = tx.Each(func(scan func(...any) error) error {
			var day billing.Day
			err := scan(&day)
			known[day] = true
			return err
		}, `SELECT day FROM rollup_day`)
		for day := billing.Day(first.String); err == nil && day != "" && day <= end; day = shift(day, 1) {
			if !known[day] {
				days = append(days, day)
			}
		}
		return err
	})
	if err != nil || len(days) == 0 {
		return err
	}
	return s.engine.Write(ctx, func(tx *db.Tx) error {
		for _, day := range days {
			err := tx.Queue(db.Do(`INSERT INTO rollup_day (day, announced_at) VALUES (?, ?) ON CONFLICT (day) DO NOTHING`, string(day), at.UnixMicro()))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// rollUp computes the sums of a day on a snapshot, and stores them unless the
// counts have changed meanwhile. It returns the number of days stored, 0 or 1.
func (s *Store) rollUp(ctx context.Context, day billing.Day) (int, error) {
	var version int64
	var r rollup
	err := s.engine.Read(ctx, func(tx *db.Tx) error {
		err := tx.Row(`SELECT version FROM rollup_day WHERE day = ?`, string(day)).Scan(&version)
		if err == nil {
			r, err = computeRollup(tx, day)
		}
		return err
	})
	if err != nil {
		return 0, err
	}
	var stored int64
	err = s.engine.Write(ctx, func(tx *db.Tx) (err error) {
		stored, err = tx.Exec(`UPDATE rollup_day SET totals = ?, accounts = ? WHERE day = ? AND version = ? AND totals IS NULL`,
			r.totals, r.accounts, string(day), version)
		return err
	})
	return int(stored), err
}

// rollup is what is stored of a day.
type rollup struct{ totals, accounts []byte }

func computeRollup(tx *db.Tx, day billing.Day) (rollup, error) {
	accounts, totals := sums{}, sums{}
	all := totals.group("")
	add := func(account, api string, code int, to func(*sum)) {
		to(accounts.group(account).of(api, code))
		to(all.of(api, code))
	}
	err := countsBy(tx, usage.Filter{From: day, To: day}, "account_id, api", add)
	return rollup{totals.pack(), accounts.pack()}, err
}

// forgetRollups deletes all sums, which Rollup then computes again.
func forgetRollups(tx *db.Tx) error {
	_, err := tx.Exec(`UPDATE rollup_day SET version = version + 1, totals = NULL, accounts = NULL`)
	return err
}

// checkRollups compares the stored sums with the counts they come from, and
// describes the first difference.
func checkRollups(tx *db.Tx) (wrong string, err error) {
	stored := map[billing.Day]rollup{}
	var days []billing.Day
	err = tx.Each(func(scan func(...any) error) error {
		var day billing.Day
		var r rollup
		err := scan(&day, &r.totals, &r.accounts)
		stored[day] = r
		days = append(days, day)
		return err
	}, `SELECT day, totals, accounts FROM rollup_day WHERE totals IS NOT NULL ORDER BY day`)
	if err != nil {
		return "", err
	}
	for _, day := range days {
		want, err := computeRollup(tx, day)
		if err != nil {
			return "", err
		}
		for _, part := range []struct {
			name         string
			stored, want []byte
		}{{"all accounts", stored[day].totals, want.totals}, {"each account", stored[day].accounts, want.accounts}} {
			if bytes.Equal(part.stored, part.want) {
				continue
			}
			is, err := describe(part.stored)
			if err != nil {
				return fmt.Sprintf("%s, sums of %s: they cannot be parsed", day, part.name), nil
			}
			should, err := describe(part.want)
			return fmt.Sprintf("%s, sums of %s: %s stored, but the counts sum to %s", day, part.name, is, should), err
		}
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
		calls += m.calls()
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
