// Package stopwatch measures how long the stages of a request take.
package stopwatch

import "time"

// Stage is a part of the work on a request.
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
	names   []string
	now     func() time.Time
	since   time.Time
	at      int
	took    []time.Duration
	entered []bool
	visits  []Interval
}

// New returns a watch at the first of the stages, which stands for what lies
// between the others and is counted to none.
func New(names []string, now func() time.Time, start time.Time) *Watch {
	return &Watch{names: names, now: now, since: start, took: make([]time.Duration, len(names)), entered: make([]bool, len(names))}
}

// Enter begins a stage, and so ends the one before.
func (w *Watch) Enter(stage int) {
	now := w.now()
	took := now.Sub(w.since)
	w.took[w.at] += took
	if w.at != 0 && len(w.visits) < maxIntervals {
		w.visits = append(w.visits, Interval{Stage{w.names[w.at], took}, w.since})
	}
	w.at, w.since = stage, now
	w.entered[stage] = true
}

// Current is the stage that it is at.
func (w *Watch) Current() int { return w.at }

// Stages are those that were come to.
func (w *Watch) Stages() []Stage {
	var list []Stage
	for i := 1; i < len(w.names); i++ {
		if w.entered[i] {
			list = append(list, Stage{w.names[i], w.took[i]})
		}
	}
	return list
}

// Intervals are the finished visits to stages, in their order: the first hundred.
func (w *Watch) Intervals() []Interval { return w.visits }
