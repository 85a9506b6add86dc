package accountdb

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/store/db"
)

// maxNotedKeys bounds the keys in memory.
const maxNotedKeys = 10_000

// lastUsed records the day on which each key was last used. It is written in
// batches; losing a batch is harmless.
type lastUsed struct {
	mu      sync.Mutex
	pending map[string]billing.Day
	written map[string]billing.Day
}

// Used records that a key is used now. It does not block.
func (s *Store) Used(secretID string) {
	today := s.Calendar.Day(s.Now())
	s.used.mu.Lock()
	defer s.used.mu.Unlock()
	if s.used.written[secretID] == today || len(s.used.pending) >= maxNotedKeys {
		return
	}
	if s.used.pending == nil {
		s.used.pending = map[string]billing.Day{}
	}
	s.used.pending[secretID] = today
}

// FlushUsed writes what Used has recorded, in one transaction.
func (s *Store) FlushUsed(ctx context.Context) error {
	s.used.mu.Lock()
	batch := s.used.pending
	s.used.pending = nil
	s.used.mu.Unlock()
	if len(batch) == 0 {
		return nil
	}
	err := s.Engine.Write(ctx, func(tx *db.Tx) error {
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
	s.used.mu.Lock()
	defer s.used.mu.Unlock()
	if s.used.written == nil || len(s.used.written) >= maxNotedKeys {
		s.used.written = map[string]billing.Day{}
	}
	maps.Copy(s.used.written, batch)
	return nil
}
