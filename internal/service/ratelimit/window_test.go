package ratelimit

import (
	"fmt"
	"testing"
	"time"
)

// Count is exact within a slot of a tenth of a second.
func TestWindow(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	w := NewWindow(func() time.Time { return at })
	count := func(after time.Duration, caller string, want int) {
		t.Helper()
		at = at.Add(after)
		if got := w.Count(caller); got != want {
			t.Errorf("%s at %v: %d requests, want %d", caller, at.Sub(time.Unix(1_700_000_000, 0)), got, want)
		}
	}
	for i := range 10 {
		count(0, "a", i+1)
	}
	count(0, "b", 1)
	count(900*time.Millisecond, "a", 11)
	count(100*time.Millisecond, "a", 12)
	count(100*time.Millisecond, "a", 3) // the first ten are 1.1 s old
	count(-5*time.Second, "a", 4)       // a clock that was set back
	count(10*time.Second, "a", 1)
	count(time.Hour, "a", 1)
}

// Callers that have gone leave no memory.
func TestWindowForgets(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	w := NewWindow(func() time.Time { return at })
	for i := range 10_240 {
		at = at.Add(2 * time.Millisecond)
		w.Count(fmt.Sprint("caller ", i))
	}
	if n := len(w.callers); n > 3072 || w.bytes > 3*minSweep {
		t.Errorf("%d callers of %d bytes are kept, want at most 3072 of %d", n, w.bytes, 3*minSweep)
	}
}
