package server

import (
	"context"
	"fmt"
	"time"

	"github.com/kahao/kahao/internal/api/api3"
	"github.com/kahao/kahao/internal/api/legacy"
	"github.com/kahao/kahao/internal/jobs"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/usage"
	"github.com/kahao/kahao/internal/store"
	"github.com/kahao/kahao/internal/store/ledgerdb"
	"github.com/kahao/kahao/internal/tracing"
)

// openStore opens the database that the settings name, or one in memory, and
// its accounts: those of the accounts file, or else the demo account.
func (a *Server) openStore(ctx context.Context) (err error) {
	c := a.config
	a.store, err = store.Open(ctx, store.Options{Store: c.Store, Retention: c.KeepResults, Conceal: c.ConcealKeys, Memory: true})
	if err != nil {
		return err
	}
	a.keep = append(a.keep, a.store.Close)
	a.vendor = newVendorMetrics(a.measures, a.store.Now, a.store.Calendar, func(ctx context.Context, f usage.Filter) ([]usage.Row, error) {
		return ledgerdb.UsageRows(ctx, a.store.Engine, f)
	})
	switch {
	case c.AccountsFile != "":
		return a.provision(ctx)
	case !a.store.Shared:
		a.demo, a.created, err = a.store.EnsureDemo(ctx)
	}
	return err
}

// provision makes the accounts of the accounts file what it declares.
func (a *Server) provision(ctx context.Context) error {
	p, err := a.store.Provision(ctx, a.config.AccountsFile)
	if err != nil {
		return fmt.Errorf("accounts file: %w", err)
	}
	a.logger.Info("accounts provisioned", "accounts", p.Accounts, "keys", p.Keys, "keys_disabled", p.Disabled)
	return nil
}

// requestTime bounds what a request may take besides reading: for its body, for
// the ledger, and for the reply.
const requestTime = 30 * time.Second

// longestRequest bounds what a request may take.
func (a *Server) longestRequest() time.Duration {
	return legacy.LongestRead*a.config.ReadTimeout + requestTime
}

// openJobs prepares the background jobs.
func (a *Server) openJobs(ctx context.Context) error {
	a.jobs = jobs.New(jobs.Options{
		Store: a.store, Deadline: a.longestRequest(), Logger: a.logger, Report: a.report,
	})
	f := a.jobs.Metrics()
	a.measures.gauge("kahao_ledger_broken", func() float64 { return float64(f.Broken.Load()) })
	a.measures.gauge("kahao_ledger_held_charges", func() float64 { return float64(f.Held.Load()) })
	a.measures.gauge("kahao_ledger_checked_seconds", func() float64 { return float64(f.LastChecked.Load()) })
	a.measures.counter("kahao_ledger_expired_holds_total", f.Expired.Load)
	a.measures.counter("kahao_ledger_bills_total", f.Billed.Load)
	a.measures.counter("kahao_pack_alerts_total", f.Alerts.Load)
	a.measures.counter("kahao_job_failures_total", f.Failed.Load)
	a.measures.counter("kahao_refusals_uncounted_total", f.Uncounted.Load)
	return a.jobs.Inherit(ctx)
}

// startJobs runs the background jobs, and returns a function that stops them
// and waits for their end.
func (a *Server) startJobs() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		a.jobs.Run(ctx)
	}()
	return func() {
		cancel()
		<-done
		a.leave()
	}
}

// observe counts one request in the metrics, and in the account's usage if the
// ledger does not have it.
func (a *Server) observe(ctx context.Context, o legacy.Outcome) {
	a.measures.observe(ctx, o)
	tracing.Record(ctx, tracing.Request{
		API: "legacy", Route: o.Route, Condition: o.Condition.Row().Name, Outcome: outcome(o.Condition),
		Images: len(o.Images), Bytes: o.Bytes, Stages: o.Intervals,
	})
	who := ledger.Caller{Account: o.AppID, Key: o.Key, Bucket: o.Bucket, API: legacy.API}
	a.count(who, o.Route == "bankcard" && !o.Counted, o.Condition.Row().Code, o.Took)
}

// count notes the use of a key, and adds a refused call, which the ledger does not
// have, to the account's usage. A request without an account counts nowhere.
func (a *Server) count(who ledger.Caller, refused bool, code int, took time.Duration) {
	if who.Account == "" {
		return
	}
	accounts := a.store.Accounts
	accounts.Used(who.Key)
	if refused {
		who.User = accounts.UserOf(who.Key)
		a.jobs.Refused(who, code, took)
	}
}

// observeAPI3 is observe for API 3.0. What is none of its actions counts as a call
// of the API.
func (a *Server) observeAPI3(ctx context.Context, o api3.Outcome) {
	a.measures.observeAPI3(ctx, o)
	tracing.Record(ctx, tracing.Request{
		API: "api3", Route: o.Action, Condition: o.Condition.Row().Name, Outcome: outcomeAPI3(o.Condition),
		Images: min(o.Bytes, 1), Bytes: o.Bytes, Stages: o.Intervals,
	})
	a.vendor.observe(o)
	who := ledger.Caller{Account: o.AppID, Key: o.Key, API: o.Action}
	if o.Action == api3.OtherAction {
		who.API = api3.API
	}
	a.count(who, !o.Counted, o.Condition.Row().Number, o.Took)
}
