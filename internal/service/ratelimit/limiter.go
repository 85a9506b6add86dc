package ratelimit

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"sync"
	"time"
)

// Limiter bounds how often each caller may send requests. It is safe for
// concurrent use.
//
// With a store it fails closed: if the store fails, nothing passes for a second,
// then it is asked again. A service that cannot reach its store could not charge
// for a request either.
type Limiter struct {
	store    LeaseStore // nil keeps buckets in memory
	standard Limit
	of       func(caller string) Limit
	now      func() time.Time
	failed   func(error)

	mu      sync.Mutex
	callers map[string]*caller
	bytes   int // of the callers
	sweep   int // bytes at which idle callers are removed
}

// caller is the state of one caller.
type caller struct {
	bucket Bucket // without a store

	tokens  int           // leased and unused
	until   time.Time     // when they expire
	used    int           // tokens used of the last grant
	since   time.Time     // when that grant came
	want    int           // how many tokens to ask for
	refused time.Time     // no tokens before this time
	asking  chan struct{} // closed when the store has answered; nil if nobody is asking
}

const (
	// storeRetry is how long a failed store is not asked.
	storeRetry = time.Second
	// maxCallers bounds the bytes of the callers. A client chooses some of their
	// names and, with IPv6, of their addresses.
	maxCallers = 16 << 20
	// minSweep is the bytes of callers below which none is removed.
	minSweep = 256 << 10
	// callerSize is what a caller takes beside its name.
	callerSize = 256
)

// New returns a limiter for one server. It uses the limit that of returns for a
// caller, or standard if that is zero or of is nil.
func New(standard Limit, of func(caller string) Limit, now func() time.Time) *Limiter {
	return NewDistributed(nil, standard, of, now, nil)
}

// NewDistributed returns a limiter that shares its buckets with other servers
// through a store. It passes the store's errors to failed, which may be nil.
func NewDistributed(s LeaseStore, standard Limit, of func(caller string) Limit, now func() time.Time, failed func(error)) *Limiter {
	return &Limiter{store: s, standard: standard, of: of, now: now, failed: failed, callers: map[string]*caller{}, sweep: minSweep}
}

// Take takes one token of the caller's bucket, or returns how long to wait for
// one.
func (l *Limiter) Take(ctx context.Context, id string) (wait time.Duration, ok bool) {
	limit := l.limit(id)
	if limit.PerSecond <= 0 {
		return 0, true
	}
	for {
		l.mu.Lock()
		c := l.caller(id)
		now := l.now()
		switch {
		case l.store == nil:
			var g Grant
			c.bucket, g = c.bucket.Lease(limit, 1, now) // one at a time: exact, nothing leased ahead
			l.mu.Unlock()
			return g.Wait, g.Tokens > 0
		case c.tokens > 0 && now.Before(c.until):
			c.tokens--
			c.used++
			l.mu.Unlock()
			return 0, true
		case now.Before(c.refused):
			wait = c.refused.Sub(now)
			l.mu.Unlock()
			return wait, false
		case c.asking == nil:
			c.plan(limit, now)
			want := c.want
			c.asking = make(chan struct{})
			l.mu.Unlock()
			return l.ask(ctx, id, limit, c, want, now)
		}
		asking := c.asking
		l.mu.Unlock()
		// If the goroutine that is asking is cancelled, a waiter asks instead.
		select {
		case <-asking:
		case <-ctx.Done():
			return storeRetry, false
		}
	}
}

// Return gives a token back that Take has just taken, for attempts that turn out
// not to count. A limiter with a store keeps the token.
func (l *Limiter) Return(id string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if c := l.callers[id]; c != nil && l.store == nil {
		interval, _ := l.limit(id).ticks()
		c.bucket.TAT -= interval
	}
}

// limit returns the caller's own limit, or the standard one.
func (l *Limiter) limit(id string) Limit {
	if l.of != nil {
		if own := l.of(id); own != (Limit{}) {
			return own
		}
	}
	return l.standard
}

// caller returns the state of a caller, new if there is none. The lock is held.
func (l *Limiter) caller(id string) *caller {
	c := l.callers[id]
	if c == nil {
		l.bytes += callerSize + len(id)
		l.makeRoom(l.now())
		c = &caller{}
		l.callers[id] = c
	}
	return c
}

// leaseTime is how long a lease should last: long enough to save the store most
// requests, short enough that few tokens expire on a server that becomes idle.
const leaseTime = 50 * time.Millisecond

// plan sets how many tokens to ask for: as many as last for about leaseTime, by
// how long the last grant did.
func (c *caller) plan(limit Limit, now time.Time) {
	lasted := now.Sub(c.since)
	switch {
	case c.want == 0:
		c.want = 1
	case c.tokens > 0: // some expired
		c.want = max(1, c.used/2)
	case c.used > 0 && lasted < leaseTime/2:
		c.want = min(2*c.want, 1+max(limit.Burst, 1)/2)
	case c.used > 0 && lasted > 2*leaseTime:
		c.want = max(1, c.want/2)
	}
	c.tokens, c.used = 0, 0
}

// ask asks the store for tokens and uses the first.
func (l *Limiter) ask(ctx context.Context, id string, limit Limit, c *caller, want int, before time.Time) (wait time.Duration, ok bool) {
	grant, err := Grant{}, error(nil)
	defer func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		close(c.asking)
		c.asking = nil
		switch {
		case ok:
			c.tokens, c.used, c.since = grant.Tokens-1, 1, before
			c.until = before.Add(grant.For)
		case err == nil:
			c.refused = l.now().Add(grant.Wait)
		case ctx.Err() == nil: // otherwise the caller cancelled
			c.refused = l.now().Add(storeRetry)
		}
	}()
	grant, err = l.store.Lease(ctx, id, limit, want)
	if err != nil {
		if l.failed != nil && ctx.Err() == nil {
			l.failed(err)
		}
		return storeRetry, false
	}
	return grant.Wait, grant.Tokens > 0
}

// makeRoom removes callers that have no lease, wait for nothing and have a full
// bucket: their state is that of a new caller. If the others take more than
// maxCallers it removes those that are the next to become so, which gives them
// back the least. The lock is held.
func (l *Limiter) makeRoom(now time.Time) {
	if l.bytes < l.sweep {
		return
	}
	remove := func(id string) {
		delete(l.callers, id)
		l.bytes -= callerSize + len(id)
	}
	for id, c := range l.callers {
		if c.asking == nil && !c.idle().After(now) {
			remove(id)
		}
	}
	if l.bytes > maxCallers {
		soonest := slices.SortedFunc(maps.Keys(l.callers), func(a, b string) int {
			return cmp.Or(l.callers[a].idle().Compare(l.callers[b].idle()), cmp.Compare(a, b))
		})
		for _, id := range soonest {
			if l.bytes <= maxCallers/2 {
				break
			}
			if l.callers[id].asking == nil {
				remove(id)
			}
		}
	}
	l.sweep = min(max(minSweep, 2*l.bytes), maxCallers)
}

// idle returns when the caller's state will be that of a new one.
func (c *caller) idle() time.Time {
	idle := time.Unix(0, c.bucket.TAT)
	for _, t := range []time.Time{c.until, c.refused} {
		if t.After(idle) {
			idle = t
		}
	}
	return idle
}
