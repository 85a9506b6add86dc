package ratelimit

import (
	"context"
	"math"
	"time"
)

// Leases is the one place that replicas share: a row for each key, of which
// they lease tokens ahead (spec/storage.md, section 7). An implementation reads
// the key's Bucket, calls its Lease by its own clock, and keeps what results,
// all in one transaction. It is safe for concurrent use.
//
// The clock is the store's, so that those of the replicas need not agree.
type Leases interface {
	// Lease takes up to want tokens, at least one, for the key.
	Lease(ctx context.Context, key string, limit Limit, want int) (Grant, error)
}

// Grant is the answer to a question for tokens.
type Grant struct {
	// Tokens is how many there are: the first to be used at once, the others
	// ahead.
	Tokens int
	// For is how long the others may be used. It counts from before the
	// question, which the replica knows by its own clock; what is not used
	// dies then.
	For time.Duration
	// Wait is when to ask again, where there are none: when the first comes,
	// or a few more where they come fast.
	Wait time.Duration
}

// Bucket is what a store keeps for a key. The zero Bucket is that of a key
// which nobody asked for. Times are Unix nanoseconds, which a store must not
// round: at a million requests a second each lasts a thousand.
//
// It is a token bucket in the form of Rate. Tokens that are leased ahead are
// counted twice over while they live: they are taken, and so that a full
// bucket and a lease used late cannot meet, it fills up only as far as the
// burst without them. So all replicas together never let more pass than one
// Rate would, whatever they do: over any time, the burst and what the rate
// gives in it. A request counts as passed when the store grants its token.
type Bucket struct {
	Full  int64 // when the bucket is full again
	Until int64 // when all tokens that were leased ahead are dead
	Ahead int64 // how many were
}

// longestLease is how long a token can live.
const longestLease = time.Second

// Lease returns the bucket after a question for tokens at a time, and the
// answer. Keys without a limit are not leased.
//
// At most half of the burst is ahead at a time, and for no longer than it
// takes to fill that half again or a second, so that a burst of 1 is never
// leased ahead; a rate that many replicas share should have a burst of what it
// gives in a second.
func (b Bucket) Lease(l Limit, want int, at time.Time) (Bucket, Grant) {
	now := at.UnixNano()
	interval, burst := l.ticks()
	size := interval * burst
	life := min(int64(longestLease), size/2)

	// A clock that was put back, or a limit that was lowered, must not shut
	// the key for the difference: an empty bucket is safe at any time.
	b.Full = min(b.Full, now+size)
	b.Until = min(b.Until, now+int64(longestLease))
	if b.Ahead > 0 && now >= b.Until {
		// Up to the end of the lease it filled up to less than the burst.
		b.Full, b.Ahead = max(b.Full, b.Until+b.Ahead*interval), 0
	}
	b.Full = max(b.Full, now+b.Ahead*interval)

	left := (now + size - b.Full) / interval
	if left <= 0 {
		// A busy key is worth coming back to when there are several, for a
		// tenth of a second at most.
		several := min(int64(max(want, 1)), 1+burst/8, 1+int64(longestLease/10)/interval)
		return b, Grant{Wait: time.Duration(b.Full + several*interval - size - now)}
	}
	tokens := min(int64(max(want, 1)), left)
	if b.Ahead == 0 {
		b.Until = now + life
	}
	if b.Until-now < life/4 { // they would be dead on arrival
		tokens = 1
	}
	ahead := min(tokens-1, max(0, burst/2-b.Ahead))
	b.Ahead += ahead
	b.Full += (ahead + 1) * interval
	return b, Grant{Tokens: int(ahead) + 1, For: time.Duration(b.Until - now)}
}

// ticks is the limit in whole nanoseconds from one token to the next, never
// less than the rate gives, and in tokens. Rates below one a day count as
// that; a burst that takes longer than 30 years is cut.
func (l Limit) ticks() (interval, burst int64) {
	const slowest, longest = 24 * time.Hour, 30 * 365 * 24 * time.Hour
	interval = int64(slowest)
	if ns := math.Ceil(float64(time.Second) / min(l.PerSecond, fastest)); ns < float64(slowest) {
		interval = int64(ns)
	}
	return interval, min(int64(max(l.Burst, 1)), int64(longest)/interval)
}
