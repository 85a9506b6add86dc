package metering

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/service/ratelimit"
)

func TestKey(t *testing.T) {
	for _, c := range []struct {
		values []string
		key    string
		ok     bool
	}{
		{nil, "", true},
		{[]string{"a"}, "a", true},
		{[]string{"order 7 / €"}, "", false},
		{[]string{""}, "", false},
		{[]string{"a", "a"}, "", false},
		{[]string{"a\x00"}, "", false},
		{[]string{strings.Repeat("~", 255)}, strings.Repeat("~", 255), true},
		{[]string{strings.Repeat("~", 256)}, "", false},
	} {
		h := http.Header{}
		for _, v := range c.values {
			h.Add(HeaderKey, v)
		}
		if key, ok := Key(h); key != c.key || ok != c.ok {
			t.Errorf("%.20q: %q, %v", c.values, key, ok)
		}
	}
}

// What is added piece by piece does not run together.
func TestDigest(t *testing.T) {
	seen := map[[32]byte]int{}
	for i, texts := range [][]string{{}, {""}, {"", ""}, {"ab"}, {"a", "b"}, {"a", "b", ""}, {"b", "a"}} {
		d := NewDigest("legacy", "1250000001")
		for _, text := range texts {
			d.Add([]byte(text))
		}
		if j, twice := seen[d.Sum()]; twice {
			t.Errorf("%d and %d have one digest", i, j)
		}
		seen[d.Sum()] = i
	}
}

// A charge is settled once, with what was billed, and although the client has
// gone.
func TestHeld(t *testing.T) {
	var h Held
	if err := h.Settle(t.Context(), Settlement{}); err != nil || h.Counted() || h.Open() {
		t.Error("nothing is held, and it is settled")
	}
	var used []int
	failing := errors.New("disk full")
	var fail error
	h.Take(&Counting{Used: func(ctx context.Context, n int) error {
		if ctx.Err() != nil {
			t.Error("it ends with the client")
		}
		used = append(used, n)
		return fail
	}})
	gone, leave := context.WithCancel(t.Context())
	leave()
	for range 2 {
		if err := h.Settle(gone, Settlement{Calls: []ledger.Call{{Billed: true}, {Code: 21}, {Billed: true}}}); err != nil || !h.Counted() {
			t.Error(err)
		}
	}
	if len(used) != 1 || used[0] != 2 {
		t.Errorf("%v", used)
	}
	fail = failing
	h.Take(&Counting{Used: func(context.Context, int) error { return fail }})
	if err := h.Settle(t.Context(), Settlement{}); !errors.Is(err, failing) || h.Counted() || h.Open() {
		t.Error(err)
	}
}

func TestMonthly(t *testing.T) {
	m := Monthly{ratelimit.NewMonthly(func(string) int { return 3 }, time.Now)}
	hold := func(n int) (Charge, error) {
		return m.Hold(t.Context(), Hold{Caller: ledger.Caller{Account: "1"}, Pictures: n})
	}
	c, err := hold(3)
	if err != nil || c.Earlier() != nil {
		t.Fatal(err)
	}
	if _, err := hold(1); !errors.Is(err, ledger.ErrUsedUp) {
		t.Error(err)
	}
	for range 2 { // the second counts nothing
		if err := c.Settle(t.Context(), Settlement{Calls: []ledger.Call{{Billed: true}}}); err != nil {
			t.Error(err)
		}
	}
	if _, err := hold(2); err != nil {
		t.Error(err)
	}
	if _, err := hold(1); !errors.Is(err, ledger.ErrUsedUp) {
		t.Error(err)
	}
}
