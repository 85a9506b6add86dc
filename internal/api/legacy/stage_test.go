package legacy

import (
	"slices"
	"testing"
	"time"
)

func TestStopwatch(t *testing.T) {
	now := time.Unix(0, 0)
	w := newStopwatch([]string{"", "body", "read", "reply"}, func() time.Time { now = now.Add(time.Second); return now }, now)
	for _, stage := range []int{1, 2, 0, 2, 0} {
		w.enter(stage)
		if w.current() != stage {
			t.Errorf("at %d, want %d", w.current(), stage)
		}
	}
	if got, want := w.stages(), []Stage{{"body", time.Second}, {"read", 2 * time.Second}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
