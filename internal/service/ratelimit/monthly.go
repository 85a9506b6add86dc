package ratelimit

import (
	"context"
	"sync"
	"time"
)

// beijing is the zone of the statistics day (spec/accounts-and-billing.md,
// section 1), which has no summer time.
var beijing = time.FixedZone("UTC+8", 8*60*60)

// Monthly bounds how many readings each account may have in a calendar month.
// It is safe for concurrent use.
type Monthly struct {
	of  func(account string) int
	now func() time.Time

	mu    sync.Mutex
	month string
	taken map[string]int // in this month: used, and set aside
}

// NewMonthly bounds accounts by what of tells, where 0 is no bound.
func NewMonthly(of func(account string) int, now func() time.Time) *Monthly {
	return &Monthly{of: of, now: now, taken: map[string]int{}}
}

// Hold sets readings aside before anything is read, and reports false where
// there are not as many left. Settle then says how many there were, and must
// be called; it counts once.
func (m *Monthly) Hold(_ context.Context, account string, readings int) (settle func(context.Context, int) error, ok bool, err error) {
	most := m.of(account)
	m.mu.Lock()
	defer m.mu.Unlock()
	month := m.now().In(beijing).Format("2006-01")
	if month != m.month {
		m.month = month
		clear(m.taken)
	}
	if most > 0 && readings > most-m.taken[account] {
		return nil, false, nil
	}
	m.taken[account] += readings
	var once sync.Once
	return func(_ context.Context, used int) error {
		once.Do(func() { m.release(account, month, readings-used) })
		return nil
	}, true, nil
}

// release gives back what was not used, to the month that it was taken from.
func (m *Monthly) release(account, month string, readings int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if month == m.month {
		m.taken[account] -= readings
	}
}
