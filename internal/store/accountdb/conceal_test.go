package accountdb

import (
	"fmt"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/store/sqlite"
)

// TestConcealedLookupTakesTheSameTime compares the first lookups of known and of
// unknown keys: nothing is cached. The shortest of many lookups is what the work
// takes, whatever else the machine does.
func TestConcealedLookupTakesTheSameTime(t *testing.T) {
	e, err := sqlite.OpenMemory(t.Context(), sqlite.Options{})
	if err != nil {
		t.Fatalf("OpenMemory: %v", err)
	}
	t.Cleanup(func() { _ = e.Close() })
	s := open(t, e, at("2026-11-23T12:00:00Z"))
	c, err := s.CreateAccount(t.Context(), account.NewAccount{Name: "a"})
	if err != nil {
		t.Fatalf("CreateAccount: %v", err)
	}
	// lookup returns the shortest times for a known and an unknown key.
	lookup := func(conceal bool) (known, unknown time.Duration) {
		s.Conceal = conceal
		known, unknown = time.Hour, time.Hour
		for i := range 500 {
			s.keys.clear()
			for _, l := range []struct {
				id   string
				want bool
				took *time.Duration
			}{{c.SecretID, true, &known}, {fmt.Sprint("KHIDunknown", i), false, &unknown}} {
				start := time.Now()
				_, found, err := s.Key(t.Context(), l.id)
				*l.took = min(*l.took, time.Since(start))
				if err != nil || found != l.want {
					t.Fatalf("Key(%s), conceal %v: found %v, %v, want %v", l.id, conceal, found, err, l.want)
				}
			}
		}
		return known, unknown
	}
	known, unknown := lookup(true)
	t.Logf("concealed: known %v, unknown %v", known, unknown)
	if ratio := float64(unknown) / float64(known); ratio < 0.85 || ratio > 1.15 {
		t.Errorf("an unknown key takes %.2f times a known one's time (%v and %v), want the same", ratio, unknown, known)
	}
	// Ids of bearer keys are concealed in any case.
	b, err := s.CreateKey(t.Context(), c.User, account.KeySettings{Kind: account.Bearer})
	if err != nil {
		t.Fatalf("CreateKey: %v", err)
	}
	s.Conceal = false
	known, unknown = time.Hour, time.Hour
	for i := range 500 {
		s.keys.clear()
		start := time.Now()
		_, found, err := s.BearerKey(t.Context(), b.SecretID)
		known = min(known, time.Since(start))
		if err != nil || !found {
			t.Fatalf("BearerKey of a key: found %v, %v", found, err)
		}
		start = time.Now()
		_, found, err = s.BearerKey(t.Context(), fmt.Sprintf("kh_%017d", i))
		unknown = min(unknown, time.Since(start))
		if err != nil || found {
			t.Fatalf("BearerKey of no key: found %v, %v", found, err)
		}
	}
	t.Logf("bearer: known %v, unknown %v", known, unknown)
	if ratio := float64(unknown) / float64(known); ratio < 0.85 || ratio > 1.15 {
		t.Errorf("an unknown bearer key takes %.2f times a known one's time (%v and %v), want the same", ratio, unknown, known)
	}
	known, unknown = lookup(false)
	t.Logf("not concealed: known %v, unknown %v", known, unknown)
	if unknown > known*2/3 {
		t.Errorf("not concealed: unknown %v, known %v: the test does not see the difference", unknown, known)
	}
}
