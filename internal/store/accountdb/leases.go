package accountdb

import (
	"context"
	"time"

	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/store/db"
)

// Leases keeps the buckets of shared rate limits, one row per key. It is a
// ratelimit.LeaseStore and safe for concurrent use.
type Leases struct {
	engine db.Engine
	query  string
	now    func() time.Time
}

var _ ratelimit.LeaseStore = (*Leases)(nil)

// lockLease inserts the key's row or locks it for this transaction, and returns
// it.
const lockLease = `INSERT INTO lease (key, full_at) VALUES (?, 0)
	ON CONFLICT (key) DO UPDATE SET version = lease.version + 1
	RETURNING full_at, until_at, ahead, `

// serverClock is the time of PostgreSQL's machine in nanoseconds, read when the
// row is locked: the clocks of the kahao servers need not agree.
const serverClock = `CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000000 AS BIGINT)`

// NewLeases returns the leases of an open, migrated database. PostgreSQL uses
// its own clock; now is the clock of an engine that belongs to one process.
func NewLeases(e db.Engine, now func() time.Time) *Leases {
	l := &Leases{engine: e, query: lockLease + "0", now: now}
	if e.Dialect().Name == "postgres" {
		l.query = lockLease + serverClock
	}
	return l
}

// Lease takes up to want tokens of the key. It returns the engine's errors.
func (l *Leases) Lease(ctx context.Context, key string, limit ratelimit.Limit, want int) (g ratelimit.Grant, err error) {
	err = l.engine.Write(ctx, func(tx *db.Tx) error {
		var b ratelimit.Bucket
		var clock int64
		if err := tx.Row(l.query, key).Scan(&b.TAT, &b.Until, &b.Ahead, &clock); err != nil {
			return err
		}
		at := time.Unix(0, clock)
		if clock == 0 {
			at = l.now()
		}
		// Write the bucket even if nothing was granted: see Bucket.Lease.
		b, g = b.Lease(limit, want, at)
		_, err := tx.Exec(`UPDATE lease SET full_at = ?, until_at = ?, ahead = ? WHERE key = ?`, b.TAT, b.Until, b.Ahead, key)
		return err
	})
	if err != nil {
		return ratelimit.Grant{}, err
	}
	return g, nil
}
