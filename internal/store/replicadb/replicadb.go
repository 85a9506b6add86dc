// Package replicadb keeps which servers share the database.
package replicadb

import (
	"context"
	"time"

	"github.com/kahao/kahao/internal/store/db"
)

// States of a server.
const (
	Ready    = "ready"
	NotReady = "notready"
	Draining = "draining"
)

// Replica is a server as it last reported itself.
type Replica struct {
	ID            string // of the process
	Host, Address string
	Version       string
	State         string
	Started, Seen time.Time

	Workers, Reading int
	Queue, Queued    int
	Memory           int64 // bytes
}

// keep is how long a server that reports no more is remembered.
const keep = 24 * time.Hour

// Store keeps the servers in a database.
type Store struct{ engine db.Engine }

// New returns the store of a migrated database.
func New(e db.Engine) *Store { return &Store{e} }

// Report stores the state of a server, and forgets those that have not reported
// for a day.
func (s *Store) Report(ctx context.Context, r Replica) error {
	return s.engine.Write(ctx, func(tx *db.Tx) error {
		return tx.Queue(
			db.Do(`INSERT INTO replica (id, host, address, version, state, started_at, seen_at, workers, reading, queue_, queued, memory)
				VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
				ON CONFLICT (id) DO UPDATE SET state = excluded.state, seen_at = excluded.seen_at, reading = excluded.reading,
				queued = excluded.queued, memory = excluded.memory`,
				r.ID, r.Host, r.Address, r.Version, r.State, r.Started.UnixMicro(), r.Seen.UnixMicro(),
				r.Workers, r.Reading, r.Queue, r.Queued, r.Memory),
			db.Do(`DELETE FROM replica WHERE seen_at < ?`, r.Seen.Add(-keep).UnixMicro()))
	})
}

// Remove forgets a server that stops.
func (s *Store) Remove(ctx context.Context, id string) error {
	return s.engine.Write(ctx, func(tx *db.Tx) error {
		return tx.Queue(db.Do(`DELETE FROM replica WHERE id = ?`, id))
	})
}

// List returns the servers by their hosts and addresses.
func (s *Store) List(ctx context.Context) (all []Replica, err error) {
	err = s.engine.Read(ctx, func(tx *db.Tx) error {
		all = nil
		return tx.Each(func(scan func(...any) error) error {
			var r Replica
			var started, seen int64
			err := scan(&r.ID, &r.Host, &r.Address, &r.Version, &r.State, &started, &seen, &r.Workers, &r.Reading, &r.Queue, &r.Queued, &r.Memory)
			r.Started, r.Seen = db.FromMicros(started), db.FromMicros(seen)
			all = append(all, r)
			return err
		}, `SELECT id, host, address, version, state, started_at, seen_at, workers, reading, queue_, queued, memory FROM replica ORDER BY host, address, id`)
	})
	return all, err
}
