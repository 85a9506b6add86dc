package ledgerdb

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store/db"
)

// maxTimed is how many charges CallTimes looks at. A page that asks for more
// would take longer than people wait.
const maxTimed = 100_000

// ErrManyCalls means that a period has too many charges for CallTimes.
var ErrManyCalls = errors.New("ledger: too many charges in the period")

// CallTimes returns when the calls from one time to another were made that match
// the filter, apart from its days, in no order: those with a charge, and by
// quarters of an hour those that were refused without one. It finds the former by their charges,
// whose IDs sort by time. It returns ErrManyCalls.
func CallTimes(ctx context.Context, e db.Engine, f usage.Filter, from, to time.Time) (calls []usage.Moment, refused []usage.Quarter, err error) {
	f.From, f.To = "", ""
	where, args := conditions(f)
	if where == "" {
		where = " WHERE 1 = 1"
	}
	first, last := idPrefix(from), idPrefix(to)
	err = e.Read(ctx, func(tx *db.Tx) error {
		calls = nil
		var n int
		if err := tx.Row(`SELECT COUNT(*) FROM (SELECT 1 FROM charge WHERE id >= ? AND id < ? LIMIT ?) AS seen`, first, last, maxTimed+1).Scan(&n); err != nil {
			return err
		}
		if n > maxTimed {
			return ErrManyCalls
		}
		err := tx.Each(func(scan func(...any) error) error {
			var at int64
			var text string
			if err := scan(&at, &text); err != nil {
				return err
			}
			all, err := parseCalls(text)
			for _, c := range all {
				calls = append(calls, usage.Moment{At: db.FromMicros(at), Code: c.code})
			}
			return err
		}, `SELECT created_at, calls FROM charge`+where+` AND id >= ? AND id < ?`, append(slices.Clone(args), first, last)...)
		if err != nil {
			return err
		}
		refused, err = refusedQuarters(tx, f, from, to)
		return err
	})
	return calls, refused, err
}

// refusedQuarters returns the calls without a charge that match the filter, apart
// from its days.
func refusedQuarters(tx *db.Tx, f usage.Filter, from, to time.Time) (all []usage.Quarter, err error) {
	where, args := conditions(f)
	if where == "" {
		where = " WHERE 1 = 1"
	}
	if f.Accounts == nil {
		// With every account named, the primary key finds the time.
		where += " AND account_id IN (SELECT id FROM account)"
	}
	err = tx.Each(func(scan func(...any) error) error {
		var at int64
		var q usage.Quarter
		err := scan(&at, &q.Code, &q.Calls)
		q.From = db.FromMicros(at)
		all = append(all, q)
		return err
	}, `SELECT at, code, CAST(SUM(n) AS BIGINT) FROM refused_quarter`+where+` AND at >= ? AND at < ? GROUP BY at, code`,
		append(slices.Clone(args), from.UnixMicro(), to.UnixMicro())...)
	return all, err
}

// idPrefix is the beginning of the IDs that are made at a time: ledger.NewID
// begins them with the milliseconds.
func idPrefix(at time.Time) string {
	ms := uint64(max(at.UnixMilli(), 0))
	return fmt.Sprintf("%08x-%04x", ms>>16, ms&0xffff)
}
