package jobs

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// refusals are requests that were turned away before anything was held. They
// are counted in batches: a caller who is refused should not cost a commit
// each time, and to lose a few seconds of them costs nobody anything.
type refusals struct {
	mu      sync.Mutex
	pending []ledgerdb.Refused
}

// mostPending are kept for the next batch.
const mostPending = 10_000

// Refused notes a request that was turned away. It is quick.
func (k *Keeper) Refused(who ledger.Caller, code int, took time.Duration) {
	k.refusals.mu.Lock()
	defer k.refusals.mu.Unlock()
	if len(k.refusals.pending) >= mostPending {
		k.figures.Uncounted.Add(1)
		return
	}
	k.refusals.pending = append(k.refusals.pending, ledgerdb.Refused{Caller: who, At: k.Now(), Calls: []ledger.Call{{Code: code, Took: took}}})
}

// flush counts what is noted. What cannot be counted now is kept, unless it may
// have been counted.
func (r *refusals) flush(ctx context.Context, b *ledgerdb.Store) error {
	r.mu.Lock()
	batch := r.pending
	r.pending = nil
	r.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := b.CountRefused(ctx, batch)
	if err == nil || errors.Is(err, db.ErrUncertain) {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(batch)+len(r.pending) <= mostPending {
		r.pending = append(batch, r.pending...)
	}
	return err
}
