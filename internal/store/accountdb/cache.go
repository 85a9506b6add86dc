package accountdb

import (
	"context"
	"sync"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"
)

const (
	// cacheSize bounds the entries of a cache. Misses are cached too; the bound
	// keeps an attacker who probes random keys from exhausting memory.
	cacheSize = 10_000
	// loadTimeout bounds a load, which does not end with the request that
	// started it: others wait for it.
	loadTimeout = 2 * time.Second
)

// cache keeps what was loaded for a key, for the time of Fresh. A full cache
// evicts the least recently used entry. It is safe for concurrent use.
//
// golang-lru's own expirable cache would run a goroutine that never ends, by
// the system's clock, and drop entries that peek still needs.
type cache[T any] struct {
	mu      sync.Mutex
	entries *simplelru.LRU[string, entry[T]]
	loads   *singleflight.Group // replaced by clear, so that nothing stale is kept
}

type entry[T any] struct {
	value T
	end   time.Time
}

func newCache[T any]() *cache[T] {
	entries, err := simplelru.NewLRU[string, entry[T]](cacheSize, nil)
	if err != nil {
		panic(err) // the size is not positive
	}
	return &cache[T]{entries: entries, loads: new(singleflight.Group)}
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
			c.entries.Add(key, entry[T]{value, now.Add(Fresh)})
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
