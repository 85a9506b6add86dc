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
	bytes   int // of the texts that clients chose
}

const (
	// maxPending bounds the next batch.
	maxPending = 10_000
	// maxPendingBytes bounds the names in it.
	maxPendingBytes = 4 << 20
	// maxBucketLen bounds the memory of a pending rejection: a client names the
	// bucket.
	maxBucketLen = 64
)

// Refused counts a rejected request. It does not block.
func (k *Runner) Refused(who ledger.Caller, code int, took time.Duration) {
	k.rejections.mu.Lock()
	defer k.rejections.mu.Unlock()
	if len(who.Bucket) > maxBucketLen {
		who.Bucket = ledgerdb.UnknownBucket
	}
	size := names(who)
	if len(k.rejections.pending) >= maxPending || k.rejections.bytes+size > maxPendingBytes {
		k.metrics.Uncounted.Add(1)
		return
	}
	k.rejections.bytes += size
	k.rejections.pending = append(k.rejections.pending, ledgerdb.Refused{Caller: who, At: k.Now(), Calls: []ledger.Call{{Code: code, Took: took}}})
}

// names returns the bytes of the texts of a caller.
func names(who ledger.Caller) int {
	return len(who.Account) + len(who.User) + len(who.Key) + len(who.Bucket) + len(who.API)
}

// flush writes the pending rejections. After an error it keeps them, unless they
// may have been written.
func (r *rejections) flush(ctx context.Context, b *ledgerdb.Store) error {
	r.mu.Lock()
	batch, bytes := r.pending, r.bytes
	r.pending, r.bytes = nil, 0
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
	if len(batch)+len(r.pending) <= maxPending && bytes+r.bytes <= maxPendingBytes {
		r.pending, r.bytes = append(batch, r.pending...), bytes+r.bytes
	}
	return err
}
