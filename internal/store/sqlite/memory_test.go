package sqlite

import (
	"errors"
	"sync"
	"testing"

	"github.com/kahao/kahao/internal/store/db"
)

func memory(t *testing.T) *DB {
	t.Helper()
	d, err := OpenMemory(t.Context(), Options{})
	if err != nil {
		t.Fatalf("OpenMemory: %v", err)
	}
	t.Cleanup(func() { _ = d.Close() })
	return d
}

func leaseCount(t *testing.T, d *DB) (n int) {
	t.Helper()
	if err := d.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`SELECT COUNT(*) FROM lease`).Scan(&n) }); err != nil {
		t.Fatalf("Read: %v", err)
	}
	return n
}

// Two databases in memory share nothing, writers and readers of one see the
// same rows, and a failed write or a read leaves no trace.
func TestMemory(t *testing.T) {
	a, b := memory(t), memory(t)
	insert := func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO lease (key, full_at) VALUES (?, 1)`, "k")
		return err
	}
	if err := a.Write(t.Context(), insert); err != nil {
		t.Fatalf("Write: %v", err)
	}
	if got := leaseCount(t, a); got != 1 {
		t.Errorf("after a write: %d rows, want 1", got)
	}
	if got := leaseCount(t, b); got != 0 {
		t.Errorf("another database: %d rows, want 0", got)
	}
	failed := errors.New("failed")
	if err := b.Write(t.Context(), func(tx *db.Tx) error { return errors.Join(insert(tx), failed) }); !errors.Is(err, failed) {
		t.Errorf("a failing write returned %v, want %v", err, failed)
	}
	if err := b.Read(t.Context(), insert); err != nil {
		t.Errorf("a read that writes returned %v, want nil and no effect", err)
	}
	if err := b.Read(t.Context(), func(*db.Tx) error { return failed }); err != failed {
		t.Errorf("a failing read returned %v, want %v", err, failed)
	}
	if got := leaseCount(t, b); got != 0 {
		t.Errorf("after a failed write and a read: %d rows, want 0", got)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 50 {
				if err := a.Write(t.Context(), func(tx *db.Tx) error {
					_, err := tx.Exec(`UPDATE lease SET version = version + 1 WHERE key = 'k'`)
					return err
				}); err != nil {
					t.Errorf("concurrent write: %v", err)
				}
				leaseCount(t, a)
			}
		})
	}
	wg.Wait()
	var version int
	if err := a.Read(t.Context(), func(tx *db.Tx) error { return tx.Row(`SELECT version FROM lease`).Scan(&version) }); err != nil || version != 400 {
		t.Errorf("after 400 concurrent updates: version %d, %v", version, err)
	}
	if err := a.Close(); err != nil {
		t.Errorf("Close: %v", err)
	}
	if err := a.Read(t.Context(), func(*db.Tx) error { return nil }); !errors.Is(err, db.ErrClosed) {
		t.Errorf("Read after Close returned %v, want ErrClosed", err)
	}
}
