package console

import (
	"context"
	"errors"
	"strconv"
	"time"

	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/service/usage"
)

// Times returns when calls were made. ledgerdb.CallTimes does.
type Times func(ctx context.Context, f usage.Filter, from, to time.Time) ([]usage.Moment, error)

// ErrManyCalls means that a period has too many calls for their times.
var ErrManyCalls = errors.New("console: too many calls for their times")

// hourlyDays is the longest period that is drawn by the hour.
const hourlyDays = 3

// hours draws calls by the hour and returns the largest number in one second.
// The chart is nil for longer periods, and for too many calls.
func (p *page) hours(q usageQuery) (c *chart, peak string, err error) {
	from, err1 := p.Calendar.DaySpan(q.From)
	to, err2 := p.Calendar.DaySpan(q.To)
	if err1 != nil || err2 != nil || p.days(q) > hourlyDays {
		return nil, "", nil
	}
	f, ok := p.visibleFilter(q)
	if !ok {
		return nil, "", nil
	}
	moments, err := p.Times(p.r.Context(), f, from.From, to.To)
	if errors.Is(err, ErrManyCalls) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	if q.Code != "" {
		var of []usage.Moment
		for _, m := range moments {
			if strconv.Itoa(m.Code) == q.Code {
				of = append(of, m)
			}
		}
		moments = of
	}
	if p.may.Usage(policy.QueryQPS) != policy.None {
		peak = number(usage.Peak(moments))
	}
	return p.hourlyChart(moments, from.From, to.To), peak, nil
}

// visibleFilter is the query for the store, narrowed to what who is signed in may
// see; false for nothing.
func (p *page) visibleFilter(q usageQuery) (usage.Filter, bool) {
	f := p.filter(q)
	switch p.may.Usage(policy.QueryCalls) {
	case policy.Everyone:
		return f, true
	case policy.Own:
		if q.User != "" && q.User != p.who.Subject {
			return f, false
		}
		f.Users = []string{p.who.Subject}
		return f, true
	}
	return f, false
}

// hourlyChart draws the hours of a period up to now.
func (p *page) hourlyChart(moments []usage.Moment, from, to time.Time) *chart {
	if now := p.Now(); to.After(now) {
		to = now
	}
	by := map[int]*point{}
	var points []point
	for at := from; at.Before(to); at = at.Add(time.Hour) {
		points = append(points, point{label: p.Calendar.In(at).Format("01-02 15:04")})
	}
	for i := range points {
		by[i] = &points[i]
	}
	for _, m := range moments {
		pt := by[int(m.At.Sub(from)/time.Hour)]
		if pt == nil {
			continue
		}
		pt.calls++
		if m.Code != usage.Success {
			pt.failed++
		}
	}
	return p.draw(points)
}
