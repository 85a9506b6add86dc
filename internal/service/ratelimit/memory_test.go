package ratelimit

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// More callers than fit, all of whom must be remembered, are forgotten from the
// one that is the next to have its tokens back: the one who has to wait longest
// still waits. The bytes of all, names included, stay within the bound.
func TestCallersAreBounded(t *testing.T) {
	c := newClock()
	// A token comes back in a day.
	r := New(Limit{PerSecond: 1.0 / 86400}, nil, c.now)
	name := func(i int) string { return fmt.Sprint(strings.Repeat("n", i%1000), i) }
	for i := range 100_000 {
		if _, ok := r.Take(t.Context(), name(i)); !ok {
			t.Fatalf("caller %d is refused at the first request", i)
		}
		c.pass(time.Millisecond)
		if r.bytes > maxCallers {
			t.Fatalf("after %d callers: %d bytes, want at most %d", i, r.bytes, maxCallers)
		}
	}
	bytes := 0
	for id := range r.callers {
		bytes += callerSize + len(id)
	}
	if bytes != r.bytes || bytes < maxCallers/3 {
		t.Errorf("%d bytes of callers are kept, counted as %d, want at least %d", bytes, r.bytes, maxCallers/3)
	}
	for _, i := range []int{99_999, 99_000, 95_000} {
		if _, ok := r.Take(t.Context(), name(i)); ok {
			t.Errorf("caller %d of 100,000 is forgotten, want an earlier one", i)
		}
	}
	if _, ok := r.Take(t.Context(), name(0)); !ok {
		t.Error("the first caller is remembered, want that others are")
	}
}

// The same of the counts of the last second, however many callers ask in it.
func TestWindowIsBounded(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	w := NewWindow(func() time.Time { return at })
	for i := range 100_000 {
		if n := w.Count(fmt.Sprint(strings.Repeat("n", i%1000), i)); n != 1 {
			t.Fatalf("caller %d has %d requests, want 1", i, n)
		}
		if w.bytes > maxCallers {
			t.Fatalf("after %d callers: %d bytes, want at most %d", i, w.bytes, maxCallers)
		}
	}
	if n := w.Count(fmt.Sprint(strings.Repeat("n", 999), 99_999)); n != 2 {
		t.Errorf("the last caller has %d requests, want 2", n)
	}
}
