// Package stopwatch measures how long the stages of a request take.
package stopwatch

import "time"

// The stages of a request, of every API. What lies between them is None, and is
// counted to none.
const (
	None = iota
	Verify
	Body
	Fetch
	Read
	Reply
	Count // how many there are
)

var names = [Count]string{"", "verify", "body", "fetch", "read", "reply"}

// Names are the names of all stages, in their order.
func Names() []string { return append([]string(nil), names[1:]...) }

// Stage is the time that a part of the work on a request took.
type Stage struct {
	Name string
	Took time.Duration
}

// Interval is one visit to a stage.
type Interval struct {
	Stage
	Start time.Time
}

// maxIntervals bounds the intervals of a request, which may have many images.
const maxIntervals = 100

// Watch is at one stage at a time, and may come to a stage more than once. It is
// not safe for concurrent use.
type Watch struct {
	now     func() time.Time
	since   time.Time
	at      int
	took    [Count]time.Duration
	entered [Count]bool
	visits  []Interval
}

// New returns a watch at None.
func New(now func() time.Time, start time.Time) *Watch { return &Watch{now: now, since: start} }

// Enter begins a stage, and so ends the one before.
func (w *Watch) Enter(stage int) {
	now := w.now()
	took := now.Sub(w.since)
	w.took[w.at] += took
	if w.at != None && len(w.visits) < maxIntervals {
		w.visits = append(w.visits, Interval{Stage{names[w.at], took}, w.since})
	}
	w.at, w.since = stage, now
	w.entered[stage] = true
}

// Current is the stage that it is at.
func (w *Watch) Current() int { return w.at }

// Stages are those that were come to.
func (w *Watch) Stages() []Stage {
	var list []Stage
	for i := Verify; i < Count; i++ {
		if w.entered[i] {
			list = append(list, Stage{names[i], w.took[i]})
		}
	}
	return list
}

// Intervals are the finished visits to stages, in their order: the first hundred.
func (w *Watch) Intervals() []Interval { return w.visits }
