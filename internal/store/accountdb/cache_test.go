package accountdb

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestCache(t *testing.T) {
	c := newCache(appsMemory, func(int) int { return 8 })
	now, loads := time.Unix(0, 0), 0
	check := func(when, key string, want int) {
		t.Helper()
		got, err := c.get(t.Context(), key, now, func(context.Context) (int, error) { loads++; return loads, nil })
		if err != nil || got != want {
			t.Errorf("%s: get(%s) = %d, %v; want %d", when, key, got, err, want)
		}
	}
	if _, ok := c.peek("a"); ok {
		t.Error("peek of an empty cache found an entry")
	}
	check("first", "a", 1)
	check("cached", "a", 1)
	check("another key", "b", 2)
	now = now.Add(Fresh - 1)
	check("just before it expires", "a", 1)
	now = now.Add(1)
	if n, ok := c.peek("a"); n != 1 || !ok {
		t.Errorf("peek of an expired entry = %d, %v; want 1, true", n, ok)
	}
	check("expired", "a", 3)
	c.clear()
	if _, ok := c.peek("a"); ok {
		t.Error("peek after clear found an entry")
	}
	check("after clear", "a", 4)
	if _, err := c.get(t.Context(), "c", now, func(context.Context) (int, error) { return 0, errors.New("no store") }); err == nil {
		t.Error("get lost the error of the load")
	}
	check("after an error", "c", 5)
	// A value that changes while it is loaded is loaded again.
	_, _ = c.get(t.Context(), "d", now, func(context.Context) (int, error) { c.clear(); return -1, nil })
	check("cleared during a load", "d", 6)
}

// Probing random keys evicts single entries, not the whole cache: a key in use
// stays. The bytes of all entries stay within the bound.
func TestCacheIsBounded(t *testing.T) {
	const max = 1 << 20
	c := newCache(max, func(bool) int { return 100 })
	loads := 0
	used := func(context.Context) (bool, error) { loads++; return true, nil }
	miss := func(context.Context) (bool, error) { return false, nil }
	for i := range 10_000 {
		_, _ = c.get(t.Context(), "in use", time.Time{}, used)
		_, _ = c.get(t.Context(), strconv.Itoa(i), time.Time{}, miss)
		if c.bytes > max {
			t.Fatalf("the cache has %d bytes, want at most %d", c.bytes, max)
		}
	}
	if loads != 1 {
		t.Errorf("the key in use was loaded %d times, want once", loads)
	}
	if c.bytes < max-1000 {
		t.Errorf("the cache has %d bytes, want nearly %d: it evicts too much", c.bytes, max)
	}
	c.clear()
	if c.bytes != 0 {
		t.Errorf("an empty cache has %d bytes", c.bytes)
	}
}

// A large value evicts many small ones, an entry that is loaded again counts once,
// and a value that is larger than the cache stays until the next: the rate of its
// account is read from it.
func TestCacheCountsBytes(t *testing.T) {
	const max = 100_000
	c := newCache(max, func(n int) int { return n })
	now := time.Unix(0, 0)
	load := func(key string, size int) {
		t.Helper()
		now = now.Add(2 * Fresh) // so that it is loaded
		if _, err := c.get(t.Context(), key, now, func(context.Context) (int, error) { return size, nil }); err != nil {
			t.Fatalf("get(%s): %v", key, err)
		}
	}
	for i := range 50 {
		load(strconv.Itoa(i), 1000)
	}
	if n := c.entries.Len(); n != 50 {
		t.Fatalf("%d entries of 1 kB, want all 50", n)
	}
	load("large", 90_000)
	if n := c.entries.Len(); n > 8 || c.bytes > max {
		t.Errorf("after an entry of 90 kB: %d entries of %d bytes, want at most 8 of %d", n, c.bytes, max)
	}
	before := c.bytes
	load("large", 90_001)
	if c.bytes != before+1 {
		t.Errorf("an entry of one more byte: %d bytes instead of %d", c.bytes, before)
	}
	load("too large", 2*max)
	if n, ok := c.peek("too large"); n != 2*max || !ok {
		t.Errorf("peek of an entry larger than the cache = %d, %v; want %d, true", n, ok, 2*max)
	}
	load("small", 10)
	if _, ok := c.peek("too large"); ok || c.bytes > max {
		t.Errorf("the entry that is larger than the cache is still there; %d bytes", c.bytes)
	}
}

// Requests for one key share a load, misses included, and a request that is
// canceled does not fail the others.
func TestCacheLoadsOnce(t *testing.T) {
	c := newCache(keysMemory, (*access).size)
	ctx, cancel := context.WithCancel(t.Context())
	started, release := make(chan struct{}), make(chan struct{})
	var loads atomic.Int32
	load := func(ctx context.Context) (*access, error) {
		if loads.Add(1) == 1 {
			close(started)
		}
		<-release
		return nil, ctx.Err() // there is no such key
	}
	var wg sync.WaitGroup
	get := func(ctx context.Context) {
		if a, err := c.get(ctx, "unknown", time.Time{}, load); a != nil || err != nil {
			t.Errorf("get = %v, %v; want nil, nil", a, err)
		}
	}
	wg.Go(func() { get(ctx) })
	<-started
	cancel()
	for range 50 {
		wg.Go(func() { get(t.Context()) })
	}
	close(release)
	wg.Wait()
	get(t.Context())
	if n := loads.Load(); n != 1 {
		t.Errorf("%d loads of one key, want 1", n)
	}
}
