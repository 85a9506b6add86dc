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

// rejections are requests that were rejected before a hold. They are written in
// batches: a rejected caller should not cost a commit each time, and losing a
// few seconds of them in a crash is acceptable.
type rejections struct {
	mu      sync.Mutex
	pending []ledgerdb.Refused
}

const (
	// maxPending bounds the next batch.
	maxPending = 10_000
	// maxBucketLen bounds the memory of a pending rejection: a client names the
	// bucket.
	maxBucketLen = 64
)

// Refused counts a rejected request. It does not block.
func (k *Runner) Refused(who ledger.Caller, code int, took time.Duration) {
	k.rejections.mu.Lock()
	defer k.rejections.mu.Unlock()
	if len(k.rejections.pending) >= maxPending {
		k.metrics.Uncounted.Add(1)
		return
	}
	if len(who.Bucket) > maxBucketLen {
		who.Bucket = ledgerdb.UnknownBucket
	}
	k.rejections.pending = append(k.rejections.pending, ledgerdb.Refused{Caller: who, At: k.Now(), Calls: []ledger.Call{{Code: code, Took: took}}})
}

// flush writes the pending rejections. After an error it keeps them, unless they
// may have been written.
func (r *rejections) flush(ctx context.Context, b *ledgerdb.Store) error {
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
	if len(batch)+len(r.pending) <= maxPending {
		r.pending = append(batch, r.pending...)
	}
	return err
}
