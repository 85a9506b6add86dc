// Package jobs is what a server does for its books beside answering: it gives
// back what dead processes held, deletes what is past its time, bills the month
// that is over, tells of packs that run low, and checks that the books are
// whole.
//
// Several servers on one database all do it: each verb is safe to be done
// twice, and nobody has to be chosen.
package jobs

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/kahao/kahao/internal/store"
)

// Options of a Keeper.
type Options struct {
	*store.Stores
	// Deadline is the longest that a request may take: what was held for twice
	// as long was held by a process that died.
	Deadline time.Duration
	Logger   *slog.Logger
}

// Keeper does the chores.
type Keeper struct {
	Options
	refusals refusals
	figures  Figures
}

// Figures are counts for the metrics.
type Figures struct {
	Broken     atomic.Int64 // 1 where an invariant of the books does not hold; -1 before they were looked at
	Held       atomic.Int64 // charges, when the books were last looked at
	Swept      atomic.Uint64
	Billed     atomic.Uint64 // accounts' months
	Alerts     atomic.Uint64
	Failed     atomic.Uint64 // chores that could not be done
	Uncounted  atomic.Uint64 // refusals that there was no room to count
	LastLooked atomic.Int64  // when the books were last looked at, in Unix seconds
}

// New returns a Keeper that has done nothing yet.
func New(o Options) *Keeper {
	k := &Keeper{Options: o}
	k.figures.Broken.Store(-1)
	return k
}

// Figures are those of the keeper, which go on counting.
func (k *Keeper) Figures() *Figures { return &k.figures }

// How often each is done. A day's check of the books goes by the clock of the
// process: a server that is started each day checks at each start.
const (
	everySweep   = 10 * time.Second
	everyFlush   = 5 * time.Second
	everyTidying = time.Minute
	everyBilling = 10 * time.Minute
	everyCheck   = 24 * time.Hour
	everyWeek    = 7 * 24 * time.Hour
)

// Run does the chores until the context ends, and then writes what is not
// written yet.
func (k *Keeper) Run(ctx context.Context) {
	for _, c := range []struct {
		name  string
		every time.Duration
		do    func(context.Context) error
	}{
		{"check", everyCheck, k.Check}, {"bill", everyBilling, k.Bill}, {"tidy", everyTidying, k.Tidy},
		{"alert", everyTidying, k.Alert}, {"sweep", everySweep, k.Sweep},
	} {
		if c.name == "bill" && k.Memory {
			continue // nobody could credit a balance in memory, and the service would stop
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

// lastFlush is how long the last writing may take.
const lastFlush = 5 * time.Second

// repeat does a chore at once and then at intervals.
func (k *Keeper) repeat(ctx context.Context, name string, every time.Duration, do func(context.Context) error) {
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

func (k *Keeper) try(ctx context.Context, name string, do func(context.Context) error) {
	if err := do(ctx); err != nil && ctx.Err() == nil {
		k.figures.Failed.Add(1)
		k.Logger.Error("a chore failed", "chore", name, "cause", err)
	}
}

// Sweep gives back what dead processes held.
func (k *Keeper) Sweep(ctx context.Context) error { return k.sweep(ctx, k.Now().Add(-2*k.Deadline)) }

// Inherit is for the start of a server that has its books to itself: what is
// held then was held by one that died, however short a time ago.
func (k *Keeper) Inherit(ctx context.Context) error {
	if k.Shared {
		return nil
	}
	return k.sweep(ctx, k.Now())
}

func (k *Keeper) sweep(ctx context.Context, before time.Time) error {
	n, err := k.Books.SweepHeld(ctx, before)
	if n > 0 {
		k.figures.Swept.Add(uint64(n))
		k.Logger.Warn("gave back what was held by requests that never ended", "charges", n)
	}
	return err
}

// Tidy deletes what is past its time.
func (k *Keeper) Tidy(ctx context.Context) error {
	_, err := k.Books.Sweep(ctx, k.Now())
	return err
}

// Bill charges months that are over.
func (k *Keeper) Bill(ctx context.Context) error {
	bills, err := k.Registry.BillDue(ctx)
	for _, b := range bills {
		k.figures.Billed.Add(1)
		k.Logger.Info("billed", "appid", b.Account, "month", string(b.Month), "calls", b.Calls, "on_account", b.Postpaid, "amount", b.Amount.String())
	}
	return err
}

// Alert tells of packs that run low.
func (k *Keeper) Alert(ctx context.Context) error {
	now := k.Now()
	levels, err := k.Books.DueAlerts(ctx, now)
	if err != nil {
		return err
	}
	for _, l := range levels {
		k.figures.Alerts.Add(1)
		k.Logger.Warn("the last pack runs low", "appid", l.Account, "pack", l.Pack.ID, "level", l.Alert.String(), "left", l.Pack.Remains(), "of", l.Pack.Total)
		if err := k.Books.MarkAlerted(ctx, l, now); err != nil {
			return err
		}
	}
	return nil
}

// Check verifies the books.
func (k *Keeper) Check(ctx context.Context) error {
	report, err := k.Books.Verify(ctx)
	if err != nil {
		return err
	}
	k.figures.Held.Store(report.Held)
	k.figures.LastLooked.Store(k.Now().Unix())
	if report.Break != "" {
		k.figures.Broken.Store(1)
		k.Logger.Error("the books are not whole: run 'kahao ledger verify'", "break", report.Break)
		return nil
	}
	k.figures.Broken.Store(0)
	return nil
}

// Integrity checks the database file, if the engine can.
func (k *Keeper) Integrity(ctx context.Context) error {
	if c, ok := k.Engine.(interface{ Check(context.Context) error }); ok {
		return c.Check(ctx)
	}
	return nil
}

// Flush writes refusals and the days on which keys were used.
func (k *Keeper) Flush(ctx context.Context) error {
	if err := k.Registry.FlushUsed(ctx); err != nil {
		return err
	}
	return k.refusals.flush(ctx, k.Books)
}
