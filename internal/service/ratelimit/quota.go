// Package ratelimit says how much a caller may ask of the server: so many requests
// a second (Rate on one node, Shared on several), and so many readings a month
// (Monthly).
//
// Rate and Monthly count in memory: they begin anew with the process, and
// several processes do not know of each other. Shared leases tokens from a
// store that replicas share. A month that is worth money wants a ledger, which
// takes the place of Monthly.
package ratelimit

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"
)

// Limit is a rate of requests. The zero value is no limit.
type Limit struct {
	PerSecond float64 `json:"per_second"`
	Burst     int     `json:"burst"` // how many may come at once; 0 means one
}

// fastest is the highest rate that is told apart from the next.
const fastest = 1e6

// Validate reports a limit that means nothing.
func (l Limit) Validate() error {
	switch {
	case math.IsNaN(l.PerSecond) || l.PerSecond < 0 || l.PerSecond > fastest:
		return fmt.Errorf("quota: a rate of %v a second: it must be between 0, for none, and %v", l.PerSecond, fastest)
	case l.Burst < 0 || l.Burst > 1e6:
		return fmt.Errorf("quota: a burst of %d: it must be between 0 and 1000000", l.Burst)
	case l.PerSecond == 0 && l.Burst > 0:
		return fmt.Errorf("quota: a burst of %d without a rate", l.Burst)
	}
	return nil
}

// interval is the time from one request to the next.
func (l Limit) interval() time.Duration {
	return time.Duration(float64(time.Second) / min(l.PerSecond, fastest))
}

// Rate bounds how often each caller may ask. It is a token bucket in the form
// of the generic cell rate algorithm (ITU-T I.371, annex A): of each caller it
// keeps one time, that at which his bucket is full again. It is safe for
// concurrent use.
type Rate struct {
	standard Limit
	of       func(caller string) Limit
	now      func() time.Time

	mu    sync.Mutex
	full  map[string]time.Time
	sweep int // how many callers there may be before those with a full bucket are forgotten
}

// fewest callers are never swept.
const fewest = 1024

// NewRate bounds callers by their own limit, which of tells, or by the
// standard one where that is zero or of is nil.
func NewRate(standard Limit, of func(caller string) Limit, now func() time.Time) *Rate {
	return &Rate{standard: standard, of: of, now: now, full: map[string]time.Time{}, sweep: fewest}
}

// Take takes one request from the caller's bucket, or says when there will be
// one.
func (r *Rate) Take(_ context.Context, caller string) (wait time.Duration, ok bool) {
	limit := r.standard
	if r.of != nil {
		if own := r.of(caller); own != (Limit{}) {
			limit = own
		}
	}
	if limit.PerSecond <= 0 {
		return 0, true
	}
	interval := limit.interval()
	r.mu.Lock()
	defer r.mu.Unlock()
	now := r.now()
	full := r.full[caller]
	if full.Before(now) {
		full = now
	}
	full = full.Add(interval)
	if wait = full.Sub(now) - interval*time.Duration(max(limit.Burst, 1)); wait > 0 {
		return wait, false
	}
	r.full[caller] = full
	r.forget(now)
	return 0, true
}

// forget drops the callers whose bucket is full: they are as if they had
// never come.
func (r *Rate) forget(now time.Time) {
	if len(r.full) < r.sweep {
		return
	}
	for caller, full := range r.full {
		if !full.After(now) {
			delete(r.full, caller)
		}
	}
	r.sweep = max(fewest, 2*len(r.full))
}
