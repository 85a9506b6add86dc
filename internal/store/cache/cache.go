// Package cache remembers answers of a store for a while.
package cache

import (
	"sync"
	"time"
)

// MaxEntries bounds the cache. Misses are cached, too; without the bound,
// probing random keys would exhaust memory.
const MaxEntries = 10_000

// Cache remembers answers by key. It is safe for concurrent use.
type Cache[T any] struct {
	fresh time.Duration

	mu  sync.Mutex
	all map[string]answer[T]
	era int // number of clears: an answer read before a clear is not stored
}

type answer[T any] struct {
	value T
	end   time.Time
}

// New returns a cache whose answers are valid for the duration fresh.
func New[T any](fresh time.Duration) *Cache[T] {
	return &Cache[T]{fresh: fresh, all: map[string]answer[T]{}}
}

// Get returns the cached answer for the key, or calls read. Errors of read are
// returned and not cached. now is the time before reading, so that no answer is
// used for longer than fresh.
func (c *Cache[T]) Get(key string, now time.Time, read func() (T, error)) (T, error) {
	c.mu.Lock()
	found, ok := c.all[key]
	era := c.era
	c.mu.Unlock()
	if ok && now.Before(found.end) {
		return found.value, nil
	}
	value, err := read()
	if err != nil {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if era != c.era {
		return value, nil
	}
	if len(c.all) >= MaxEntries {
		clear(c.all)
	}
	c.all[key] = answer[T]{value, now.Add(c.fresh)}
	return value, nil
}

// Peek returns the cached answer for the key, even if it has expired.
func (c *Cache[T]) Peek(key string) (value T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.all[key]
	return found.value, ok
}

// Clear removes all answers, and those being read now.
func (c *Cache[T]) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.all)
	c.era++
}
