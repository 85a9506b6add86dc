package console

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/kahao/kahao/internal/service/policy"
	"github.com/kahao/kahao/internal/service/usage"
)

// Times returns when calls were made, and by quarters of an hour those that were
// refused without a charge. ledgerdb.CallTimes does.
type Times func(ctx context.Context, f usage.Filter, from, to time.Time) ([]usage.Moment, []usage.Quarter, error)

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
	moments, refused, err := p.Times(p.r.Context(), f, from.From, to.To)
	if errors.Is(err, ErrManyCalls) {
		return nil, "", nil
	}
	if err != nil {
		return nil, "", err
	}
	if q.Code != "" {
		moments = slices.DeleteFunc(moments, func(m usage.Moment) bool { return strconv.Itoa(m.Code) != q.Code })
		refused = slices.DeleteFunc(refused, func(m usage.Quarter) bool { return strconv.Itoa(m.Code) != q.Code })
	}
	if p.may.Usage(policy.QueryQPS) != policy.None {
		peak = number(usage.Peak(moments))
	}
	return p.hourlyChart(moments, refused, from.From, to.To), peak, nil
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
func (p *page) hourlyChart(moments []usage.Moment, refused []usage.Quarter, from, to time.Time) *chart {
	if now := p.Now(); to.After(now) {
		to = now
	}
	var points []point
	for at := from; at.Before(to); at = at.Add(time.Hour) {
		points = append(points, point{label: p.Calendar.In(at).Format("01-02 15:04")})
	}
	add := func(at time.Time, code int, calls int64) {
		if i := int(at.Sub(from) / time.Hour); !at.Before(from) && i < len(points) {
			points[i].calls += calls
			if code != usage.Success {
				points[i].failed += calls
			}
		}
	}
	for _, m := range moments {
		add(m.At, m.Code, 1)
	}
	for _, q := range refused {
		add(q.From, q.Code, q.Calls)
	}
	return p.draw(points)
}
