package server

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"github.com/kahao/kahao/internal/api/api3"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/usage"
)

// vendorMetrics are the figures of the vendor's monitoring of this service, by
// action and, with the setting, by app id. docs/operations.md lists them.
type vendorMetrics struct {
	*measures
	now      func() time.Time
	calendar billing.Calendar
	// rows reads the calls of all servers from the ledger.
	rows func(context.Context, usage.Filter) ([]usage.Row, error)

	mu     sync.Mutex
	recent map[series]*recentCalls
	days   map[daySeries]int64 // calls, from the ledger
	asked  time.Time           // when it was read
}

// series is what a figure is of. An empty appID stands for all accounts.
type series struct{ action, appID string }

type daySeries struct {
	series
	day billing.Day
}

// name is the name of a figure with its labels.
func (s series) name(figure, suffix string) string {
	if s.appID == "" {
		return fmt.Sprintf("qce_ocr_%s%s{action=%q}", figure, suffix, s.action)
	}
	return fmt.Sprintf("qce_ocr_%s_appid%s{action=%q,appid=%q}", figure, suffix, s.action, s.appID)
}

// newVendorMetrics shows the figures of all actions.
func newVendorMetrics(m *measures, now func() time.Time, calendar billing.Calendar, rows func(context.Context, usage.Filter) ([]usage.Row, error)) *vendorMetrics {
	v := &vendorMetrics{measures: m, now: now, calendar: calendar, rows: rows, recent: map[series]*recentCalls{}}
	for _, action := range api3.Actions() {
		v.show(series{action: action})
	}
	return v
}

// show adds a series to the page.
func (v *vendorMetrics) show(s series) *recentCalls {
	r := &recentCalls{}
	v.recent[s] = r
	v.set.GetOrCreateCounter(s.name("count", "_total"))
	v.set.GetOrCreateCounter(s.name("error_count", "_total"))
	v.gauge(s.name("error_ratio", ""), func() float64 {
		v.mu.Lock()
		defer v.mu.Unlock()
		return r.ratio(v.now())
	})
	v.gauge(s.name("quantity", ""), func() float64 { today, _ := v.quantity(s); return today })
	v.gauge(s.name("ratio", ""), func() float64 {
		today, yesterday := v.quantity(s)
		if yesterday == 0 {
			return math.NaN()
		}
		return 100 * today / yesterday
	})
	return r
}

// observe counts a call.
func (v *vendorMetrics) observe(o api3.Outcome) {
	if o.Action == api3.OtherAction {
		return
	}
	v.count(series{action: o.Action}, o.Condition != api3.OK)
	if v.appID && o.AppID != "" {
		v.count(series{o.Action, o.AppID}, o.Condition != api3.OK)
	}
}

func (v *vendorMetrics) count(s series, failed bool) {
	v.mu.Lock()
	r := v.recent[s]
	if r == nil {
		r = v.show(s)
	}
	r.count(v.now(), failed)
	v.mu.Unlock()
	v.set.GetOrCreateCounter(s.name("count", "_total")).Inc()
	if failed {
		v.set.GetOrCreateCounter(s.name("error_count", "_total")).Inc()
	}
}

const (
	// daysAge is how old counts from the ledger may be.
	daysAge = 15 * time.Second
	// daysTimeout bounds reading them.
	daysTimeout = 2 * time.Second
)

// quantity returns the calls of today so far, and those of yesterday.
func (v *vendorMetrics) quantity(s series) (today, yesterday float64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	now := v.now()
	first, last := v.calendar.Day(now.AddDate(0, 0, -1)), v.calendar.Day(now)
	if now.Sub(v.asked) >= daysAge || now.Before(v.asked) {
		v.asked = now
		ctx, cancel := context.WithTimeout(context.Background(), daysTimeout)
		defer cancel()
		rows, err := v.rows(ctx, usage.Filter{From: first, APIs: api3.Actions()})
		if err == nil { // otherwise the counts from before
			v.days = map[daySeries]int64{}
			for _, r := range rows {
				v.days[daySeries{series{action: r.API}, r.Day}] += r.Calls
				v.days[daySeries{series{r.API, r.Account}, r.Day}] += r.Calls
			}
		}
	}
	return float64(v.days[daySeries{s, last}]), float64(v.days[daySeries{s, first}])
}

// recentCalls are the calls of the last minute, in slots of ten seconds.
type recentCalls struct {
	slots [7]struct{ number, calls, failed int64 }
}

const ratioSlot = 10 * time.Second

func (r *recentCalls) count(now time.Time, failed bool) {
	number := now.UnixNano() / int64(ratioSlot)
	slot := &r.slots[int(number%int64(len(r.slots)))]
	if slot.number != number {
		slot.number, slot.calls, slot.failed = number, 0, 0
	}
	slot.calls++
	if failed {
		slot.failed++
	}
}

// ratio returns the share of failed calls within the last minute, in per cent.
func (r *recentCalls) ratio(now time.Time) float64 {
	oldest := now.Add(-time.Minute).UnixNano() / int64(ratioSlot)
	var calls, failed int64
	for _, slot := range r.slots {
		if slot.number >= oldest {
			calls, failed = calls+slot.calls, failed+slot.failed
		}
	}
	if calls == 0 {
		return 0
	}
	return 100 * float64(failed) / float64(calls)
}
