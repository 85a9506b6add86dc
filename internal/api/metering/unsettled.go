package metering

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/kahao/kahao/internal/service/ledger"
)

// unsettled are the charges of this process that could neither be posted nor
// voided. A retry with their idempotency key cannot be served before they are
// released.
type unsettled struct {
	mu    sync.Mutex
	since map[string]time.Time // by charge
}

const (
	// maxUnsettled bounds the charges in memory.
	maxUnsettled = 10_000
	// voidTimeout bounds the attempt to void a charge: the client waits for it.
	voidTimeout = 2 * time.Second
)

// abandon voids a charge that could not be settled because of err, so that its
// units and its idempotency key are free at once, and returns err. If the charge
// was posted after all it stays posted. If the database has lost the hold in a
// crash, nothing is left to void.
func (c *Charge) abandon(ctx context.Context, err error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), voidTimeout)
	defer cancel()
	void := c.meter.Ledger.Post(ctx, c.hold.ID, ledger.Outcome{At: c.meter.Now()})
	if void == nil || errors.Is(void, ledger.ErrState) || errors.Is(void, ledger.ErrUnknown) {
		return err
	}
	u := &c.meter.unsettled
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.since == nil {
		u.since = map[string]time.Time{}
	}
	released := c.meter.Now().Add(-c.meter.HoldTime)
	maps.DeleteFunc(u.since, func(_ string, at time.Time) bool { return at.Before(released) })
	if len(u.since) < maxUnsettled {
		u.since[c.hold.ID] = c.hold.At
	}
	return err
}

// stillRead is when a retry should ask again while the first request is being
// answered.
const stillRead = time.Second

// RetryAfter returns when a request that Hold refused with err, a
// ledger.ErrInProgress, may be sent again: soon while the first request is being
// answered, and otherwise when its hold is released.
func (m *Meter) RetryAfter(err error) time.Duration {
	var held *ledger.InProgressError
	if !errors.As(err, &held) {
		return stillRead
	}
	m.unsettled.mu.Lock()
	_, stuck := m.unsettled.since[held.ID]
	m.unsettled.mu.Unlock()
	age := m.Now().Sub(held.Since)
	if !stuck && age < m.HoldTime/2 {
		return stillRead
	}
	return max(stillRead, m.HoldTime-age)
}
