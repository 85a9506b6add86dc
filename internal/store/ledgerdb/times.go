package ledgerdb

import (
	"context"
	"errors"
	"fmt"
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
// the filter, apart from its days, in no order. It finds them by their charges,
// whose IDs sort by time; calls that were refused without a charge are counted
// by day only. It returns ErrManyCalls.
func CallTimes(ctx context.Context, e db.Engine, f usage.Filter, from, to time.Time) (moments []usage.Moment, err error) {
	f.From, f.To = "", ""
	where, args := conditions(f)
	if where == "" {
		where = " WHERE 1 = 1"
	}
	first, last := idPrefix(from), idPrefix(to)
	err = e.Read(ctx, func(tx *db.Tx) error {
		moments = nil
		var n int
		if err := tx.Row(`SELECT COUNT(*) FROM (SELECT 1 FROM charge WHERE id >= ? AND id < ? LIMIT ?) AS seen`, first, last, maxTimed+1).Scan(&n); err != nil {
			return err
		}
		if n > maxTimed {
			return ErrManyCalls
		}
		return tx.Each(func(scan func(...any) error) error {
			var at int64
			var text string
			if err := scan(&at, &text); err != nil {
				return err
			}
			calls, err := parseCalls(text)
			for _, c := range calls {
				moments = append(moments, usage.Moment{At: db.FromMicros(at), Code: c.code})
			}
			return err
		}, `SELECT created_at, calls FROM charge`+where+` AND id >= ? AND id < ?`, append(args, first, last)...)
	})
	return moments, err
}

// idPrefix is the beginning of the IDs that are made at a time: ledger.NewID
// begins them with the milliseconds.
func idPrefix(at time.Time) string {
	ms := uint64(max(at.UnixMilli(), 0))
	return fmt.Sprintf("%08x-%04x", ms>>16, ms&0xffff)
}
