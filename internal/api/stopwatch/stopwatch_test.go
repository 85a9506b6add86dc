package stopwatch

import (
	"slices"
	"testing"
	"time"
)

func TestStopwatch(t *testing.T) {
	now := time.Unix(0, 0)
	w := New([]string{"", "body", "read", "reply"}, func() time.Time { now = now.Add(time.Second); return now }, now)
	for _, stage := range []int{1, 2, 0, 2, 0} {
		w.Enter(stage)
		if w.Current() != stage {
			t.Errorf("at %d, want %d", w.Current(), stage)
		}
	}
	if got, want := w.Stages(), []Stage{{"body", time.Second}, {"read", 2 * time.Second}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}
