package accountdb

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/store/db"
)

// mostNoted bounds how many keys are remembered.
const mostNoted = 10_000

// lastUsed notes the day on which each key was last used. It is written in
// batches, and to lose some of it costs nothing.
type lastUsed struct {
	mu      sync.Mutex
	pending map[string]billing.Day
	written map[string]billing.Day
}

// Used notes that a key is used now. It is quick.
func (r *Registry) Used(secretID string) {
	today := r.Calendar.Day(r.Now())
	r.used.mu.Lock()
	defer r.used.mu.Unlock()
	if r.used.written[secretID] == today || len(r.used.pending) >= mostNoted {
		return
	}
	if r.used.pending == nil {
		r.used.pending = map[string]billing.Day{}
	}
	r.used.pending[secretID] = today
}

// FlushUsed writes what Used has noted, in one transaction.
func (r *Registry) FlushUsed(ctx context.Context) error {
	r.used.mu.Lock()
	batch := r.used.pending
	r.used.pending = nil
	r.used.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := r.Engine.Write(ctx, func(tx *db.Tx) error {
		for _, id := range slices.Sorted(maps.Keys(batch)) {
			if _, err := tx.Exec(`UPDATE api_key SET last_used_day = ? WHERE secret_id = ? AND (last_used_day IS NULL OR last_used_day < ?)`,
				string(batch[id]), id, string(batch[id])); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	r.used.mu.Lock()
	defer r.used.mu.Unlock()
	if r.used.written == nil || len(r.used.written) >= mostNoted {
		r.used.written = map[string]billing.Day{}
	}
	maps.Copy(r.used.written, batch)
	return nil
}
