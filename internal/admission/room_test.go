package admission

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"
)

// clock is a time that tests set.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time { c.mu.Lock(); defer c.mu.Unlock(); return c.t }

func (c *clock) add(d time.Duration) { c.mu.Lock(); defer c.mu.Unlock(); c.t = c.t.Add(d) }

func testRoom(workers, most int) (*Room, *clock) {
	c := &clock{t: time.Unix(1_700_000_000, 0)}
	return New(Bounds{Workers: workers, Most: most, Bodies: 1000, Memory: 100}, c.now), c
}

// empty fails unless nothing is held.
func empty(t *testing.T, r *Room) {
	t.Helper()
	s := r.State()
	s.TurnedEntering, s.TurnedWaiting, s.Pace = 0, 0, 0
	if s != (State{}) || len(r.arriving) != 0 {
		t.Errorf("left behind: %+v, %d arriving", s, len(r.arriving))
	}
}

// mustJoin puts a picture in its line.
func mustJoin(t *testing.T, r *Room, v *Visit, weight int, memory int64) *Turn {
	t.Helper()
	turn, _ := r.join(v, weight, memory)
	if turn == nil {
		t.Fatalf("no room for a weight of %d: %+v", weight, r.State())
	}
	return turn
}

func called(t *Turn) bool {
	select {
	case <-t.called:
		return true
	default:
		return false
	}
}

// Places are taken without waiting, and given back.
func TestRoomBoundsPlaces(t *testing.T) {
	r, _ := testRoom(1, 3)
	var visits [4]Visit
	for i := range visits {
		if got, want := r.Enter(&visits[i], 10), i < 3; got != want {
			t.Fatalf("visit %d: %v", i, got)
		}
	}
	r.Leave(&visits[1])
	if !r.Enter(&visits[3], 10) {
		t.Error("a place that was given back is not free")
	}
	for _, i := range []int{0, 2, 3} {
		r.Leave(&visits[i])
	}
	empty(t, r)
	if n := r.State().TurnedEntering; n != 1 {
		t.Errorf("%d turned away", n)
	}
}

// Bodies are bounded by their bytes in all; one alone is always let in, for
// the interface has its own bound.
func TestRoomBoundsBodies(t *testing.T) {
	r, _ := testRoom(1, 10)
	var a, b, c Visit
	if !r.Enter(&a, 5000) {
		t.Fatal("alone")
	}
	if r.Enter(&b, 1) {
		t.Error("beyond the bound")
	}
	r.Leave(&a)
	if !r.Enter(&a, 600) || !r.Enter(&b, 400) || r.Enter(&c, 1) {
		t.Error("up to the bound, and not beyond")
	}
	r.Leave(&a)
	r.Leave(&b)
	empty(t, r)
}

// A heavy picture needs a heavy place; one heavier than the room is let in
// when it is alone.
func TestRoomWeighs(t *testing.T) {
	r, _ := testRoom(1, 5)
	var a, b, c Visit
	r.Enter(&a, 1)
	r.Enter(&b, 1)
	first := mustJoin(t, r, &a, 4, 1) // 4 of it and 1 of b
	if turn, _ := r.join(&b, 2, 1); turn != nil {
		t.Error("a weight of 2 found room in 1")
	}
	if r.Enter(&c, 1) {
		t.Error("a full room lets in")
	}
	if n := r.State().TurnedWaiting; n != 1 {
		t.Errorf("%d turned away", n)
	}
	r.Leave(&b)
	r.Done(first, 0)
	r.Leave(&a)
	r.Enter(&a, 1)
	r.Done(mustJoin(t, r, &a, 99, 1), 0)
	r.Leave(&a)
	empty(t, r)
}

// A second picture of one request takes the place of the first.
func TestRoomReusesPlaces(t *testing.T) {
	r, _ := testRoom(1, 2)
	var v Visit
	r.Enter(&v, 1)
	for range 3 {
		r.Done(mustJoin(t, r, &v, 2, 1), 0)
	}
	if r.State().Held != 2 {
		t.Errorf("%+v", r.State())
	}
	r.Leave(&v)
	empty(t, r)
}

// Who sends slowly loses the place, keeps the bytes, and finds a place again
// if there is one.
func TestRoomExpiresUploads(t *testing.T) {
	r, clock := testRoom(1, 2)
	var slow, slower, quick, late Visit
	r.Enter(&slow, 1)
	r.Enter(&slower, 1)
	if r.Enter(&quick, 1) {
		t.Fatal("full")
	}
	clock.add(uploadGrace - 1)
	if r.Enter(&quick, 1) {
		t.Fatal("the grace is not over")
	}
	clock.add(1)
	if !r.Enter(&quick, 1) || !r.Enter(&late, 1) {
		t.Fatal("slow senders keep others out")
	}
	if r.State().Bodies != 4 {
		t.Errorf("%+v", r.State())
	}
	if turn, _ := r.join(&slow, 1, 1); turn != nil {
		t.Error("there is no place any more")
	}
	r.Leave(&quick)
	turn := mustJoin(t, r, &slower, 1, 1)
	clock.add(time.Hour) // whoever waits or reads keeps the place
	if r.expire(); slower.weight != 1 {
		t.Error("the place of a picture that is being read was taken")
	}
	r.Done(turn, 0)
	for _, v := range []*Visit{&slow, &slower, &late} {
		r.Leave(v)
	}
	empty(t, r)
}

// order has every picture wait and then reads them one after the other.
func order(t *testing.T, r *Room, arrivals string) string {
	t.Helper()
	turns := map[byte][]*Turn{}
	first := mustJoin(t, r, new(Visit), 1, 1) // keeps the worker while they arrive
	for _, kind := range []byte(arrivals) {
		weight := map[byte]int{'l': 1, 'H': 4}[kind]
		turns[kind] = append(turns[kind], mustJoin(t, r, new(Visit), weight, 1))
	}
	r.Done(first, 0)
	var read strings.Builder
	for range len(arrivals) {
		for kind, all := range turns {
			if len(all) > 0 && called(all[0]) {
				read.WriteByte(kind)
				turns[kind] = all[1:]
				r.Done(all[0], 0)
				break
			}
		}
	}
	return read.String()
}

// Light pictures go past heavy ones, by as much as they are lighter, and
// neither kind starves the other.
func TestRoomIsFair(t *testing.T) {
	for arrivals, want := range map[string]string{
		"lll":            "lll",
		"HHH":            "HHH",
		"HHHllll":        "HllllHH", // the light line had its turn when they came
		"HHHllllllll":    "HllllHllllH",
		"llllllllllH":    "Hllllllllll",
		"HHllllllllllll": "HllllHllllllll",
	} {
		r, _ := testRoom(1, 1000)
		if got := order(t, r, arrivals); got != want {
			t.Errorf("%s is read as %s, want %s", arrivals, got, want)
		}
	}
}

// However many heavy pictures wait, a light one waits for one of them, and the
// other way round.
func TestRoomStarvesNobody(t *testing.T) {
	r, _ := testRoom(1, 1000)
	now := mustJoin(t, r, new(Visit), 4, 1)
	var waiting []*Turn
	for range 50 {
		waiting = append(waiting, mustJoin(t, r, new(Visit), 4, 1))
	}
	r.Done(now, 0)
	now, waiting = waiting[0], waiting[1:]
	light := mustJoin(t, r, new(Visit), 1, 1)
	before := 0
	for ; !called(light); before++ {
		if !called(now) {
			t.Fatal("nobody is called")
		}
		r.Done(now, 0)
		now, waiting = waiting[0], waiting[1:]
	}
	if before > 2 {
		t.Errorf("%d heavy pictures were read before the light one", before)
	}
}

// What is read at once is bounded by workers and by memory.
func TestRoomBoundsMemory(t *testing.T) {
	r, _ := testRoom(3, 100)
	a, b := mustJoin(t, r, new(Visit), 1, 60), mustJoin(t, r, new(Visit), 1, 40)
	c := mustJoin(t, r, new(Visit), 1, 1)
	if !called(a) || !called(b) || called(c) {
		t.Fatalf("%+v", r.State())
	}
	r.Done(b, 0)
	if !called(c) {
		t.Error("memory that is free is not used")
	}
	d := mustJoin(t, r, new(Visit), 1, 1)
	e := mustJoin(t, r, new(Visit), 1, 1)
	if !called(d) || called(e) {
		t.Error("three workers")
	}
}

// Who gives up waiting leaves nothing behind, even if called in that moment.
func TestRoomForgetsWhoGivesUp(t *testing.T) {
	r, _ := testRoom(1, 100)
	first := mustJoin(t, r, new(Visit), 0, 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, weight := range []int{1, 4} {
		v := new(Visit)
		if turn, ok, err := r.Wait(ctx, v, weight, 1); turn != nil || !ok || !errors.Is(err, context.Canceled) {
			t.Errorf("%v %v %v", turn, ok, err)
		}
		r.Leave(v)
	}
	r.Done(first, 0)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			v := new(Visit)
			ctx, cancel := context.WithCancel(context.Background())
			go cancel()
			if turn, _, _ := r.Wait(ctx, v, 1+i%5, int64(i%90)); turn != nil {
				r.Done(turn, time.Duration(i))
			}
			r.Leave(v)
			cancel()
		})
	}
	wg.Wait()
	empty(t, r)
	for _, l := range r.lines {
		if l.end > r.clock+5 {
			t.Errorf("a line ends at %d, the clock is at %d", l.end, r.clock)
		}
	}
}

// The time to come back follows from what is in and from how long readings
// take.
func TestRetryAfter(t *testing.T) {
	r, _ := testRoom(2, 100)
	if got := r.RetryAfter(); got != time.Second {
		t.Errorf("empty: %v", got)
	}
	for range 60 { // readings of 400 ms for a weight of 1
		v := new(Visit)
		r.Done(mustJoin(t, r, v, 2, 1), 800*time.Millisecond)
		r.Leave(v)
	}
	v := new(Visit)
	mustJoin(t, r, v, 21, 1)
	if got := r.RetryAfter(); got != 5*time.Second { // 21 x 0.4 s / 2 workers = 4.2 s
		t.Errorf("%v, pace %v", got, r.State().Pace)
	}
	r.pace = time.Hour
	if got := r.RetryAfter(); got != longestWait {
		t.Errorf("%v", got)
	}
}

func TestWeight(t *testing.T) {
	for pixels, want := range map[int64]int{0: 1, 800 * 600: 1, heavy - 1: 1, heavy: 2, 4000 * 3000: 2, 50_000_000: 7} {
		if got := Weight(pixels); got != want {
			t.Errorf("%d pixels weigh %d, want %d", pixels, got, want)
		}
	}
}
