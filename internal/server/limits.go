package server

import (
	"context"
	"math"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/store/accountdb"
)

// rate limits callers by their own limit, or by the default one; of may be nil.
// Servers that share a database share the limits, too.
func (a *Server) rate(standard ratelimit.Limit, kind string, of func(string) ratelimit.Limit) legacy.Rate {
	if !a.store.Shared {
		return ratelimit.New(standard, of, time.Now)
	}
	own := of
	if of != nil {
		own = func(caller string) ratelimit.Limit { return of(strings.TrimPrefix(caller, kind)) }
	}
	return scoped{kind, ratelimit.NewDistributed(accountdb.NewLeases(a.store.Engine, nil), standard, own, time.Now, func(err error) {
		a.logger.Error("rate limiter store unavailable; rejecting rate-limited callers", "cause", err)
	})}
}

// scoped prefixes callers with their kind, because all kinds share one table.
type scoped struct {
	kind string
	legacy.Rate
}

// Take takes one request of the caller.
func (s scoped) Take(ctx context.Context, caller string) (wait time.Duration, ok bool) {
	return s.Rate.Take(ctx, s.kind+caller)
}

// limit returns a rate limit whose burst is one second's worth if burst is 0.
func limit(perSecond float64, burst int) ratelimit.Limit {
	if perSecond > 0 && burst == 0 {
		burst = int(math.Ceil(perSecond))
	}
	return ratelimit.Limit{PerSecond: perSecond, Burst: burst}
}
