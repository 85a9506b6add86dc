package sqlite

import (
	"context"
	"strings"
	"sync"
	"time"

	"github.com/kahao/kahao/internal/store/db"
)

// probe is a write that finds out whether the disk is still full.
type probe struct {
	mu  sync.Mutex
	at  time.Time
	err error
}

const (
	probeEvery = time.Second
	probeSize  = 64 << 10 // more than a charge with its reply
)

// Ready returns an error if a write failed because of the disk, until the probe
// succeeds. A server that is not ready gets no requests that would write,
// so Ready writes itself, once a second.
func (d *DB) Ready(ctx context.Context) error {
	if !d.writer.failing.Load() {
		return nil
	}
	d.probe.mu.Lock()
	defer d.probe.mu.Unlock()
	if d.probe.err != nil && time.Since(d.probe.at) < probeEvery {
		return d.probe.err
	}
	d.probe.err = d.Write(ctx, func(tx *db.Tx) error {
		key := strings.Repeat("probe ", probeSize/len("probe "))
		if _, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES (?, 0)`, key); err != nil {
			return err
		}
		_, err := tx.Exec(`DELETE FROM lease WHERE key = ?`, key)
		return err
	})
	d.probe.at = time.Now()
	if d.probe.err == nil {
		d.writer.failing.Store(false)
	}
	return d.probe.err
}
