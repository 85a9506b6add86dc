package cache

import (
	"errors"
	"strconv"
	"testing"
	"time"
)

func TestCache(t *testing.T) {
	c := New[int](time.Second)
	now, reads := time.Unix(0, 0), 0
	get := func(key string) int {
		t.Helper()
		n, err := c.Get(key, now, func() (int, error) { reads++; return reads, nil })
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if _, ok := c.Peek("a"); ok || get("a") != 1 || get("a") != 1 || get("b") != 2 {
		t.Error("what was read is not remembered")
	}
	now = now.Add(time.Second - 1)
	if get("a") != 1 {
		t.Error("read again too soon")
	}
	now = now.Add(1)
	if n, ok := c.Peek("a"); n != 1 || !ok || get("a") != 3 {
		t.Error("told for too long")
	}
	c.Clear()
	if _, ok := c.Peek("a"); ok || get("a") != 4 {
		t.Error("told after it was cleared")
	}
	if _, err := c.Get("c", now, func() (int, error) { return 0, errors.New("no store") }); err == nil || get("c") != 5 {
		t.Error("a failure is remembered")
	}
	// What changes while it is read is read again.
	_, _ = c.Get("d", now, func() (int, error) { c.Clear(); return -1, nil })
	if get("d") != 6 {
		t.Error("what was read before a change is told after it")
	}
}

// However many are asked for, so many are remembered.
func TestMaxEntries(t *testing.T) {
	c := New[bool](time.Hour)
	for i := range 2*MaxEntries + 1 {
		_, _ = c.Get(strconv.Itoa(i), time.Time{}, func() (bool, error) { return false, nil })
		if len(c.all) > MaxEntries {
			t.Fatal(len(c.all))
		}
	}
}
