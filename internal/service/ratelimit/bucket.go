package ratelimit

import (
	"context"
	"time"
)

// LeaseStore keeps one Bucket per key for all servers, which lease tokens from
// it ahead of use. An implementation reads the key's Bucket, calls its Lease
// with the store's clock and writes the result, in one transaction. It is safe
// for concurrent use.
//
// The store's clock decides, so the servers' clocks need not agree.
type LeaseStore interface {
	// Lease takes up to want tokens of the key, at least one.
	Lease(ctx context.Context, key string, limit Limit, want int) (Grant, error)
}

// Grant is the answer to a request for tokens.
type Grant struct {
	// Tokens is the number granted: one to use at once, the others ahead.
	Tokens int
	// For is how long the tokens ahead may be used, counted from before the
	// request by the server's own clock. Unused tokens expire then.
	For time.Duration
	// Wait is when to ask again if no token was granted: when the next one, or
	// the next few at a high rate, are there.
	Wait time.Duration
}

// Bucket is the state of a key. The zero Bucket is that of an unused key. Times
// are Unix nanoseconds, and a store must not round them: at a million requests
// per second a token lasts a thousand.
//
// Tokens leased ahead count twice while they live: they are taken, and the
// bucket fills only up to the burst without them. Otherwise a full bucket and a
// lease used late could add up to more than one burst. So all servers together
// never let more pass than one bucket would: in any period, the burst plus the
// rate times the period. A request counts as passed when the store grants its
// token.
type Bucket struct {
	TAT   int64 // theoretical arrival time: when the bucket is full again
	Until int64 // when all tokens leased ahead have expired
	Ahead int64 // number of tokens leased ahead
}

// maxLease is the longest life of a token.
const maxLease = time.Second

// Lease returns the bucket after a request for tokens, and the grant. A key
// without a limit has no bucket.
//
// At most half the burst is leased ahead, for at most a second and at most the
// time that this half takes to fill. So a burst of 1 is never leased ahead; a
// rate shared by many servers should have a burst of one second's tokens.
func (b Bucket) Lease(l Limit, want int, at time.Time) (Bucket, Grant) {
	now := at.UnixNano()
	interval, burst := l.ticks()
	size := interval * burst
	life := min(int64(maxLease), size/2)

	// A clock that was set back, or a limit that was lowered, must not block the
	// key for the difference. An empty bucket is always safe.
	b.TAT = min(b.TAT, now+size)
	b.Until = min(b.Until, now+int64(maxLease))
	if b.Ahead > 0 && now >= b.Until {
		// Until the lease ended the bucket filled to less than the burst.
		b.TAT, b.Ahead = max(b.TAT, b.Until+b.Ahead*interval), 0
	}
	b.TAT = max(b.TAT, now+b.Ahead*interval)

	left := (now + size - b.TAT) / interval
	if left <= 0 {
		// On a busy key, wait for several tokens, at most a tenth of a second.
		several := min(int64(max(want, 1)), 1+burst/8, 1+int64(maxLease/10)/interval)
		return b, Grant{Wait: time.Duration(b.TAT + several*interval - size - now)}
	}
	tokens := min(int64(max(want, 1)), left)
	if b.Ahead == 0 {
		b.Until = now + life
	}
	if b.Until-now < life/4 { // they would expire before they arrive
		tokens = 1
	}
	ahead := min(tokens-1, max(0, burst/2-b.Ahead))
	b.Ahead += ahead
	b.TAT += (ahead + 1) * interval
	return b, Grant{Tokens: int(ahead) + 1, For: time.Duration(b.Until - now)}
}
