package ratelimit

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// memory is a store of leases with a network before it: a question takes a
// while to get there, and the answer a while to come back.
type memory struct {
	there, back time.Duration // at most
	fails       func() error

	mu      sync.Mutex
	buckets map[string]Bucket
	asked   int
}

func (m *memory) Lease(ctx context.Context, key string, limit Limit, want int) (Grant, error) {
	pause(m.there)
	defer pause(m.back)
	if err := ctx.Err(); err != nil {
		return Grant{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	if m.fails != nil {
		if err := m.fails(); err != nil {
			return Grant{}, err
		}
	}
	b, g := m.buckets[key].Lease(limit, want, time.Now())
	m.buckets[key] = b
	return g, nil
}

func pause(most time.Duration) {
	if most > 0 {
		time.Sleep(rand.N(most))
	}
}

func newMemory() *memory { return &memory{buckets: map[string]Bucket{}} }

// skewed is a replica's clock, which is wrong.
func skewed(by time.Duration) func() time.Time {
	return func() time.Time { return time.Now().Add(by) }
}

// passes are the times at which requests passed.
type passes struct {
	mu sync.Mutex
	at []time.Time
}

func (p *passes) add() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.at = append(p.at, time.Now())
}

// schedule is how three replicas are asked, from four sides each at random.
type schedule struct {
	limit Limit
	span  time.Duration
	rest  func(side int) time.Duration // before a side's next request
	dies  int                          // a replica dies at one request in so many, and another takes its place; 0 is never
	seen  func()                       // called at each request; may be nil
}

const replicas, sides = 3, 4

// run returns when what passed, passed.
func (c schedule) run(m *memory) []time.Time {
	var p passes
	var wait sync.WaitGroup
	var mu sync.Mutex
	end := time.Now().Add(c.span)
	for r := range replicas {
		start := func() *Limiter {
			return NewDistributed(m, c.limit, nil, skewed(time.Duration(r-1)*time.Hour+rand.N(time.Hour)), nil)
		}
		shared := start()
		for side := range sides {
			wait.Go(func() {
				for time.Now().Before(end) {
					time.Sleep(c.rest(r*sides + side))
					mu.Lock()
					if c.dies > 0 && rand.IntN(c.dies) == 0 {
						shared = start()
					}
					if c.seen != nil {
						c.seen()
					}
					s := shared
					mu.Unlock()
					if _, ok := s.Take(context.Background(), "a"); ok {
						p.add()
					}
				}
			})
		}
	}
	wait.Wait()
	slices.SortFunc(p.at, time.Time.Compare)
	return p.at
}

// Three replicas, clocks hours apart, that die now and then: whatever the
// schedule, not one request passes beyond what one bucket lets pass.
func TestDistributedNeverOverAdmits(t *testing.T) {
	for _, l := range []Limit{{PerSecond: 5}, {PerSecond: 10, Burst: 2}, {PerSecond: 50, Burst: 10}, {PerSecond: 100, Burst: 100}, {PerSecond: 20, Burst: 400}} {
		for _, network := range []time.Duration{0, 3 * time.Millisecond, 40 * time.Millisecond} {
			t.Run(fmt.Sprint(l, network), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := newMemory()
					m.there = network
					rest := func(int) time.Duration {
						if rand.IntN(40) == 0 {
							return rand.N(2 * time.Second) // buckets fill, leases die
						}
						return rand.N(time.Duration(float64(time.Second) * 4 / l.PerSecond))
					}
					at := schedule{limit: l, span: 30 * time.Second, rest: rest, dies: 200}.run(m)
					if excess := conforms(l, at, 0); excess != 0 {
						t.Errorf("%d of %d passed beyond the limit", excess, len(at))
					}
					if len(at) < 50 {
						t.Errorf("only %d passed: nothing was tried", len(at))
					}
				})
			})
		}
	}
}

// An answer that takes a while to come back is late, and does not let more
// pass: what passes is within the limit up to that delay.
func TestDistributedWithLateAnswers(t *testing.T) {
	for _, l := range []Limit{{PerSecond: 10, Burst: 1}, {PerSecond: 100, Burst: 50}} {
		synctest.Test(t, func(t *testing.T) {
			m := newMemory()
			m.there, m.back = 20*time.Millisecond, 20*time.Millisecond
			rest := func(int) time.Duration { return rand.N(time.Duration(float64(time.Second) * 4 / l.PerSecond)) }
			at := schedule{limit: l, span: 30 * time.Second, rest: rest, dies: 500}.run(m)
			if excess := conforms(l, at, m.back); excess != 0 {
				t.Errorf("%+v: %d of %d passed beyond the limit", l, excess, len(at))
			}
		})
	}
}

// At twice the limit, spread evenly over the servers or mostly on one, they let
// pass at least 95 % of what one bucket does, and with a suitable burst query
// the store far less often than they are asked.
func TestDistributedUnderAdmitsLittle(t *testing.T) {
	for _, c := range []struct {
		limit    Limit
		perAsked float64 // questions to the store for each request that passes, at most
	}{
		{Limit{PerSecond: 20}, 4}, {Limit{PerSecond: 50, Burst: 10}, 2}, {Limit{PerSecond: 100, Burst: 100}, 0.9}, {Limit{PerSecond: 500, Burst: 500}, 0.6},
	} {
		for name, share := range map[string][]float64{"alike": {1, 1, 1}, "one": {2.8, 0.1, 0.1}, "two": {1.5, 1.4, 0.1}} {
			t.Run(fmt.Sprint(c.limit, name), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					m := newMemory()
					m.there = 2 * time.Millisecond
					single := New(c.limit, nil, time.Now)
					could := 0
					rest := func(side int) time.Duration {
						mean := replicas * sides / (2 * c.limit.PerSecond * share[side/sides])
						return time.Duration(rand.ExpFloat64() * mean * float64(time.Second))
					}
					at := schedule{limit: c.limit, span: time.Minute, rest: rest, seen: func() {
						if _, ok := single.Take(t.Context(), "a"); ok {
							could++
						}
					}}.run(m)
					passed, asked := float64(len(at))/float64(could), float64(m.asked)/float64(len(at))
					t.Logf("%.1f %% of %d, %.2f questions for each", 100*passed, could, asked)
					if passed < 0.95 {
						t.Errorf("only %.1f %% of what could pass did", 100*passed)
					}
					if asked > c.perAsked {
						t.Errorf("%.2f questions to the store for each request that passed, the bar is %.2f", asked, c.perAsked)
					}
				})
			})
		}
	}
}

// A simultaneous start of three replicas lets one burst pass, not three.
func TestDistributedStart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		l := Limit{PerSecond: 1, Burst: 30}
		var p passes
		var wait sync.WaitGroup
		for range 3 {
			s := NewDistributed(m, l, nil, time.Now, nil)
			for range 40 {
				wait.Go(func() {
					if _, ok := s.Take(t.Context(), "a"); ok {
						p.add()
					}
				})
			}
		}
		wait.Wait()
		// What one replica holds may be lacking to another: at most half.
		if n := len(p.at); n > 30 || n < 15 {
			t.Errorf("%d passed, of 30", n)
		}
	})
}

// slow is a store whose answer takes a while to come back.
type slow struct {
	back  time.Duration
	grant Grant
	asked int
}

func (s *slow) Lease(context.Context, string, Limit, int) (Grant, error) {
	s.asked++
	time.Sleep(s.back)
	return s.grant, nil
}

// A token's life counts from the question: the store counts from before the
// answer, and where the replica counted from the answer it would use a token
// that the store takes for dead.
func TestDistributedCountsFromTheQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &slow{back: 60 * time.Millisecond, grant: Grant{Tokens: 3, For: 100 * time.Millisecond}}
		s := NewDistributed(m, Limit{PerSecond: 1}, nil, time.Now, nil)
		take := func(asked int) {
			t.Helper()
			if _, ok := s.Take(t.Context(), "a"); !ok || m.asked != asked {
				t.Errorf("passed: %v, after %d questions, want %d", ok, m.asked, asked)
			}
		}
		take(1) // comes back at 60 ms
		time.Sleep(39 * time.Millisecond)
		take(1)
		time.Sleep(time.Millisecond)
		take(2) // the third token is dead
	})
}

// A store that fails lets nothing pass, and is left alone for a second; what
// was leased before may still be used.
func TestDistributedFailsClosed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		broken, reported := errors.New("the store is away"), 0
		s := NewDistributed(m, Limit{PerSecond: 10, Burst: 40}, nil, time.Now, func(err error) {
			if reported++; !errors.Is(err, broken) {
				t.Errorf("reported error: %v, want %v", err, broken)
			}
		})
		take := func(want bool) (wait time.Duration) {
			t.Helper()
			wait, ok := s.Take(t.Context(), "a")
			if ok != want {
				t.Fatalf("passed: %v, after %v", ok, wait)
			}
			return wait
		}
		take(true)
		take(true) // asked for two
		m.fails = func() error { return broken }
		take(true) // which was leased
		for range 5 {
			if wait := take(false); wait <= 0 || wait > storeRetry {
				t.Error("wait", wait)
			}
		}
		if reported != 1 || m.asked != 3 {
			t.Errorf("%d errors reported after %d queries, want 1 after 3", reported, m.asked)
		}
		m.fails = nil
		take(false)
		time.Sleep(storeRetry)
		take(true)
	})
}

// A caller who goes while he asks fails nobody else.
func TestDistributedCallerGoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		m.there = time.Second
		s := NewDistributed(m, Limit{PerSecond: 10, Burst: 5}, nil, time.Now, func(err error) { t.Errorf("reported error: %v", err) })
		ctx, cancel := context.WithCancel(t.Context())
		var wait sync.WaitGroup
		wait.Go(func() {
			if _, ok := s.Take(ctx, "a"); ok {
				t.Error("who is gone passed")
			}
		})
		synctest.Wait()
		for range 3 {
			wait.Go(func() {
				if _, ok := s.Take(t.Context(), "a"); !ok {
					t.Error("refused, for another went")
				}
			})
		}
		// One who waits for another's answer goes, too.
		wait.Go(func() { _, _ = s.Take(ctx, "a") })
		synctest.Wait()
		cancel()
		wait.Wait()
	})
}

func TestDistributedLimits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		own := map[string]Limit{"slow": {PerSecond: 0.5}}
		s := NewDistributed(m, Limit{}, func(caller string) Limit { return own[caller] }, time.Now, nil)
		for range 100 {
			if _, ok := s.Take(t.Context(), "free"); !ok {
				t.Fatal("refused without a limit")
			}
		}
		if m.asked != 0 {
			t.Error("the store was asked for a caller without a limit")
		}
		if _, ok := s.Take(t.Context(), "slow"); !ok {
			t.Error("the first is refused")
		}
		if wait, ok := s.Take(t.Context(), "slow"); ok || wait != 2*time.Second {
			t.Error("the second:", wait, ok)
		}
	})
}

// Callers who come once do not stay.
func TestDistributedForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewDistributed(newMemory(), Limit{PerSecond: 1}, nil, time.Now, nil)
		for i := range 10_000 {
			s.Take(t.Context(), fmt.Sprint(i))
			time.Sleep(2 * time.Millisecond)
			if s.bytes > 4*minSweep || len(s.callers) > 4096 {
				t.Fatalf("%d callers of %d bytes are kept after %d", len(s.callers), s.bytes, i)
			}
		}
	})
}
