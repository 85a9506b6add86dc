package accountdb

import (
	"context"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/store/db"
)

// aDay is so slow that nothing comes while a test runs, however slow that is.
const aDay = 1.0 / (24 * 60 * 60)

// Three servers start at once and ask from many sides: exactly one burst is
// granted, to the last request.
func TestExactAtOnce(t *testing.T) {
	each(t, func(t *testing.T, e db.Engine) {
		limit := ratelimit.Limit{PerSecond: aDay, Burst: 60}
		var granted atomic.Int64
		var wait sync.WaitGroup
		for range 3 {
			l := NewLeases(e, time.Now)
			for range 4 {
				wait.Go(func() {
					for {
						g, err := l.Lease(t.Context(), "key", limit, 1+rand.IntN(4))
						if err != nil {
							t.Errorf("Lease failed: %v", err)
							return
						}
						if g.Tokens == 0 {
							if g.Wait <= 0 {
								t.Errorf("refused, and to ask again after %v", g.Wait)
							}
							return
						}
						granted.Add(int64(g.Tokens))
					}
				})
			}
		}
		wait.Wait()
		if n := granted.Load(); n != int64(limit.Burst) {
			t.Errorf("%d granted, of %d", n, limit.Burst)
		}
		// Another key has its own.
		if g, err := NewLeases(e, time.Now).Lease(t.Context(), "other", limit, 1); err != nil || g.Tokens != 1 {
			t.Errorf("%+v, %v", g, err)
		}
	})
}

// What is in the database is what the rule alone would have, step by step; on
// PostgreSQL the clock is its own, so that only SQLite can be followed.
func TestFollowsTheRule(t *testing.T) {
	e := engines["sqlite"](t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	l := NewLeases(e, func() time.Time { return now })
	limit := ratelimit.Limit{PerSecond: 1000, Burst: 50}
	var b ratelimit.Bucket
	for i := range 200 {
		want := 1 + rand.IntN(30)
		got, err := l.Lease(t.Context(), "key", limit, want)
		if err != nil {
			t.Fatalf("Lease failed: %v", err)
		}
		var should ratelimit.Grant
		if b, should = b.Lease(limit, want, now); got != should {
			t.Fatalf("step %d: %+v, want %+v", i, got, should)
		}
		now = now.Add(rand.N(20 * time.Millisecond))
	}
}

// PostgreSQL goes by its own clock, to the microsecond, whatever the server's
// clock says.
func TestServersClock(t *testing.T) {
	e := engines["postgres"](t)
	l := NewLeases(e, func() time.Time { panic("the server's clock was asked") })
	limit := ratelimit.Limit{PerSecond: aDay}
	if g, err := l.Lease(t.Context(), "key", limit, 1); err != nil || g.Tokens != 1 {
		t.Fatalf("%+v, %v", g, err)
	}
	g, err := l.Lease(t.Context(), "key", limit, 1)
	if err != nil || g.Tokens != 0 || g.Wait > 24*time.Hour || g.Wait < 23*time.Hour {
		t.Errorf("%+v, %v", g, err)
	}
}

// Shared over the database is what the wire asks.
func TestShared(t *testing.T) {
	each(t, func(t *testing.T, e db.Engine) {
		limit := ratelimit.Limit{PerSecond: aDay, Burst: 20}
		var passed atomic.Int64
		var wait sync.WaitGroup
		for range 3 {
			s := ratelimit.NewDistributed(NewLeases(e, time.Now), limit, nil, time.Now, func(err error) { t.Errorf("reported error: %v", err) })
			for range 20 {
				wait.Go(func() {
					if _, ok := s.Take(t.Context(), "key"); ok {
						passed.Add(1)
					}
				})
			}
		}
		wait.Wait()
		// Some may be with a server that nobody asked for them in time.
		if n := passed.Load(); n > 20 || n < 1 {
			t.Errorf("%d passed, of 20", n)
		}
	})
}

func TestClosed(t *testing.T) {
	each(t, func(t *testing.T, e db.Engine) {
		l := NewLeases(e, time.Now)
		done, cancel := context.WithCancel(t.Context())
		cancel()
		if g, err := l.Lease(done, "key", ratelimit.Limit{PerSecond: 1}, 1); !errors.Is(err, context.Canceled) || g != (ratelimit.Grant{}) {
			t.Errorf("%+v, %v", g, err)
		}
		if err := e.Close(); err != nil {
			t.Fatalf("Close failed: %v", err)
		}
		if g, err := l.Lease(t.Context(), "key", ratelimit.Limit{PerSecond: 1}, 1); !errors.Is(err, db.ErrClosed) || g != (ratelimit.Grant{}) {
			t.Errorf("%+v, %v", g, err)
		}
	})
}
