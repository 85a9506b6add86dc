package metering

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
)

// refusing is a ledger whose next posts fail.
type refusing struct {
	Ledger
	posts int
}

var errFull = errors.New("disk full")

func (r *refusing) Post(ctx context.Context, id string, o ledger.Outcome) error {
	if r.posts > 0 {
		r.posts--
		return errFull
	}
	return r.Ledger.Post(ctx, id, o)
}

// TestRetryAfterFailedSettlement expects that the same key can be used at once if
// only the settlement failed, and otherwise that Retry-After is the time until
// the hold is released.
func TestRetryAfterFailedSettlement(t *testing.T) {
	for _, c := range []struct {
		failures int
		after    time.Duration // since the hold
		want     time.Duration // 0: the retry is served
	}{
		{1, 0, 0}, {2, 0, 190 * time.Second}, {2, 100 * time.Second, 90 * time.Second}, {2, 300 * time.Second, time.Second},
	} {
		m, s, who := start(t)
		now := time.Now()
		m.Now, m.HoldTime = func() time.Time { return now }, 190*time.Second
		m.Ledger = &refusing{m.Ledger, c.failures}
		h := Request{Caller: who, Images: 1, IdempotencyKey: "order 1"}
		charge, err := m.Hold(t.Context(), h)
		if err != nil {
			t.Fatalf("Hold: %v", err)
		}
		if err := charge.Settle(t.Context(), Settlement{Calls: []ledger.Call{{Billed: true}}}); !errors.Is(err, errFull) {
			t.Fatalf("Settle: %v, want %v", err, errFull)
		}
		now = now.Add(c.after)
		_, err = m.Hold(t.Context(), h)
		if c.want == 0 {
			if err != nil || left(t, s, who) != 4 {
				t.Errorf("%d failures: retry: %v, %d units left, want nil and 4 of 5", c.failures, err, left(t, s, who))
			}
			continue
		}
		if got := m.RetryAfter(err); !errors.Is(err, ledger.ErrInProgress) || got.Round(time.Second) != c.want {
			t.Errorf("%d failures, %v later: %v, Retry-After %v, want ErrInProgress and %v", c.failures, c.after, err, got, c.want)
		}
	}
}

// forgetful is a ledger whose database has lost its holds in a crash.
type forgetful struct{ Ledger }

func (forgetful) Post(context.Context, string, ledger.Outcome) error { return ledger.ErrUnknown }

// TestLostHold expects that a hold which the database has lost fails its request,
// and that nothing waits for its release.
func TestLostHold(t *testing.T) {
	m, _, who := start(t)
	m.Ledger, m.HoldTime = forgetful{m.Ledger}, 190*time.Second
	charge, err := m.Hold(t.Context(), Request{Caller: who, Images: 1})
	if err != nil {
		t.Fatalf("Hold: %v", err)
	}
	if err := charge.Settle(t.Context(), Settlement{Calls: []ledger.Call{{Billed: true}}}); !errors.Is(err, ledger.ErrUnknown) {
		t.Errorf("Settle: %v, want %v", err, ledger.ErrUnknown)
	}
	if n := len(m.unsettled.since); n != 0 || charge.Counted() {
		t.Errorf("%d charges wait for their release, counted %v; want none and false", n, charge.Counted())
	}
}

// TestRetryAfterWhileRead expects a retry soon while the first request is being
// answered, and not before the release of a hold that is older than any request.
func TestRetryAfterWhileRead(t *testing.T) {
	m, _, who := start(t)
	now := time.Now()
	m.Now, m.HoldTime = func() time.Time { return now }, 190*time.Second
	h := Request{Caller: who, Images: 1, IdempotencyKey: "order 1"}
	if _, err := m.Hold(t.Context(), h); err != nil {
		t.Fatalf("Hold: %v", err)
	}
	for _, want := range []time.Duration{time.Second, 70 * time.Second} {
		_, err := m.Hold(t.Context(), h)
		if got := m.RetryAfter(err); !errors.Is(err, ledger.ErrInProgress) || got.Round(time.Second) != want {
			t.Errorf("%v, Retry-After %v, want ErrInProgress and %v", err, got, want)
		}
		now = now.Add(120 * time.Second)
	}
}
