package bench

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/kahao/kahao"
)

// reader reads in a millisecond, in two stages.
func reader(clock *StageClock) Read {
	return func(ctx context.Context, image []byte) (*kahao.Reading, error) {
		if len(image) == 0 {
			return nil, kahao.ErrEmpty
		}
		time.Sleep(time.Millisecond)
		clock.Mark("first")
		clock.Mark("second")
		return &kahao.Reading{Width: 4, Height: 3, Cards: make([]*kahao.Card, 2)}, ctx.Err()
	}
}

// Every image is read at least once, and the first round is not counted.
func TestAlone(t *testing.T) {
	clock := NewStageClock()
	got, err := Alone(t.Context(), reader(clock), []Subject{{"a", []byte("a")}, {"b", []byte("bb")}}, time.Nanosecond, clock)
	if err != nil || len(got) != 2 {
		t.Fatalf("Alone = %v, %v, want two timings", got, err)
	}
	for i, name := range []string{"a", "b"} {
		x := got[i]
		if x.File != name || x.Width != 4 || x.Height != 3 || x.Bytes != i+1 || x.Cards != 2 {
			t.Errorf("timing %d is of %+v, want image %s, 4x3, %d bytes, 2 cards", i, x, name, i+1)
		}
		if x.Readings != 1 || x.Mean < 1 || x.P50 != x.P99 {
			t.Errorf("timing %d is %+v, want one reading of 1 ms or more", i, x)
		}
	}
	stages := clock.Stop()
	if len(stages) != 2 || stages[0].Stage != "first" || stages[0].Mean < 1 || stages[0].Share < stages[1].Share {
		t.Errorf("stages are %+v, want first with most of the time, then second", stages)
	}
	if clock.Mark("third"); len(clock.Stop()) != 2 {
		t.Error("a stopped clock counts on")
	}
	if _, err := Alone(t.Context(), reader(clock), []Subject{{"c", nil}}, time.Nanosecond, clock); !errors.Is(err, kahao.ErrEmpty) {
		t.Errorf("Alone = %v for an empty image, want ErrEmpty", err)
	}
}

func TestTogether(t *testing.T) {
	clock := NewStageClock()
	clock.Stop()
	rate, err := Together(t.Context(), reader(clock), []Subject{{"a", []byte("a")}}, 50*time.Millisecond, 2)
	if err != nil || rate <= 0 || rate > 2000 {
		t.Errorf("Together = %g, %v, want up to 2000 a second", rate, err)
	}
	if _, err := Together(t.Context(), reader(clock), []Subject{{"a", nil}}, time.Hour, 2); !errors.Is(err, kahao.ErrEmpty) {
		t.Errorf("Together = %v for an empty image, want ErrEmpty", err)
	}
}
