package legacy

import "time"

// Stage is a part of the work on a request.
type Stage struct {
	Name string
	Took time.Duration
}

// stopwatch is at one stage at a time, each of which may be come to more than once.
// It is not safe for concurrent use.
type stopwatch struct {
	names   []string
	now     func() time.Time
	since   time.Time
	at      int
	took    []time.Duration
	entered []bool
}

// newStopwatch returns a watch at the first of the stages, which stands for what lies
// between the others and is counted to none.
func newStopwatch(names []string, now func() time.Time, start time.Time) *stopwatch {
	return &stopwatch{names: names, now: now, since: start, took: make([]time.Duration, len(names)), entered: make([]bool, len(names))}
}

// enter begins a stage, and so ends the one before.
func (w *stopwatch) enter(stage int) {
	now := w.now()
	w.took[w.at] += now.Sub(w.since)
	w.at, w.since = stage, now
	w.entered[stage] = true
}

// current is the stage that it is at.
func (w *stopwatch) current() int { return w.at }

// stages are those that were come to.
func (w *stopwatch) stages() []Stage {
	var list []Stage
	for i := 1; i < len(w.names); i++ {
		if w.entered[i] {
			list = append(list, Stage{w.names[i], w.took[i]})
		}
	}
	return list
}
