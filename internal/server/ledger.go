package server

import (
	"context"
	"strings"
	"time"

	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/failpoint"
	"github.com/kahao/kahao/internal/jobs"
	"github.com/kahao/kahao/internal/server/charging"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/ratelimit"
	"github.com/kahao/kahao/internal/store/accountdb"
)

// openLedger takes accounts from the database, and counts there.
func (a *App) openLedger(o *legacy.Options) {
	s := a.accounts.stores
	o.Accounts = s.Registry
	o.Meter, o.Ledger = &charging.Meter{Ledger: failpoint.Inject(s.Books), Replies: s.Replies, Spent: s.Books.Spent, OneOffAge: a.config.SingleUseAge, Now: s.Now}, true
	o.Results = charging.Results{Store: s.Replies}
	o.Rate = a.rate(limit(a.config.Rate, a.config.Burst), "account:", s.Registry.Limit)
	o.KeyRate = a.rate(ratelimit.Limit{}, "key:", s.Registry.KeyLimit)
}

// rate bounds callers by their own limit, or by the standard one. What several
// servers share they bound together.
func (a *App) rate(standard ratelimit.Limit, kind string, of func(string) ratelimit.Limit) legacy.Rate {
	s := a.accounts.stores
	if !s.Shared {
		return ratelimit.New(standard, of, time.Now)
	}
	own := func(caller string) ratelimit.Limit { return of(strings.TrimPrefix(caller, kind)) }
	return scoped{kind, ratelimit.NewDistributed(accountdb.NewLeases(s.Engine, nil), standard, own, time.Now, func(err error) {
		a.logger.Error("the rates cannot be asked for, and nothing passes that has one", "cause", err)
	})}
}

// scoped tells callers of several kinds apart, who share one table.
type scoped struct {
	kind string
	legacy.Rate
}

// Take takes one request of the caller.
func (s scoped) Take(ctx context.Context, caller string) (wait time.Duration, ok bool) {
	return s.Rate.Take(ctx, s.kind+caller)
}

// requestTime is the longest that a request may take besides reading: for its
// body, for the books, and for the reply.
const requestTime = 30 * time.Second

// openKeeper prepares what is done for the books beside answering.
func (a *App) openKeeper(ctx context.Context) error {
	if a.accounts.stores == nil {
		return nil
	}
	a.keeper = jobs.New(jobs.Options{
		Stores: a.accounts.stores, Deadline: legacy.LongestRead*a.config.ReadTimeout + requestTime, Logger: a.logger,
	})
	f := a.keeper.Figures()
	a.measures.gauge("kahao_ledger_broken", func() float64 { return float64(f.Broken.Load()) })
	a.measures.gauge("kahao_ledger_held_charges", func() float64 { return float64(f.Held.Load()) })
	a.measures.gauge("kahao_ledger_checked_seconds", func() float64 { return float64(f.LastLooked.Load()) })
	a.measures.counter("kahao_ledger_swept_total", f.Swept.Load)
	a.measures.counter("kahao_ledger_bills_total", f.Billed.Load)
	a.measures.counter("kahao_pack_alerts_total", f.Alerts.Load)
	a.measures.counter("kahao_chores_failed_total", f.Failed.Load)
	a.measures.counter("kahao_refusals_uncounted_total", f.Uncounted.Load)
	return a.keeper.Inherit(ctx)
}

// keepBooks does the chores, and returns what ends them and waits for that.
func (a *App) keepBooks() (stop func()) {
	if a.keeper == nil {
		return func() {}
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.keeper.Run(ctx)
	}()
	return func() {
		cancel()
		<-done
	}
}

// observe counts one request: for the figures, and for the account's usage what
// the books do not know of.
func (a *App) observe(ctx context.Context, o legacy.Outcome) {
	a.measures.observe(ctx, o)
	if a.keeper == nil || o.AppID == "" {
		return
	}
	registry := a.accounts.stores.Registry
	registry.Used(o.Key)
	if o.Route == "bankcard" && !o.Counted {
		who := ledger.Caller{Account: o.AppID, User: registry.UserOf(o.Key), Key: o.Key, Bucket: o.Bucket, API: legacy.API}
		a.keeper.Refused(who, o.Condition.Row().Code, o.Took)
	}
}
