// Package jobs runs a server's background jobs: it releases expired holds,
// deletes expired rows, sums up past days, bills the month that is over, reports
// packs that run low, verifies the ledger, and tells other servers about
// this one.
//
// Several servers on one database all run them: every step may be repeated, so
// no server has to be elected.
package jobs

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kahao/kahao/internal/store"
)

// Options of a Runner.
type Options struct {
	*store.Store
	// Deadline is the longest time that a request takes. A hold that is twice as
	// old belongs to a process that died.
	Deadline time.Duration
	Logger   *slog.Logger
	// Report tells other servers on the same database about this one.
	Report func(context.Context) error
}

// Runner runs the jobs.
type Runner struct {
	Options
	rejections rejections
	metrics    Metrics

	mu   sync.Mutex
	runs map[string]Run
}

// Run is what is known of a job since the start.
type Run struct {
	Name   string
	Every  time.Duration
	Last   time.Time // end of the last run, zero before the first
	Took   time.Duration
	Failed uint64
	Cause  error // of the last run, nil if it succeeded
}

// Metrics are counts that the server exports.
type Metrics struct {
	Broken      atomic.Int64 // 1 if an invariant of the ledger is broken, -1 before the first check
	Held        atomic.Int64 // charges, at the last check
	Expired     atomic.Uint64
	Billed      atomic.Uint64 // accounts' months
	Alerts      atomic.Uint64
	Failed      atomic.Uint64 // failed runs
	Uncounted   atomic.Uint64 // rejections beyond maxPending
	LastChecked atomic.Int64  // Unix seconds
}

// New returns a Runner that has not run yet.
func New(o Options) *Runner {
	k := &Runner{Options: o, runs: map[string]Run{}}
	k.metrics.Broken.Store(-1)
	return k
}

// Metrics returns the live counts.
func (k *Runner) Metrics() *Metrics { return &k.metrics }

// Intervals. The daily check counts from the start of the process: a server that
// is restarted each day checks at each start.
const (
	everyReport  = 10 * time.Second
	everySweep   = 10 * time.Second
	everyFlush   = 5 * time.Second
	everyTidying = time.Minute
	everyBilling = 10 * time.Minute
	everyCheck   = 24 * time.Hour
	everyWeek    = 7 * 24 * time.Hour
)

// Missing is the time after which a server that does not report itself counts as
// missing.
const Missing = 3*everyReport + everyReport/2

// Run runs the jobs until the context ends, and then flushes once more.
func (k *Runner) Run(ctx context.Context) {
	for _, c := range []struct {
		name  string
		every time.Duration
		do    func(context.Context) error
	}{
		{"check", everyCheck, k.Check}, {"bill", everyBilling, k.Bill}, {"tidy", everyTidying, k.Tidy},
		{"alert", everyTidying, k.Alert}, {"rollup", everyTidying, k.Rollup}, {"sweep", everySweep, k.Sweep},
		{"report", everyReport, k.Report},
	} {
		if c.name == "bill" && k.Memory {
			continue // nobody could credit a balance in memory, and the service would stop
		}
		if c.name == "report" && (!k.Shared || k.Report == nil) {
			continue // nobody else is there
		}
		go k.repeat(ctx, c.name, c.every, c.do)
	}
	go func() { // not at the start: it reads the whole file
		select {
		case <-ctx.Done():
		case <-time.After(everyWeek):
			k.repeat(ctx, "integrity", everyWeek, k.Integrity)
		}
	}()
	k.repeat(ctx, "flush", everyFlush, k.Flush)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastFlush)
	defer cancel()
	k.try(last, "flush", k.Flush)
}

// lastFlush bounds the final flush.
const lastFlush = 5 * time.Second

// repeat runs a job now and then at intervals.
func (k *Runner) repeat(ctx context.Context, name string, every time.Duration, do func(context.Context) error) {
	k.note(name, func(r *Run) { r.Every = every })
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	for {
		k.try(ctx, name, do)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (k *Runner) try(ctx context.Context, name string, do func(context.Context) error) {
	start := k.Now()
	err := do(ctx)
	if ctx.Err() != nil {
		return
	}
	if err != nil {
		k.metrics.Failed.Add(1)
		k.Logger.Error("background job failed", "job", name, "cause", err)
	}
	k.note(name, func(r *Run) {
		r.Last, r.Cause = k.Now(), err
		r.Took = r.Last.Sub(start)
		if err != nil {
			r.Failed++
		}
	})
}

// note changes what is known of a job.
func (k *Runner) note(name string, change func(*Run)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r := k.runs[name]
	r.Name = name
	change(&r)
	k.runs[name] = r
}

// Runs returns the jobs that run, by name.
func (k *Runner) Runs() []Run {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.SortedFunc(maps.Values(k.runs), func(a, b Run) int { return cmp.Compare(a.Name, b.Name) })
}

// Sweep releases the holds of dead processes.
func (k *Runner) Sweep(ctx context.Context) error { return k.sweep(ctx, k.Now().Add(-2*k.Deadline)) }

// HoldTime returns the age at which Sweep has released a hold.
func HoldTime(deadline time.Duration) time.Duration { return 2*deadline + everySweep }

// Inherit releases all holds at the start of a server that has its database to
// itself: they belong to a process that died, however recently.
func (k *Runner) Inherit(ctx context.Context) error {
	if k.Shared {
		return nil
	}
	return k.sweep(ctx, k.Now())
}

func (k *Runner) sweep(ctx context.Context, before time.Time) error {
	n, err := k.Ledger.SweepHeld(ctx, before)
	if n > 0 {
		k.metrics.Expired.Add(uint64(n))
		k.Logger.Warn("released expired holds", "charges", n)
	}
	return err
}

// Tidy deletes expired rows.
func (k *Runner) Tidy(ctx context.Context) error {
	_, err := k.Ledger.Sweep(ctx, k.Now())
	return errors.Join(err, k.Logins.Sweep(ctx, k.Now()))
}

// Rollup sums up the counts of past days over all accounts.
func (k *Runner) Rollup(ctx context.Context) error {
	_, err := k.Ledger.Rollup(ctx, k.Now())
	return err
}

// Bill bills the months that are over.
func (k *Runner) Bill(ctx context.Context) error {
	bills, err := k.Accounts.BillDue(ctx)
	for _, b := range bills {
		k.metrics.Billed.Add(1)
		k.Logger.Info("billed", "appid", b.Account, "month", string(b.Month), "calls", b.Calls, "on_account", b.Postpaid, "amount", b.Amount.String())
	}
	return err
}

// Alert reports packs that run low.
func (k *Runner) Alert(ctx context.Context) error {
	now := k.Now()
	levels, err := k.Ledger.DueAlerts(ctx, now)
	if err != nil {
		return err
	}
	for _, l := range levels {
		k.metrics.Alerts.Add(1)
		k.Logger.Warn("the last pack runs low", "appid", l.Account, "pack", l.Pack.ID, "level", l.Alert.String(), "left", l.Pack.Remains(), "of", l.Pack.Total)
		if err := k.Ledger.MarkAlerted(ctx, l, now); err != nil {
			return err
		}
	}
	return nil
}

// Check verifies the ledger.
func (k *Runner) Check(ctx context.Context) error {
	report, err := k.Ledger.Verify(ctx)
	if err != nil {
		return err
	}
	k.metrics.Held.Store(report.Held)
	k.metrics.LastChecked.Store(k.Now().Unix())
	if report.Break != "" {
		k.metrics.Broken.Store(1)
		k.Logger.Error("ledger verification failed: run 'kahao ledger verify'", "break", report.Break)
		return nil
	}
	k.metrics.Broken.Store(0)
	return nil
}

// Integrity checks the database file, if the engine can.
func (k *Runner) Integrity(ctx context.Context) error {
	if c, ok := k.Engine.(interface{ Check(context.Context) error }); ok {
		return c.Check(ctx)
	}
	return nil
}

// Flush writes the rejections and the days on which keys were last used.
func (k *Runner) Flush(ctx context.Context) error {
	if err := k.Accounts.FlushUsed(ctx); err != nil {
		return err
	}
	return k.rejections.flush(ctx, k.Ledger)
}
