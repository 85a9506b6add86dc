package parallel

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// Results come in order although the first takes longest, and no more than the
// given number of calls run at once.
func TestOrdered(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var running, peak atomic.Int64
		var got []int
		err := Ordered(t.Context(), 3, 20, func(_ context.Context, i int) int {
			now := running.Add(1)
			defer running.Add(-1)
			if now > peak.Load() {
				peak.Store(now)
			}
			time.Sleep(time.Duration(20-i) * time.Second)
			return 10 * i
		}, func(i, result int) error {
			if result != 10*i {
				t.Errorf("emit(%d, %d), want %d", i, result, 10*i)
			}
			got = append(got, i)
			return nil
		})
		if err != nil || len(got) != 20 || !slices.IsSorted(got) {
			t.Errorf("Ordered = %v with results of %v, want no error and 0 to 19", err, got)
		}
		if peak.Load() != 3 {
			t.Errorf("%d calls ran at once, want 3", peak.Load())
		}
	})
}

// An error of emit, or the end of the context, stops the work; synctest fails
// if a goroutine is left.
func TestOrderedStops(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := errors.New("broken")
		var calls atomic.Int64
		work := func(ctx context.Context, i int) int { calls.Add(1); time.Sleep(time.Second); return i }
		err := Ordered(t.Context(), 2, 1000, work, func(i, _ int) error {
			if i == 3 {
				return broken
			}
			return nil
		})
		if !errors.Is(err, broken) || calls.Load() > 100 {
			t.Errorf("Ordered = %v after %d calls, want the error of emit soon", err, calls.Load())
		}
		ctx, cancel := context.WithCancel(t.Context())
		err = Ordered(ctx, 2, 1000, work, func(i, _ int) error { cancel(); return nil })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("Ordered = %v after the end of the context, want its error", err)
		}
	})
}
