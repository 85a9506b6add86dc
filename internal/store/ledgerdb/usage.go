package ledgerdb

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/db"
)

// UsageRows returns the calls that match the filter, billed or rejected, and
// the billed units, by day, API, account, user, bucket and code.
func UsageRows(ctx context.Context, e db.Engine, f usage.Filter) (rows []usage.Row, err error) {
	where, args := conditions(f)
	err = e.Read(ctx, func(tx *db.Tx) error {
		rows = nil
		err := tx.Each(func(scan func(...any) error) error {
			var r usage.Row
			var bin int
			err := scan(&r.Day, &r.API, &r.Account, &r.User, &r.Bucket, &r.Code, &bin, &r.Calls)
			r.Latency = usage.Histogram{bin: r.Calls}
			rows = append(rows, r)
			return err
		}, `SELECT day, api, account_id, user_id, bucket, code, bin, n + refused FROM call_day`+where, args...)
		if err != nil {
			return err
		}
		return tx.Each(func(scan func(...any) error) error {
			var r usage.Row
			err := scan(&r.Day, &r.API, &r.Account, &r.User, &r.Bucket, &r.Code, &r.Units)
			rows = append(rows, r)
			return err
		}, `SELECT day, api, account_id, user_id, bucket, code, units FROM usage_day`+where, args...)
	})
	return usage.Merge(rows), err
}

// UsageTotals returns the sums of UsageRows over all accounts, users and buckets:
// by day, API and code, or with byAccount by account and code. Failed calls
// have no latency. It takes the sums of past days from their rollups, which know
// neither users nor buckets.
func UsageTotals(ctx context.Context, e db.Engine, f usage.Filter, byAccount bool) ([]usage.Row, error) {
	var all sums
	err := e.Read(ctx, func(tx *db.Tx) error {
		all = sums{}
		if f.Accounts != nil || f.Users != nil || f.Buckets != nil {
			return addCounts(tx, f, byAccount, all)
		}
		rest, err := []usage.Filter{f}, error(nil)
		if byAccount { // without the days
			rest, err = each(rest, func(f usage.Filter) ([]usage.Filter, error) { return addRollups(tx, f, monthLen, byAccount, all) })
		}
		if err == nil {
			rest, err = each(rest, func(f usage.Filter) ([]usage.Filter, error) {
				return addRollups(tx, f, len(time.DateOnly), byAccount, all)
			})
		}
		if err == nil {
			_, err = each(rest, func(f usage.Filter) ([]usage.Filter, error) { return nil, addCounts(tx, f, byAccount, all) })
		}
		return err
	})
	return all.rows(byAccount), err
}

// each calls add for each filter, and returns the filters for what it left.
func each(filters []usage.Filter, add func(usage.Filter) ([]usage.Filter, error)) (rest []usage.Filter, err error) {
	for _, f := range filters {
		left, err := add(f)
		if err != nil {
			return nil, err
		}
		rest = append(rest, left...)
	}
	return rest, nil
}

// addRollups adds the stored sums of periods, whose names have a length: days or
// months. It returns filters for the days without.
func addRollups(tx *db.Tx, f usage.Filter, length int, byAccount bool, all sums) (gaps []usage.Filter, err error) {
	column, name := "totals", func(api string) string { return api }
	if byAccount {
		column, name = "accounts", func(string) string { return "" }
	}
	next := f.From // the first day that is not added yet
	gap := func(to billing.Day) {
		if to == "" || next <= to {
			g := f
			g.From, g.To = next, to
			gaps = append(gaps, g)
		}
	}
	err = tx.Each(func(scan func(...any) error) error {
		var p period
		var packed []byte
		if err := scan(&p, &packed); err != nil {
			return err
		}
		if p.first() < f.From || f.To != "" && p.last() > f.To {
			return nil
		}
		gap(shift(p.first(), -1))
		next = shift(p.last(), 1)
		err := unpack(packed, f.APIs, func(account []byte) *group {
			if !byAccount {
				return all.group(string(p))
			}
			if g := all[string(account)]; g != nil { // without a copy of the name
				return g
			}
			return all.group(string(account))
		}, name)
		if err != nil {
			return fmt.Errorf("%w: %s", err, p)
		}
		return nil
	}, `SELECT period, `+column+` FROM rollup WHERE period >= ? AND (period <= ? OR ? = '') AND length(period) = ? AND totals IS NOT NULL ORDER BY period`,
		string(f.From)[:min(length, len(f.From))], string(f.To), string(f.To), length)
	gap(f.To)
	return gaps, err
}

// addCounts adds the counts themselves.
func addCounts(tx *db.Tx, f usage.Filter, byAccount bool, all sums) error {
	return eachCount(tx, f, func(c count) {
		if byAccount {
			c.add(all.group(c.account).of("", c.code))
		} else {
			c.add(all.group(c.day).of(c.api, c.code))
		}
	})
}

// count is a row of call_day or usage_day.
type count struct {
	day, account, api string
	code, bin         int
	calls, units      int64
}

// add adds the count to a sum.
func (c count) add(to *sum) {
	to.units += c.units
	if c.calls > 0 {
		to.add(c.bin, c.calls)
	}
}

// eachCount calls add for each count that matches the filter. It adds nothing up
// in the database, which would sort nearly as many groups as there are rows.
func eachCount(tx *db.Tx, f usage.Filter, add func(count)) error {
	where, args := conditions(f)
	if where == "" {
		where = " WHERE 1 = 1"
	}
	if f.Accounts == nil {
		// With every account named, the primary key finds the days.
		where += " AND account_id IN (SELECT id FROM account)"
	}
	err := tx.Each(func(scan func(...any) error) error {
		var c count
		err := scan(&c.day, &c.account, &c.api, &c.code, &c.bin, &c.calls)
		add(c)
		return err
	}, `SELECT day, account_id, api, code, bin, n + refused FROM call_day`+where, args...)
	if err != nil {
		return err
	}
	return tx.Each(func(scan func(...any) error) error {
		var c count
		err := scan(&c.day, &c.account, &c.api, &c.code, &c.units)
		add(c)
		return err
	}, `SELECT day, account_id, api, code, units FROM usage_day`+where, args...)
}

// conditions returns the filter in SQL.
func conditions(f usage.Filter) (where string, args []any) {
	var all []string
	add := func(condition string, values ...any) {
		all = append(all, condition)
		args = append(args, values...)
	}
	if f.From != "" {
		add("day >= ?", string(f.From))
	}
	if f.To != "" {
		add("day <= ?", string(f.To))
	}
	for _, c := range []struct {
		column string
		names  []string
	}{{"api", f.APIs}, {"account_id", f.Accounts}, {"user_id", f.Users}, {"bucket", f.Buckets}} {
		if c.names == nil {
			continue
		}
		values := make([]any, len(c.names))
		for i, name := range c.names {
			values[i] = name
		}
		if len(values) == 0 {
			add("1 = 0")
			continue
		}
		add(c.column+" IN ("+db.Marks(len(values))+")", values...)
	}
	if len(all) == 0 {
		return "", nil
	}
	return " WHERE " + strings.Join(all, " AND "), args
}
