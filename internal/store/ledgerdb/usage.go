package ledgerdb

import (
	"context"
	"fmt"
	"strings"

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
// by day, API and code, or with byAccount by account and code. It takes those of
// past days from their rollups, which know neither users nor buckets.
func UsageTotals(ctx context.Context, e db.Engine, f usage.Filter, byAccount bool) ([]usage.Row, error) {
	var all sums
	err := e.Read(ctx, func(tx *db.Tx) error {
		all = sums{}
		if f.Accounts != nil || f.Users != nil || f.Buckets != nil {
			return addCounts(tx, f, byAccount, all)
		}
		gaps, err := addRollups(tx, f, byAccount, all)
		for _, gap := range gaps {
			if err == nil {
				err = addCounts(tx, gap, byAccount, all)
			}
		}
		return err
	})
	return all.rows(byAccount), err
}

// addRollups adds the stored sums of days. It returns filters for the days
// without.
func addRollups(tx *db.Tx, f usage.Filter, byAccount bool, all sums) (gaps []usage.Filter, err error) {
	column, name := "totals", func(api string) string { return api }
	if byAccount {
		column, name = "accounts", func(string) string { return "" }
	}
	where, args := conditions(usage.Filter{From: f.From, To: f.To})
	next := f.From // the first day that is not added yet
	gap := func(to billing.Day) {
		if to == "" || next <= to {
			g := f
			g.From, g.To = next, to
			gaps = append(gaps, g)
		}
	}
	err = tx.Each(func(scan func(...any) error) error {
		var day billing.Day
		var packed []byte
		if err := scan(&day, &packed); err != nil || packed == nil {
			return err
		}
		gap(shift(day, -1))
		next = shift(day, 1)
		err := unpack(packed, f.APIs, func(account []byte) *group {
			if !byAccount {
				return all.group(string(day))
			}
			if g := all[string(account)]; g != nil { // without a copy of the name
				return g
			}
			return all.group(string(account))
		}, name)
		if err != nil {
			return fmt.Errorf("%w: %s", err, day)
		}
		return nil
	}, `SELECT day, `+column+` FROM rollup_day`+where+` ORDER BY day`, args...)
	gap(f.To)
	return gaps, err
}

// addCounts adds the counts themselves, added up by the database.
func addCounts(tx *db.Tx, f usage.Filter, byAccount bool, all sums) error {
	key := "day, api"
	if byAccount {
		key = "account_id, ''"
	}
	return countsBy(tx, f, key, func(name, api string, code int, to func(*sum)) { to(all.group(name).of(api, code)) })
}

// countsBy adds up the counts by two columns, code and bin. add is called with
// the two, the code and how the count is added to their sum.
func countsBy(tx *db.Tx, f usage.Filter, key string, add func(name, api string, code int, to func(*sum))) error {
	where, args := conditions(f)
	if where == "" {
		where = " WHERE 1 = 1"
	}
	if f.Accounts == nil {
		// With every account named, the primary key finds the days.
		where += " AND account_id IN (SELECT id FROM account)"
	}
	by := strings.TrimSuffix(key, ", ''")
	err := tx.Each(func(scan func(...any) error) error {
		var name, api string
		var code, bin int
		var calls int64
		err := scan(&name, &api, &code, &bin, &calls)
		add(name, api, code, func(m *sum) { m.add(bin, calls) })
		return err
	}, `SELECT `+key+`, code, bin, CAST(SUM(n + refused) AS BIGINT) FROM call_day`+where+` GROUP BY `+by+`, code, bin`, args...)
	if err != nil {
		return err
	}
	return tx.Each(func(scan func(...any) error) error {
		var name, api string
		var code int
		var units int64
		err := scan(&name, &api, &code, &units)
		add(name, api, code, func(m *sum) { m.units += units })
		return err
	}, `SELECT `+key+`, code, CAST(SUM(units) AS BIGINT) FROM usage_day`+where+` GROUP BY `+by+`, code`, args...)
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
