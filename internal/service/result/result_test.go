package result

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func store(t *testing.T, o Options) *Store {
	t.Helper()
	if o.Now == nil {
		o.Now = time.Now
	}
	s, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func put(t *testing.T, s *Store, appID, id, reply string, want bool) {
	t.Helper()
	if fresh, err := s.Put(t.Context(), appID, id, []byte(reply)); err != nil || fresh != want {
		t.Fatalf("Put(%s, %s) = %v, %v", appID, id, fresh, err)
	}
}

// get expects a reply, or none where want is empty.
func get(t *testing.T, s *Store, appID, id, want string) {
	t.Helper()
	if reply, found, err := s.Get(t.Context(), appID, id); err != nil || string(reply) != want || found != (want != "") {
		t.Fatalf("Get(%s, %s) = %q, %v, %v, want %q", appID, id, reply, found, err, want)
	}
}

func TestBoundToTheAppID(t *testing.T) {
	s := store(t, Options{Keep: time.Hour})
	put(t, s, "1", "11", "a", true)
	put(t, s, "1", "11", "b", false)
	put(t, s, "11", "1", "c", true)
	put(t, s, "2", "11", "d", true)
	get(t, s, "1", "11", "a")
	get(t, s, "1", "11", "a")
	get(t, s, "11", "1", "c")
	get(t, s, "2", "11", "d")
	get(t, s, "3", "11", "")
	get(t, s, "1", "12", "")
	get(t, s, "", "", "")
}

func TestCopies(t *testing.T) {
	s := store(t, Options{Keep: time.Hour})
	mine := []byte("reply")
	_, _ = s.Put(t.Context(), "1", "1", mine)
	mine[0] = 'x'
	theirs, _, _ := s.Get(t.Context(), "1", "1")
	theirs[1] = 'x'
	get(t, s, "1", "1", "reply")
}

// A reply is there until its time is over, is never told after that, and is
// gone from memory although nobody asks.
func TestExpires(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := store(t, Options{Keep: time.Minute})
		put(t, s, "1", "1", "first", true)
		kept := s.order.Front().Value.(*entry).reply
		time.Sleep(30 * time.Second)
		put(t, s, "1", "2", "second", true)
		time.Sleep(30*time.Second - time.Nanosecond)
		get(t, s, "1", "1", "first")
		time.Sleep(time.Nanosecond)
		synctest.Wait()
		if string(kept) != "\x00\x00\x00\x00\x00" || s.order.Len() != 1 {
			t.Errorf("%q is kept, with %d entries", kept, s.order.Len())
		}
		get(t, s, "1", "1", "")
		get(t, s, "1", "2", "second")
		put(t, s, "1", "1", "again", true)
		time.Sleep(2 * time.Minute)
		synctest.Wait()
		if s.order.Len() != 0 || s.bytes != 0 || len(s.replies) != 0 || s.timer {
			t.Errorf("left: %d entries, %d bytes, timer %v", s.order.Len(), s.bytes, s.timer)
		}
		put(t, s, "1", "3", "third", true) // and the clock is waited for anew
		time.Sleep(time.Minute)
		synctest.Wait()
		if s.order.Len() != 0 {
			t.Error("an entry after an empty store stays")
		}
	})
}

// Read without its timer, a reply past its time is not told either.
func TestNeverLate(t *testing.T) {
	now := time.Unix(1e9, 0)
	s := store(t, Options{Keep: time.Minute, Now: func() time.Time { return now }})
	put(t, s, "1", "1", "reply", true)
	now = now.Add(time.Minute)
	get(t, s, "1", "1", "")
}

func TestBounded(t *testing.T) {
	s := store(t, Options{Keep: time.Hour, MaxBytes: 10_000})
	for i := range 1000 {
		put(t, s, "1", fmt.Sprint(i), "reply", true)
		if s.bytes > 10_000 || len(s.replies) != s.order.Len() {
			t.Fatalf("%d bytes, %d and %d entries", s.bytes, len(s.replies), s.order.Len())
		}
	}
	get(t, s, "1", "0", "")
	get(t, s, "1", "999", "reply")
	if s.order.Len() < 30 {
		t.Errorf("only %d are kept", s.order.Len())
	}
	put(t, s, "1", "large", string(make([]byte, 10_000)), true)
	get(t, s, "1", "large", "")
	get(t, s, "1", "999", "reply") // what cannot be kept makes no room for itself
}

func TestAtOnce(t *testing.T) {
	s := store(t, Options{Keep: time.Hour})
	var fresh atomic.Int64
	var wait sync.WaitGroup
	for range 32 {
		wait.Go(func() {
			for i := range 50 {
				if ok, _ := s.Put(context.Background(), "1", fmt.Sprint(i), []byte("reply")); ok {
					fresh.Add(1)
				}
				if _, found, _ := s.Get(context.Background(), "1", fmt.Sprint(i)); !found {
					t.Error("put and not there")
				}
			}
		})
	}
	wait.Wait()
	if fresh.Load() != 50 {
		t.Error(fresh.Load())
	}
}

func TestOptions(t *testing.T) {
	for _, o := range []Options{{}, {Keep: time.Hour}, {Keep: -1, Now: time.Now}, {Keep: 1, MaxBytes: -1, Now: time.Now}} {
		if _, err := New(o); err == nil {
			t.Errorf("%+v", o)
		}
	}
}
