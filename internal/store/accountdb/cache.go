package accountdb

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"
)

const (
	// keysMemory and appsMemory bound the bytes of the caches. Misses are cached
	// too: the bounds keep an attacker who probes random keys, and accounts with
	// thousands of buckets, from exhausting memory.
	keysMemory = 16 << 20
	appsMemory = 4 << 20
	// maxEntries is more than either can have.
	maxEntries = keysMemory / entrySize
	// loadTimeout bounds a load, which does not end with the request that
	// started it: others wait for it.
	loadTimeout = 2 * time.Second
)

// cache keeps what was loaded for a key, for the time of Fresh. A full cache
// evicts the least recently used entries, but not the one that was just loaded,
// whatever its size: peek needs it. It is safe for concurrent use.
//
// golang-lru's own expirable cache would run a goroutine that never ends, by
// the system's clock, and drop entries that peek still needs.
type cache[T any] struct {
	mu      sync.Mutex
	entries *simplelru.LRU[string, entry[T]]
	loads   *singleflight.Group // replaced by clear, so that nothing stale is kept
	size    func(T) int         // bytes of a value
	bytes   int                 // of all entries
	max     int
}

type entry[T any] struct {
	value T
	end   time.Time
	bytes int
}

// newCache returns a cache of at most so many bytes. size returns those of a
// value.
func newCache[T any](max int, size func(T) int) *cache[T] {
	c := &cache[T]{loads: new(singleflight.Group), size: size, max: max}
	var err error
	c.entries, err = simplelru.NewLRU(maxEntries, func(_ string, e entry[T]) { c.bytes -= e.bytes })
	if err != nil {
		panic(err) // the size is not positive
	}
	return c
}

// add stores a value and evicts others until the cache is within its bytes. The
// lock is held.
func (c *cache[T]) add(key string, value T, end time.Time) {
	c.entries.Remove(key)
	bytes := entrySize + len(key) + c.size(value)
	c.bytes += bytes
	c.entries.Add(key, entry[T]{value, end, bytes})
	for c.bytes > c.max && c.entries.Len() > 1 {
		c.entries.RemoveOldest()
	}
}

// get returns the entry of a key, or loads it, once for all that ask at the
// same time. It returns the errors of load, which are not cached. The entry
// expires Fresh after now, which is before the load.
func (c *cache[T]) get(ctx context.Context, key string, now time.Time, load func(context.Context) (T, error)) (T, error) {
	c.mu.Lock()
	e, ok := c.entries.Get(key)
	loads := c.loads
	c.mu.Unlock()
	if ok && now.Before(e.end) {
		return e.value, nil
	}
	loaded, err, _ := loads.Do(key, func() (any, error) {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), loadTimeout)
		defer cancel()
		value, err := load(ctx)
		if err != nil {
			return value, err
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if loads == c.loads {
			c.add(key, value, now.Add(Fresh))
		}
		return value, nil
	})
	return loaded.(T), err
}

// peek returns the entry of a key, even if it has expired.
func (c *cache[T]) peek(key string) (value T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	e, ok := c.entries.Peek(key)
	return e.value, ok
}

// clear removes all entries. A load that is running is not cached.
func (c *cache[T]) clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.entries.Purge()
	c.loads = new(singleflight.Group)
}
