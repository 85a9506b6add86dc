// Package ratelimit bounds how many requests a caller may send per second.
//
// One algorithm serves one server and many: a token bucket in the form of the
// generic cell rate algorithm (ITU-T I.371, annex A). A Limiter keeps buckets in
// memory, or leases tokens from a store that several servers share.
package ratelimit

import (
	"fmt"
	"math"
	"time"
)

// Limit is a rate of requests. The zero value is no limit.
type Limit struct {
	PerSecond float64 `json:"per_second"`
	Burst     int     `json:"burst"` // how many may come at once; 0 means one
}

// maxRate is the highest rate, in requests per second.
const maxRate = 1e6

// Validate returns an error for a limit outside its bounds.
func (l Limit) Validate() error {
	switch {
	case math.IsNaN(l.PerSecond) || l.PerSecond < 0 || l.PerSecond > maxRate:
		return fmt.Errorf("rate limit: %v requests per second: want 0 (no limit) to %v", l.PerSecond, maxRate)
	case l.Burst < 0 || l.Burst > 1e6:
		return fmt.Errorf("rate limit: burst %d: want 0 to 1000000", l.Burst)
	case l.PerSecond == 0 && l.Burst > 0:
		return fmt.Errorf("rate limit: burst %d without a rate", l.Burst)
	}
	return nil
}

// ticks returns the limit as whole nanoseconds between tokens, rounded up so
// that it is never faster than the rate, and as a number of tokens. Rates below
// one per day count as one per day; a burst that takes more than 30 years to
// fill is cut.
func (l Limit) ticks() (interval, burst int64) {
	const maxInterval, maxFill = 24 * time.Hour, 30 * 365 * 24 * time.Hour
	interval = int64(maxInterval)
	if ns := math.Ceil(float64(time.Second) / min(l.PerSecond, maxRate)); ns < float64(maxInterval) {
		interval = int64(ns)
	}
	return interval, min(int64(max(l.Burst, 1)), int64(maxFill)/interval)
}
