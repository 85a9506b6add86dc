package ratelimit

import (
	"math/rand/v2"
	"testing"
	"time"
)

// conforms reports how many of the passes, at rising times, a single bucket of
// the limit would have refused. Slack is added to its size, in time.
func conforms(l Limit, passes []time.Time, slack time.Duration) (excess int) {
	interval, burst := l.ticks()
	size := interval*burst + int64(slack)
	var full int64
	for _, at := range passes {
		next := max(full, at.UnixNano()) + interval
		if next-at.UnixNano() > size {
			excess++
			continue
		}
		full = next
	}
	return excess
}

// The judge must be able to condemn.
func TestConforms(t *testing.T) {
	start := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	l := Limit{PerSecond: 10, Burst: 2}
	at := func(ms ...int) (passes []time.Time) {
		for _, m := range ms {
			passes = append(passes, start.Add(time.Duration(m)*time.Millisecond))
		}
		return passes
	}
	for want, passes := range [][]time.Time{at(0, 0, 100, 200, 1000, 1000, 1100), at(0, 0, 99, 200), at(0, 0, 0, 0)} {
		if got := conforms(l, passes, 0); got != want {
			t.Errorf("%v: %d, want %d", passes, got, want)
		}
	}
	if conforms(l, at(0, 0, 99, 200), time.Millisecond) != 0 {
		t.Error("slack is not granted")
	}
}

// Replicas lease at random times and use their tokens at random times while
// they live: no order of it lets more pass than one bucket would. A bucket
// that did not count living tokens twice fails this with a burst of 2.
func TestBucketNeverOverAdmits(t *testing.T) {
	type token struct{ dies time.Time }
	for seed := range uint64(300) {
		random := rand.New(rand.NewPCG(seed, 5))
		l := Limit{PerSecond: []float64{0.5, 3, 10, 100, 5000}[random.IntN(5)], Burst: []int{0, 1, 2, 3, 10, 100}[random.IntN(6)]}
		interval, _ := l.ticks()
		now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		var b Bucket
		var passes []time.Time
		var tokens []token
		granted := 0
		for range 2_000 {
			// Mostly near the rate, at times a long rest.
			step := time.Duration(random.Int64N(2 * interval))
			if random.IntN(50) == 0 {
				step *= 200
			}
			now = now.Add(step)
			for range random.IntN(4) { // use some of what is alive, the youngest or the oldest first
				if len(tokens) == 0 {
					break
				}
				i := (len(tokens) - 1) * random.IntN(2)
				if now.Before(tokens[i].dies) {
					passes = append(passes, now)
				}
				tokens = append(tokens[:i], tokens[i+1:]...)
			}
			if random.IntN(2) == 0 {
				var g Grant
				b, g = b.Lease(l, 1+random.IntN(120), now)
				if g.Tokens == 0 {
					if g.Wait <= 0 {
						t.Fatalf("seed %d: refused, and to ask again after %v", seed, g.Wait)
					}
					continue
				}
				granted += g.Tokens
				passes = append(passes, now)
				for range g.Tokens - 1 {
					tokens = append(tokens, token{now.Add(g.For)})
				}
			}
		}
		if excess := conforms(l, passes, 0); excess != 0 {
			t.Errorf("seed %d, %+v: %d of %d passed beyond the limit", seed, l, excess, len(passes))
		}
		if granted < 100 {
			t.Errorf("seed %d, %+v: only %d tokens granted", seed, l, granted)
		}
	}
}

// A caller that waits as long as Wait says gets a token then, and not sooner.
func TestBucketWait(t *testing.T) {
	for _, l := range []Limit{{PerSecond: 3}, {PerSecond: 10, Burst: 5}, {PerSecond: 0.25, Burst: 2}, {PerSecond: 1e6, Burst: 1e6}, {PerSecond: 7, Burst: 1000}} {
		now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		var b Bucket
		b.TAT = now.UnixNano() + 1<<60 // empty
		for range 200 {
			next, g := b.Lease(l, 1, now)
			b = next
			if g.Tokens > 0 {
				continue
			}
			if _, early := b.Lease(l, 1, now.Add(g.Wait-1)); early.Tokens != 0 {
				t.Fatalf("%+v: a token %v early", l, time.Nanosecond)
			}
			now = now.Add(g.Wait)
			if b, g = b.Lease(l, 1, now); g.Tokens != 1 {
				t.Fatalf("%+v: none after the wait", l)
			}
		}
	}
}

// A caller that wants several tokens is asked to wait for a few, and not much
// longer than for one.
func TestBucketWaitsForSeveral(t *testing.T) {
	now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		l    Limit
		want int
		wait time.Duration
	}{
		{Limit{PerSecond: 100, Burst: 100}, 1, 10 * time.Millisecond}, {Limit{PerSecond: 100, Burst: 100}, 5, 50 * time.Millisecond},
		{Limit{PerSecond: 100, Burst: 100}, 60, 110 * time.Millisecond}, {Limit{PerSecond: 1000, Burst: 80}, 60, 11 * time.Millisecond},
		{Limit{PerSecond: 1, Burst: 100}, 60, time.Second}, {Limit{PerSecond: 10, Burst: 1}, 60, 100 * time.Millisecond},
	} {
		if _, g := (Bucket{TAT: now.UnixNano() + 1<<60}).Lease(c.l, c.want, now); g.Tokens != 0 || g.Wait != c.wait {
			t.Errorf("%+v, %d wanted: %+v, want %v", c.l, c.want, g, c.wait)
		}
	}
}

// gcra is the generic cell rate algorithm as a text book has it, for one caller.
type gcra struct {
	interval, burst time.Duration
	tat             time.Time
}

func (g *gcra) take(now time.Time) (wait time.Duration, ok bool) {
	tat := g.tat
	if tat.Before(now) {
		tat = now
	}
	tat = tat.Add(g.interval)
	if wait = tat.Sub(now) - g.interval*g.burst; wait > 0 {
		return wait, false
	}
	g.tat = tat
	return 0, true
}

// One token at a time, a bucket gives the answers of the plain algorithm.
func TestBucketIsGCRA(t *testing.T) {
	for _, l := range []Limit{{PerSecond: 10, Burst: 3}, {PerSecond: 4}, {PerSecond: 1000, Burst: 50}} {
		random := rand.New(rand.NewPCG(7, 7))
		interval, burst := l.ticks()
		plain := gcra{interval: time.Duration(interval), burst: time.Duration(burst)}
		now := newClock().at
		var b Bucket
		for i := range 5_000 {
			wait, ok := plain.take(now)
			var g Grant
			b, g = b.Lease(l, 1, now)
			if ok != (g.Tokens == 1) || !ok && wait != g.Wait {
				t.Fatalf("%+v, step %d: Lease = %+v, want ok %v after %v", l, i, g, ok, wait)
			}
			now = now.Add(time.Duration(random.Int64N(2 * interval)))
		}
	}
}

// A clock that was put back, or a limit that was lowered, shuts nobody out for
// longer than the limit itself does.
func TestBucketRecovers(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	fast, slow := Limit{PerSecond: 10, Burst: 100}, Limit{PerSecond: 10, Burst: 2}
	var b Bucket
	for b.TAT < now.UnixNano()+int64(9*time.Second) {
		b, _ = b.Lease(fast, 100, now)
	}
	for name, g := range map[string]func() Grant{
		"an hour back":    func() Grant { _, g := b.Lease(fast, 1, now.Add(-time.Hour)); return g },
		"a lowered limit": func() Grant { _, g := b.Lease(slow, 1, now); return g },
	} {
		if got := g(); got.Tokens != 0 && name == "an hour back" || got.Wait > 6*time.Second {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

func TestTicks(t *testing.T) {
	for l, want := range map[Limit][2]int64{
		{PerSecond: 10}:                  {1e8, 1},
		{PerSecond: 3, Burst: 2}:         {333_333_334, 2}, // rounded up: never faster than the limit
		{PerSecond: 1e6, Burst: 1e6}:     {1_000, 1e6},
		{PerSecond: 1e-12, Burst: 2}:     {int64(24 * time.Hour), 2},
		{PerSecond: 1e-12, Burst: 1e6}:   {int64(24 * time.Hour), 30 * 365},
		{PerSecond: 1e300, Burst: 1}:     {1_000, 1},
		{PerSecond: 1.0 / 60, Burst: 60}: {int64(time.Minute), 60},
	} {
		if interval, burst := l.ticks(); interval != want[0] || burst != want[1] {
			t.Errorf("%+v: %d, %d", l, interval, burst)
		}
	}
}
