package stopwatch

import (
	"slices"
	"testing"
	"time"
)

func TestStopwatch(t *testing.T) {
	now := time.Unix(0, 0)
	w := New(func() time.Time { now = now.Add(time.Second); return now }, now)
	for _, stage := range []int{Body, Read, None, Read, None} {
		w.Enter(stage)
		if w.Current() != stage {
			t.Errorf("at %d, want %d", w.Current(), stage)
		}
	}
	if got, want := w.Stages(), []Stage{{"body", time.Second}, {"read", 2 * time.Second}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
	at := func(second int64) time.Time { return time.Unix(second, 0) }
	want := []Interval{{Stage{"body", time.Second}, at(1)}, {Stage{"read", time.Second}, at(2)}, {Stage{"read", time.Second}, at(4)}}
	if got := w.Intervals(); !slices.Equal(got, want) {
		t.Errorf("Intervals() = %v, want %v", got, want)
	}
	for range 2 * maxIntervals {
		w.Enter(Body)
	}
	if got := len(w.Intervals()); got != maxIntervals {
		t.Errorf("%d intervals after many visits, want %d", got, maxIntervals)
	}
}
