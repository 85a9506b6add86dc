// Package result keeps the replies that may be asked for again by their
// session id: in memory, for a set time, for the app id that they were made
// for and nobody else. Session ids of the legacy interface can be guessed, so
// that to know one is not enough.
//
// What it keeps are card numbers. They are overwritten as soon as their time is
// over, whether or not anybody asks, and never leave it but through Get.
package result

import (
	"bytes"
	"container/list"
	"context"
	"errors"
	"sync"
	"time"
)

// Options of a Store.
type Options struct {
	Keep     time.Duration    // how long a reply may be asked for; required
	MaxBytes int              // of all replies; 0 means 64 MiB. The oldest make room
	Now      func() time.Time // the clock; required
}

const defaultMaxBytes = 64 << 20

// Store is a memory of replies. It is safe for concurrent use.
type Store struct {
	options Options

	mu      sync.Mutex
	replies map[key]*list.Element
	order   *list.List // of entries, the oldest first: all are kept for the same time
	bytes   int
	timer   bool // the oldest entry's end is waited for
}

type key struct{ appID, id string }

type entry struct {
	key
	reply []byte
	end   time.Time
}

// size counts what an entry costs, roughly.
func (e *entry) size() int { return len(e.reply) + len(e.appID) + len(e.id) + 200 }

// New returns an empty Store. It returns an error for options that keep
// nothing.
func New(o Options) (*Store, error) {
	if o.Keep <= 0 || o.Now == nil || o.MaxBytes < 0 {
		return nil, errors.New("result: Options.Keep and Options.Now are required, and MaxBytes is not negative")
	}
	if o.MaxBytes == 0 {
		o.MaxBytes = defaultMaxBytes
	}
	return &Store{options: o, replies: map[key]*list.Element{}, order: list.New()}, nil
}

// Put keeps a copy of the reply, and reports false where the app id has one
// with this id already. One that is larger than MaxBytes is not kept. It never
// fails.
func (s *Store) Put(_ context.Context, appID, id string, reply []byte) (fresh bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.options.Now()
	s.expire(now)
	k := key{appID, id}
	if s.replies[k] != nil {
		return false, nil
	}
	e := &entry{k, bytes.Clone(reply), now.Add(s.options.Keep)}
	if e.size() > s.options.MaxBytes {
		return true, nil // alone it is more than may be kept
	}
	s.replies[k] = s.order.PushBack(e)
	s.bytes += e.size()
	for s.bytes > s.options.MaxBytes {
		s.drop(s.order.Front())
	}
	s.wait(now)
	return true, nil
}

// Get returns a copy of the reply that was kept for the app id under the id. It
// never fails.
func (s *Store) Get(_ context.Context, appID, id string) (reply []byte, found bool, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expire(s.options.Now())
	at := s.replies[key{appID, id}]
	if at == nil {
		return nil, false, nil
	}
	return bytes.Clone(at.Value.(*entry).reply), true, nil
}

// expire drops what is past its time.
func (s *Store) expire(now time.Time) {
	for at := s.order.Front(); at != nil && !at.Value.(*entry).end.After(now); at = s.order.Front() {
		s.drop(at)
	}
}

func (s *Store) drop(at *list.Element) {
	e := s.order.Remove(at).(*entry)
	delete(s.replies, e.key)
	s.bytes -= e.size()
	clear(e.reply)
}

// wait sees to it that the oldest entry goes when its time is over.
func (s *Store) wait(now time.Time) {
	if s.timer || s.order.Len() == 0 {
		return
	}
	s.timer = true
	time.AfterFunc(s.order.Front().Value.(*entry).end.Sub(now), func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.timer = false
		now := s.options.Now()
		s.expire(now)
		s.wait(now)
	})
}
