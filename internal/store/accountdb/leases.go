// Package leases keeps the rate limits that several servers share: a row for
// each key, of which they lease requests ahead (spec/storage.md, section 7).
package accountdb

import (
	"context"
	"time"

	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/store/db"
)

// Leases is a quota.Leases over a database. It is safe for concurrent use.
type Leases struct {
	engine db.Engine
	query  string
	now    func() time.Time
}

var _ ratelimit.LeaseStore = (*Leases)(nil)

// take makes the key's row or takes it, so that no other transaction has it
// until this one ends, and reads it.
const lockLease = `INSERT INTO lease (key, full_at) VALUES (?, 0)
	ON CONFLICT (key) DO UPDATE SET version = lease.version + 1
	RETURNING full_at, until_at, ahead, `

// serverClock is the time on PostgreSQL's machine, in nanoseconds, read when
// the row is had: those of the servers that ask need not agree.
const serverClock = `CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000000 AS BIGINT)`

// NewLeases keeps leases in a database that is open and migrated. PostgreSQL goes by
// its own clock; now is that of an engine that belongs to one process.
func NewLeases(e db.Engine, now func() time.Time) *Leases {
	l := &Leases{engine: e, query: lockLease + "0", now: now}
	if e.Dialect().Name == "postgres" {
		l.query = lockLease + serverClock
	}
	return l
}

// Lease takes up to want requests of the key. It returns the engine's errors.
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
		// What results is kept also where nothing is granted: see
		// quota.Bucket.Lease.
		b, g = b.Lease(limit, want, at)
		_, err := tx.Exec(`UPDATE lease SET full_at = ?, until_at = ?, ahead = ? WHERE key = ?`, b.TAT, b.Until, b.Ahead, key)
		return err
	})
	if err != nil {
		return ratelimit.Grant{}, err
	}
	return g, nil
}
