package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// clientsEach are the clients of each replica.
const clientsEach = 8

// share measures what a request costs the database that one, two or three
// replicas share. The requests are signed and have no picture, so that what is
// measured is keys, rates and the books: each is held, and voided.
func share(r *rig) error {
	s, err := r.replicas()
	if err != nil {
		return err
	}
	defer s.kill()
	d := s.database
	span := pick(r, 2*time.Second, 15*time.Second)
	r.say("  %8s %8s %12s %12s %12s %14s", "replicas", "req/s", "commits/req", "rows/req", "WAL B/req", "connections")
	for n := 1; n <= replicaCount; n++ {
		before, err := d.counts()
		if err != nil {
			return err
		}
		web := client(clientsEach * n)
		var done, failed atomic.Int64
		begun := time.Now()
		var clients sync.WaitGroup
		for i := range clientsEach * n {
			to := s.servers[i%n]
			clients.Go(func() {
				for time.Since(begun) < span && r.ctx.Err() == nil {
					if _, err := r.cheap(web, to.Endpoint(), to.Account); err != nil {
						failed.Add(1)
					} else {
						done.Add(1)
					}
				}
			})
		}
		clients.Wait()
		took := time.Since(begun).Seconds()
		web.CloseIdleConnections()
		time.Sleep(2 * time.Second) // its backends tell their counts once a second
		after, err := d.counts()
		if err != nil {
			return err
		}
		each := func(i int) float64 { return float64(after[i]-before[i]) / float64(max(1, done.Load())) }
		r.say("  %8d %8.1f %12.2f %12.1f %12.0f %14d", n, float64(done.Load())/took, each(0), each(1), each(2), after[3])
		r.check(failed.Load() == 0 && done.Load() > 0, "%d of %d requests failed", failed.Load(), failed.Load()+done.Load())
	}
	return nil
}

// counts are the database's own, since it was made: commits, rows written, and
// bytes written ahead; and how many connections there are.
func (d *database) counts() (c [4]int64, err error) {
	out, err := d.query(`SELECT xact_commit, tup_inserted + tup_updated + tup_deleted, (pg_current_wal_lsn() - '0/0')::bigint, numbackends
		FROM pg_stat_database WHERE datname = current_database()`)
	if err != nil {
		return c, err
	}
	_, err = fmt.Sscanf(out, "%d|%d|%d|%d", &c[0], &c[1], &c[2], &c[3])
	return c, err
}
