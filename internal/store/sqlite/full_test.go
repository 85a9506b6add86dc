package sqlite

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/store/db"
)

// If the disk is full all writes of the transaction fail, and when there is space
// again writes succeed.
func TestFull(t *testing.T) {
	d := open(t, t.TempDir())
	d.writer.maxWait = time.Hour // for them to share one
	limit := func(pages int) {
		t.Helper()
		if err := d.Write(t.Context(), func(tx *db.Tx) error {
			var now int
			return tx.Row(fmt.Sprintf("PRAGMA max_page_count = %d", pages)).Scan(&now)
		}); err != nil {
			t.Fatalf("Write: %v", err)
		}
	}
	limit(1) // which means: no more than there are
	large := strings.Repeat("x", 100_000)
	release := busy(d)
	var all sync.WaitGroup
	var acknowledged, failed int
	var mu sync.Mutex
	for i := range 10 {
		all.Go(func() {
			key := fmt.Sprint(i)
			if i == 5 {
				key += large
			}
			err := insert(d, t.Context(), key)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				acknowledged++
			} else {
				failed++
			}
			if errors.Is(err, db.ErrBroken) {
				t.Errorf("a full disk broke the writer: %v", err)
			}
		})
	}
	queued(d, 10)
	_ = release()
	all.Wait()
	if failed == 0 || acknowledged != count(t, d) {
		t.Errorf("%d writes acknowledged and %d failed, but there are %d rows", acknowledged, failed, count(t, d))
	}
	limit(1_000_000)
	if err := insert(d, t.Context(), "next"+large); err != nil {
		t.Errorf("insert failed: %v", err)
	}
}
