package ratelimit

import (
	"context"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// clock is a time that tests move.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func (c *clock) pass(d time.Duration) { c.at = c.at.Add(d) }

func newClock() *clock { return &clock{time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)} }

func TestRate(t *testing.T) {
	c := newClock()
	r := New(Limit{PerSecond: 10, Burst: 3}, nil, c.now)
	take := func(want bool, wait time.Duration) {
		t.Helper()
		if got, ok := r.Take(t.Context(), "a"); ok != want || got != wait {
			t.Fatalf("Take = %v, %v, want %v, %v", got, ok, wait, want)
		}
	}
	for range 3 {
		take(true, 0)
	}
	take(false, 100*time.Millisecond)
	c.pass(99 * time.Millisecond)
	take(false, time.Millisecond)
	c.pass(time.Millisecond)
	take(true, 0)
	take(false, 100*time.Millisecond)
	// A bucket fills up to its burst and no further.
	c.pass(time.Hour)
	for range 3 {
		take(true, 0)
	}
	take(false, 100*time.Millisecond)
	// Others have their own.
	if _, ok := r.Take(t.Context(), "b"); !ok {
		t.Error("one caller's requests count for another")
	}
}

func TestOwnLimits(t *testing.T) {
	c := newClock()
	own := map[string]Limit{"one": {PerSecond: 1}, "many": {PerSecond: 1, Burst: 50}}
	for standard, others := range map[Limit]int{{}: 100, {PerSecond: 0.5, Burst: 2}: 2} {
		r := New(standard, func(caller string) Limit { return own[caller] }, c.now)
		for caller, want := range map[string]int{"one": 1, "many": 50, "other": others} {
			n := 0
			for range 100 {
				if _, ok := r.Take(t.Context(), caller); ok {
					n++
				}
			}
			if n != want {
				t.Errorf("%v, %s: %d of 100, want %d", standard, caller, n, want)
			}
		}
	}
}

// Over any time, no more pass than the burst and the rate allow, and all that
// are allowed do.
func TestRateIsExact(t *testing.T) {
	c := newClock()
	r := New(Limit{PerSecond: 7, Burst: 5}, nil, c.now)
	passed := 0
	for range 30_000 {
		if _, ok := r.Take(t.Context(), "a"); ok {
			passed++
		}
		c.pass(time.Millisecond)
	}
	if passed < 5+7*30-1 || passed > 5+7*30 {
		t.Errorf("%d passed in 30 s", passed)
	}
}

func TestRateAtOnce(t *testing.T) {
	c := newClock()
	r := New(Limit{PerSecond: 1, Burst: 10}, nil, c.now)
	var passed atomic.Int64
	var wait sync.WaitGroup
	for range 64 {
		wait.Go(func() {
			if _, ok := r.Take(context.Background(), "a"); ok {
				passed.Add(1)
			}
		})
	}
	wait.Wait()
	if n := passed.Load(); n != 10 {
		t.Errorf("%d passed, want 10", n)
	}
}

// Callers who come once do not stay, and forgetting them gives nobody more.
func TestRateForgets(t *testing.T) {
	c := newClock()
	r := New(Limit{PerSecond: 1}, nil, c.now)
	for i := range 100_000 {
		r.Take(t.Context(), fmt.Sprint(i))
		c.pass(2 * time.Millisecond)
		if r.bytes > 4*minSweep || len(r.callers) > 4096 {
			t.Fatalf("%d callers of %d bytes are kept after %d", len(r.callers), r.bytes, i)
		}
	}
	if _, ok := r.Take(t.Context(), "99999"); ok {
		t.Error("the last caller was removed before its bucket was full")
	}
}

func TestValidate(t *testing.T) {
	for l, good := range map[Limit]bool{
		{}: true, {PerSecond: 0.1}: true, {PerSecond: 10, Burst: 20}: true, {PerSecond: 1e6, Burst: 1e6}: true,
		{PerSecond: -1}: false, {PerSecond: 1e7}: false, {PerSecond: math.Inf(1)}: false, {PerSecond: 1, Burst: -1}: false, {Burst: 1}: false, {PerSecond: 1, Burst: 2e6}: false,
	} {
		if err := l.Validate(); (err == nil) != good {
			t.Errorf("%+v: %v", l, err)
		}
	}
	if (Limit{PerSecond: math.NaN()}).Validate() == nil {
		t.Error("NaN is a rate")
	}
}

// TestReturn expects a returned token to be there again, and no more than the
// burst.
func TestReturn(t *testing.T) {
	c := newClock()
	l := New(Limit{PerSecond: 1, Burst: 2}, nil, c.now)
	l.Return("a") // of an unknown caller: no effect
	for range 10 {
		if _, ok := l.Take(t.Context(), "a"); !ok {
			t.Fatal("Take after Return: refused")
		}
		l.Return("a")
	}
	passed := 0
	for range 10 {
		if _, ok := l.Take(t.Context(), "a"); ok {
			passed++
		}
	}
	if passed != 2 {
		t.Errorf("%d tokens after as many returned as taken, want the burst of 2", passed)
	}
}
