// Package cache remembers what a store has answered, for a while.
package cache

import (
	"sync"
	"time"
)

// Most is how many answers are remembered at once. What does not exist is
// remembered, too, and who asks for that may ask for anything.
const Most = 10_000

// Cache remembers answers by a key. It is safe for concurrent use.
type Cache[T any] struct {
	fresh time.Duration

	mu  sync.Mutex
	all map[string]answer[T]
	era int // how often it was cleared: what was being read before that is not kept
}

type answer[T any] struct {
	value T
	end   time.Time
}

// New returns a cache that remembers each answer for as long as fresh.
func New[T any](fresh time.Duration) *Cache[T] {
	return &Cache[T]{fresh: fresh, all: map[string]answer[T]{}}
}

// Get returns what is remembered of the key, or reads it. It returns the errors
// of read, which are not remembered. The time is that from before the reading,
// so that no answer is told for longer than it was fresh.
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
	if len(c.all) >= Most {
		clear(c.all)
	}
	c.all[key] = answer[T]{value, now.Add(c.fresh)}
	return value, nil
}

// Peek returns what is remembered of the key, however old.
func (c *Cache[T]) Peek(key string) (value T, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	found, ok := c.all[key]
	return found.value, ok
}

// Clear forgets everything, and what is being read now.
func (c *Cache[T]) Clear() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.all)
	c.era++
}
