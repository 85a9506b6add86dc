package server

import (
	"context"
	"crypto/rand"
	"os"
	"time"

	"github.com/kahao/kahao/internal/console"
	"github.com/kahao/kahao/internal/jobs"
	"github.com/kahao/kahao/internal/store/replicadb"
)

// report tells the other servers of the database about this one.
func (a *Server) report(ctx context.Context) error {
	return a.store.Replicas.Report(ctx, a.replica(ctx))
}

// replica is this server as others see it.
func (a *Server) replica(ctx context.Context) replicadb.Replica {
	l := a.limiter.State()
	r := replicadb.Replica{
		ID: a.id, Address: a.scheme() + "://" + a.Addr().String(), Version: a.versions.Kahao, State: replicadb.Ready, Started: a.store.Opened, Seen: a.store.Now(),
		Workers: a.config.Workers, Reading: l.Reading, Queue: a.config.Queue, Queued: l.Queued, Memory: memoryInUse(),
	}
	r.Host, _ = os.Hostname()
	switch {
	case a.draining.Load():
		r.State = replicadb.Draining
	case a.store.Ready(ctx) != nil:
		r.State = replicadb.NotReady
	}
	return r
}

// leave takes this server off the list of the others. One that was killed stays
// on it, as missing.
func (a *Server) leave() {
	if !a.store.Shared {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if err := a.store.Replicas.Remove(ctx, a.id); err != nil {
		a.logger.Warn("cannot take this server off the list of replicas", "cause", err)
	}
}

// replicas are the servers that share the database; none if it belongs to this
// one alone.
func (a *Server) replicas(ctx context.Context) (all []console.ReplicaStatus, err error) {
	if !a.store.Shared {
		return nil, nil
	}
	stored, err := a.store.Replicas.List(ctx)
	for _, r := range stored {
		all = append(all, console.ReplicaStatus{
			Self: r.ID == a.id, Missing: a.store.Now().Sub(r.Seen) > jobs.Missing,
			Host: r.Host, URL: r.Address, Version: r.Version, State: r.State, Started: r.Started, Seen: r.Seen,
			Workers: r.Workers, Reading: r.Reading, Queue: r.Queue, Queued: r.Queued, Memory: r.Memory,
		})
	}
	return all, err
}

// newID returns an ID of this process.
func newID() string { return rand.Text() }
