package ledgerdb

import (
	"context"
	"strings"

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
// by day, API and code, or with byAccount by account and code. The database adds
// them up, because all accounts together have too many rows to fetch.
func UsageTotals(ctx context.Context, e db.Engine, f usage.Filter, byAccount bool) (rows []usage.Row, err error) {
	where, args := conditions(f)
	if where == "" {
		where = " WHERE 1 = 1"
	}
	if f.Accounts == nil {
		// With every account named, the primary key finds the days.
		where += " AND account_id IN (SELECT id FROM account)"
	}
	key := "day, api, ''"
	group := "day, api"
	if byAccount {
		key, group = "'', '', account_id", "account_id"
	}
	err = e.Read(ctx, func(tx *db.Tx) error {
		rows = nil
		err := tx.Each(func(scan func(...any) error) error {
			var r usage.Row
			var bin int
			err := scan(&r.Day, &r.API, &r.Account, &r.Code, &bin, &r.Calls)
			r.Latency = usage.Histogram{bin: r.Calls}
			rows = append(rows, r)
			return err
		}, `SELECT `+key+`, code, bin, CAST(SUM(n + refused) AS BIGINT) FROM call_day`+where+` GROUP BY `+group+`, code, bin`, args...)
		if err != nil {
			return err
		}
		return tx.Each(func(scan func(...any) error) error {
			var r usage.Row
			err := scan(&r.Day, &r.API, &r.Account, &r.Code, &r.Units)
			rows = append(rows, r)
			return err
		}, `SELECT `+key+`, code, CAST(SUM(units) AS BIGINT) FROM usage_day`+where+` GROUP BY `+group+`, code`, args...)
	})
	return usage.Merge(rows), err
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
