// Package statistics reads what people look at out of the database: the counts
// by day, and the last charges.
package ledgerdb

import (
	"context"
	"database/sql"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/db"
)

// UsageRows returns what the filter asks for: each call, whether it was billed or
// refused, and the units that were billed, by day, interface, account, user,
// bucket and code.
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

// conditions is the filter in SQL.
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

// Charge is one request in the books, for people to look at.
type Charge struct {
	ID      string    `json:"id"`
	Account string    `json:"appid"`
	User    string    `json:"uin"`
	Key     string    `json:"secret_id"`
	Bucket  string    `json:"bucket"`
	API     string    `json:"interface"`
	State   string    `json:"state"`
	Held    int64     `json:"held"`
	Posted  int64     `json:"posted"`
	Code    *int      `json:"code"` // of the first picture; nil while it is held
	At      time.Time `json:"at"`
}

// LastCharges returns an account's last charges, the newest first.
func LastCharges(ctx context.Context, e db.Engine, accountID string, most int) (all []Charge, err error) {
	err = e.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(func(scan func(...any) error) error {
			var c Charge
			var code sql.NullInt64
			var at int64
			if err := scan(&c.ID, &c.Account, &c.User, &c.Key, &c.Bucket, &c.API, &c.State, &c.Held, &c.Posted, &code, &at); err != nil {
				return err
			}
			if code.Valid {
				n := int(code.Int64)
				c.Code = &n
			}
			c.At = db.FromMicros(at)
			all = append(all, c)
			return nil
		}, `SELECT id, account_id, user_id, key_id, bucket, api, state, units_held, units_posted, code, created_at
			FROM charge WHERE account_id = ? ORDER BY id DESC LIMIT ?`, accountID, max(most, 0))
	})
	return all, err
}
