package ratelimit

import (
	"context"
	"sync"
	"time"
)

// Shared bounds how often each caller may ask of any number of replicas: it
// takes tokens out of leases from a store that they share. It stands where
// Rate does on one node, and is safe for concurrent use.
//
// Where the store cannot be asked it fails closed: nothing passes, for a
// second, and then it is asked again. A service that cannot reach its store
// could not charge for what it let pass either.
type Shared struct {
	leases   Leases
	standard Limit
	of       func(caller string) Limit
	now      func() time.Time
	failed   func(error)

	mu    sync.Mutex
	held  map[string]*lease
	sweep int // how many callers there may be before those without a lease are forgotten
}

// lease is what a replica knows of a caller.
type lease struct {
	tokens  int
	until   time.Time     // when they die
	used    int           // tokens of the last grant
	since   time.Time     // when they came
	want    int           // how many to ask for
	refused time.Time     // there are none before
	asking  chan struct{} // closed when the store has answered; nil when nobody asks
}

// retry is how long the store is left alone after it failed.
const retry = time.Second

// NewShared bounds callers by their own limit, which of tells, or by the
// standard one where that is zero or of is nil. What goes wrong with the store
// is told to failed, which may be nil.
func NewShared(leases Leases, standard Limit, of func(caller string) Limit, now func() time.Time, failed func(error)) *Shared {
	return &Shared{leases: leases, standard: standard, of: of, now: now, failed: failed, held: map[string]*lease{}, sweep: fewest}
}

// Take takes one request from the caller's bucket, or says when there will be
// one.
func (s *Shared) Take(ctx context.Context, caller string) (wait time.Duration, ok bool) {
	limit := s.standard
	if s.of != nil {
		if own := s.of(caller); own != (Limit{}) {
			limit = own
		}
	}
	if limit.PerSecond <= 0 {
		return 0, true
	}
	for {
		s.mu.Lock()
		h := s.lease(caller)
		now := s.now()
		switch {
		case h.tokens > 0 && now.Before(h.until):
			h.tokens--
			h.used++
			s.mu.Unlock()
			return 0, true
		case now.Before(h.refused):
			s.mu.Unlock()
			return h.refused.Sub(now), false
		case h.asking == nil:
			h.plan(limit, now)
			h.asking = make(chan struct{})
			s.mu.Unlock()
			return s.ask(ctx, caller, limit, h, now)
		}
		asking := h.asking
		s.mu.Unlock()
		// Whoever asks may give up, and one of those who wait asks instead.
		select {
		case <-asking:
		case <-ctx.Done():
			return retry, false
		}
	}
}

// lease is the caller's, made where there is none. The lock is held.
func (s *Shared) lease(caller string) *lease {
	h := s.held[caller]
	if h == nil {
		s.forget(s.now())
		h = &lease{}
		s.held[caller] = h
	}
	return h
}

// horizon is how long a lease is meant to last: long enough to spare the store
// most questions, short enough that little dies in a replica that falls idle.
const horizon = 50 * time.Millisecond

// plan sets how many tokens to ask for next: what lasts for about the horizon,
// by how long the last ones did.
func (h *lease) plan(limit Limit, now time.Time) {
	lasted := now.Sub(h.since)
	switch {
	case h.want == 0:
		h.want = 1
	case h.tokens > 0: // some died
		h.want = max(1, h.used/2)
	case h.used > 0 && lasted < horizon/2:
		h.want = min(2*h.want, 1+max(limit.Burst, 1)/2)
	case h.used > 0 && lasted > 2*horizon:
		h.want = max(1, h.want/2)
	}
	h.tokens, h.used = 0, 0
}

// ask asks the store for as many tokens as are planned, and uses the first.
func (s *Shared) ask(ctx context.Context, caller string, limit Limit, h *lease, before time.Time) (wait time.Duration, ok bool) {
	grant, err := Grant{}, error(nil)
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		close(h.asking)
		h.asking = nil
		switch {
		case ok:
			h.tokens, h.used, h.since = grant.Tokens-1, 1, before
			h.until = before.Add(grant.For)
		case err == nil:
			h.refused = s.now().Add(grant.Wait)
		case ctx.Err() == nil: // else it is the caller who went
			h.refused = s.now().Add(retry)
		}
	}()
	grant, err = s.leases.Lease(ctx, caller, limit, h.want)
	if err != nil {
		if s.failed != nil && ctx.Err() == nil {
			s.failed(err)
		}
		return retry, false
	}
	return grant.Wait, grant.Tokens > 0
}

// forget drops the callers who have no lease and wait for nothing: they are as
// if they had never come. The lock is held.
func (s *Shared) forget(now time.Time) {
	if len(s.held) < s.sweep {
		return
	}
	for caller, h := range s.held {
		if h.asking == nil && !now.Before(h.until) && !now.Before(h.refused) {
			delete(s.held, caller)
		}
	}
	s.sweep = max(fewest, 2*len(s.held))
}
