package sqlite

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/db"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

var benchTime = time.Date(2026, 11, 18, 4, 0, 0, 0, time.UTC)

// ledgerFor returns a ledger with an account whose pack lasts.
func ledgerFor(b *testing.B, dir string) (*DB, *ledgerdb.Store) {
	b.Helper()
	d := open(b, dir)
	if err := d.Write(b.Context(), func(tx *db.Tx) error {
		if _, err := tx.Exec(`INSERT INTO account (id, created_at) VALUES ('1250000001', 0) ON CONFLICT DO NOTHING`); err != nil {
			return err
		}
		_, err := tx.Exec(`INSERT INTO pack (id, account_id, kind, units_total, units_left, valid_from, valid_to, created_at)
			VALUES ('p', '1250000001', 'paid', 1000000000, 1000000000, 0, ?, 0) ON CONFLICT DO NOTHING`, benchTime.Add(time.Hour).UnixMicro())
		return err
	}); err != nil {
		b.Fatalf("Write: %v", err)
	}
	return d, ledgerdb.New(d, ledgerdb.Options{Bin: func(d time.Duration) int { return int(d / time.Millisecond / 50) }})
}

// charged holds and posts one reading, as a request does.
func charged(ctx context.Context, k *ledgerdb.Store) error {
	id, err := ledger.NewID(benchTime, rand.Reader)
	if err != nil {
		return err
	}
	_, err = k.Hold(ctx, ledger.Hold{ID: id, At: benchTime, Units: 1,
		Caller: ledger.Caller{Account: "1250000001", User: "100000000001", Key: "KHID0123456789abcdef0123456789abcdef", Bucket: "kahao", API: "legacy"}})
	if err != nil {
		return err
	}
	return k.Post(ctx, id, ledger.Outcome{At: benchTime, Calls: []ledger.Call{{Billed: true, Took: 180 * time.Millisecond}}})
}

func quantile(sorted []time.Duration, q float64) float64 {
	return float64(sorted[min(len(sorted)-1, int(q*float64(len(sorted))))].Microseconds()) / 1000
}

// Hold and post by 1, 16 and 64 callers at once: each charge's time, and how
// many there are in a second.
func BenchmarkCharge(b *testing.B) {
	for _, callers := range []int{1, 16, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			_, k := ledgerFor(b, b.TempDir())
			took := make([]time.Duration, b.N)
			var next atomic.Int64
			var all sync.WaitGroup
			used := processor()
			b.ResetTimer()
			for range callers {
				all.Go(func() {
					for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
						start := time.Now()
						if err := charged(b.Context(), k); err != nil {
							b.Errorf("charged failed: %v", err)
							return
						}
						took[i] = time.Since(start)
					}
				})
			}
			all.Wait()
			b.StopTimer()
			// What a busy machine leaves as it is.
			b.ReportMetric(float64((processor()-used).Microseconds())/float64(b.N), "cpu-µs/charge")
			slices.Sort(took)
			b.ReportMetric(quantile(took, 0.5), "p50-ms")
			b.ReportMetric(quantile(took, 0.99), "p99-ms")
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "charges/s")
		})
	}
}

// How much the file and the process grow by a charge, and how long the ledger
// take to verify: run with -benchtime 100000x.
func BenchmarkGrowth(b *testing.B) {
	dir := b.TempDir()
	d, k := ledgerFor(b, dir)
	before, heap := size(b, dir), heap()
	var all sync.WaitGroup
	var next atomic.Int64
	b.ResetTimer()
	for range 64 {
		all.Go(func() {
			for next.Add(1) <= int64(b.N) {
				if err := charged(b.Context(), k); err != nil {
					b.Errorf("charged failed: %v", err)
					return
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	checkpointed(b, d)
	b.ReportMetric(float64(size(b, dir)-before)/float64(b.N), "file-B/charge")
	b.ReportMetric(float64(grown(heap))/float64(b.N), "heap-B/charge")
	start := time.Now()
	r, err := k.Verify(b.Context())
	if err != nil || r.Break != "" {
		b.Fatal(r.Break, err)
	}
	b.ReportMetric(time.Since(start).Seconds(), "verify-s")
}

func checkpointed(b *testing.B, d *DB) {
	p, err := pool(d.path, 1, writing)
	if err != nil {
		b.Fatalf("pool failed: %v", err)
	}
	defer func() { _ = p.Close() }()
	if _, err := p.ExecContext(b.Context(), "PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		b.Fatalf("ExecContext failed: %v", err)
	}
}

func size(b *testing.B, dir string) (n int64) {
	b.Helper()
	info, err := os.Stat(filepath.Join(dir, FileName))
	if err != nil {
		b.Fatalf("Stat failed: %v", err)
	}
	return info.Size()
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

func grown(since uint64) int64 { return int64(heap()) - int64(since) }

// Results of 1 KB past their time are swept while others are read: how many go
// in a second, and how long the reads take. One operation is one result.
func BenchmarkSweep(b *testing.B) {
	d, k := ledgerFor(b, b.TempDir())
	put := func(from, to int, expires time.Time) {
		if err := d.Write(b.Context(), func(tx *db.Tx) error {
			for i := from; i < to; i++ {
				if _, err := tx.Exec(`INSERT INTO result (id_hash, account_id, ct, dek_day, created_at, expires_at) VALUES (?, '1250000001', ?, 'd', 0, ?)`,
					id(i), make([]byte, 1024), expires.UnixMicro()); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			b.Fatalf("Write: %v", err)
		}
	}
	if _, err := k.PutDataKey(b.Context(), ledgerdb.DataKey{Day: "d", Wrapped: []byte{1}, Until: benchTime.Add(time.Hour)}); err != nil {
		b.Fatalf("PutDataKey failed: %v", err)
	}
	for i := 0; i < b.N; i += 10_000 {
		put(i, min(i+10_000, b.N), benchTime)
	}
	put(b.N, b.N+1000, benchTime.Add(time.Hour))
	reads, stop, ended := []time.Duration(nil), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for i := 0; ; i++ {
			select {
			case <-stop:
				return
			default:
			}
			start := time.Now()
			if _, err := k.Result(context.Background(), "1250000001", [32]byte(id(b.N+i%1000)), benchTime); err != nil {
				b.Errorf("Result failed: %v", err)
				return
			}
			reads = append(reads, time.Since(start))
		}
	}()
	b.ResetTimer()
	n, err := k.Sweep(b.Context(), benchTime)
	b.StopTimer()
	close(stop)
	<-ended
	if err != nil || n.Results != int64(b.N) {
		b.Fatal(n, err)
	}
	slices.Sort(reads)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "results/s")
	if len(reads) > 0 {
		b.ReportMetric(quantile(reads, 0.99), "read-p99-ms")
	}
}

// id is a hash that says nothing of its place.
func id(i int) []byte {
	var b [32]byte
	x := uint64(i) * 0x9E3779B97F4A7C15
	for j := range b {
		b[j] = byte(x >> (j % 8 * 8))
	}
	return b[:]
}
