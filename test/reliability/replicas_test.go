//go:build reliability && linux

package reliability

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clientsPerReplica is the number of clients of BenchmarkReplicas for each
// server.
const clientsPerReplica = 8

// BenchmarkReplicas measures what a request costs the database that one, two or
// three replicas share. The requests are signed and have no image: what is
// measured is keys, rates and the ledger. Each is held, and voided.
func BenchmarkReplicas(b *testing.B) {
	r := startReplicas(b)
	for n := 1; n <= replicaCount; n++ {
		b.Run(fmt.Sprintf("servers=%d", n), func(b *testing.B) {
			web := newClient(b, clientsPerReplica*n)
			before := r.database.counters(b)
			var left, failed atomic.Int64
			left.Store(int64(b.N))
			var clients sync.WaitGroup
			b.ResetTimer()
			for i := range clientsPerReplica * n {
				to := r.servers[i%n]
				clients.Go(func() {
					for left.Add(-1) >= 0 {
						if _, err := sendEmptyForm(web, to.Endpoint(), r.account, r.account.Authorization()); err != nil {
							failed.Add(1)
						}
					}
				})
			}
			clients.Wait()
			b.StopTimer()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
			time.Sleep(2 * time.Second) // PostgreSQL's backends publish their counters once a second
			after := r.database.counters(b)
			for i, unit := range []string{"commits/req", "rows/req", "WAL-B/req"} {
				b.ReportMetric(float64(after[i]-before[i])/float64(b.N), unit)
			}
			b.ReportMetric(float64(after[3]), "connections")
			if n := failed.Load(); n != 0 {
				b.Errorf("%d of %d requests failed", n, b.N)
			}
		})
	}
}

// counters are the database's own since it was created: commits, rows written,
// WAL bytes; and the number of connections.
func (d *database) counters(b *testing.B) (c [4]int64) {
	b.Helper()
	out := d.query(b, `SELECT xact_commit, tup_inserted + tup_updated + tup_deleted, (pg_current_wal_lsn() - '0/0')::bigint, numbackends
		FROM pg_stat_database WHERE datname = current_database()`)
	if _, err := fmt.Sscanf(out, "%d|%d|%d|%d", &c[0], &c[1], &c[2], &c[3]); err != nil {
		b.Fatalf("parsing the database's counters %q: %v", out, err)
	}
	return c
}
