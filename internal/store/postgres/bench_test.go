package postgres

import (
	"crypto/rand"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// A charge is held and posted; what that costs the database, by how many
// accounts are charged at once. Run it with scripts/with-postgres.
func BenchmarkCharge(b *testing.B) {
	for _, size := range []struct{ clients, accounts int }{{1, 1}, {16, 1}, {16, 16}, {64, 64}} {
		b.Run(fmt.Sprintf("clients=%d/accounts=%d", size.clients, size.accounts), func(b *testing.B) {
			charge(b, size.clients, size.accounts)
		})
	}
}

func charge(b *testing.B, clients, accounts int) {
	ctx := b.Context()
	e, count := counted(b)
	name := func(n int) string { return fmt.Sprint(1_250_000_000 + n%accounts) }
	for n := range accounts {
		addAccount(b, e, name(n), 0)
	}
	shop := ledgerdb.New(e, ledgerdb.Options{Free: 1 << 40, Bin: func(time.Duration) int { return 1 }})
	once := func(n int) error {
		now := time.Now()
		id, err := ledger.NewID(now, rand.Reader)
		if err != nil {
			return err
		}
		c, err := shop.Hold(ctx, ledger.Hold{ID: id, At: now, Units: 1, Caller: ledger.Caller{Account: name(n), User: "main", Key: "k", Bucket: "b", API: "legacy"}})
		if err != nil {
			return err
		}
		return shop.Post(ctx, c.ID, ledger.Outcome{At: now, Calls: []ledger.Call{{Billed: true, Took: time.Millisecond}}})
	}
	for n := range accounts { // their free packs are made
		if err := once(n); err != nil {
			b.Fatalf("once failed: %v", err)
		}
	}
	before, wal := count.n.Load(), written(b, e)
	var next atomic.Int64
	took := make([]time.Duration, b.N)
	b.ResetTimer()
	var wait sync.WaitGroup
	for client := range clients {
		wait.Go(func() {
			for n := int(next.Add(1)) - 1; n < b.N; n = int(next.Add(1)) - 1 {
				start := time.Now()
				if err := once(client); err != nil {
					b.Errorf("once failed: %v", err)
					return
				}
				took[n] = time.Since(start)
			}
		})
	}
	wait.Wait()
	b.StopTimer()
	after := count.n.Load()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "charges/s")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(after-before)/float64(b.N), "trips/op")
	b.ReportMetric(float64(written(b, e)-wal)/float64(b.N), "WAL-B/op")
}

// written is how many bytes the server has written ahead.
func written(b *testing.B, e *Engine) (n int64) {
	if err := e.Read(b.Context(), func(tx *db.Tx) error {
		return tx.Row(`SELECT (pg_current_wal_lsn() - '0/0')::bigint`).Scan(&n)
	}); err != nil {
		b.Fatalf("Read: %v", err)
	}
	return n
}
