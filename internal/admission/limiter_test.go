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

func testLimiter(workers, maxWeight int) (*Limiter, *clock) {
	c := &clock{t: time.Unix(1_700_000_000, 0)}
	return New(Bounds{Workers: workers, MaxWeight: maxWeight, Bodies: 1000, Memory: 100}, c.now), c
}

// checkIdle fails unless nothing is reserved.
func checkIdle(t *testing.T, l *Limiter) {
	t.Helper()
	s := l.State()
	s.RejectedAdmission, s.RejectedQueue, s.UnitCost = 0, 0, 0
	if s != (State{}) {
		t.Errorf("State() = %+v, want nothing reserved", s)
	}
	if n := len(l.uploading); n != 0 {
		t.Errorf("%d tickets are uploading, want none", n)
	}
}

// mustEnqueue queues an image that fits.
func mustEnqueue(t *testing.T, l *Limiter, ticket *Ticket, weight int, memory int64) *slot {
	t.Helper()
	s, _ := l.enqueue(ticket, weight, memory)
	if s == nil {
		t.Fatalf("a weight of %d was rejected at %+v", weight, l.State())
	}
	return s
}

func started(s *slot) bool {
	select {
	case <-s.started:
		return true
	default:
		return false
	}
}

func TestTryAcquireBoundsWeight(t *testing.T) {
	l, _ := testLimiter(1, 3)
	var tickets [4]Ticket
	for i := range tickets {
		if got, want := l.TryAcquire(&tickets[i], 10), i < 3; got != want {
			t.Fatalf("TryAcquire of ticket %d = %v, want %v", i, got, want)
		}
	}
	l.Release(&tickets[1])
	if !l.TryAcquire(&tickets[3], 10) {
		t.Error("TryAcquire after a Release = false, want true")
	}
	for _, i := range []int{0, 2, 3} {
		l.Release(&tickets[i])
	}
	checkIdle(t, l)
	if n := l.State().RejectedAdmission; n != 1 {
		t.Errorf("RejectedAdmission = %d, want 1", n)
	}
}

// The bytes of all bodies are bounded. A single body is always admitted: the
// API has its own bound.
func TestTryAcquireBoundsBodies(t *testing.T) {
	l, _ := testLimiter(1, 10)
	var a, b, c Ticket
	if !l.TryAcquire(&a, 5000) {
		t.Fatal("a large body was rejected although it is the only one")
	}
	if l.TryAcquire(&b, 1) {
		t.Error("a body beyond the bound was admitted")
	}
	l.Release(&a)
	for size, ticket := range map[int64]*Ticket{600: &a, 400: &b} {
		if !l.TryAcquire(ticket, size) {
			t.Errorf("a body of %d bytes within the bound was rejected", size)
		}
	}
	if l.TryAcquire(&c, 1) {
		t.Error("a body beyond the full bound was admitted")
	}
	l.Release(&a)
	l.Release(&b)
	checkIdle(t, l)
}

// A heavy image needs its whole weight; one heavier than the bound is accepted
// when it is alone.
func TestEnqueueBoundsWeight(t *testing.T) {
	l, _ := testLimiter(1, 5)
	var a, b, c Ticket
	l.TryAcquire(&a, 1)
	l.TryAcquire(&b, 1)
	first := mustEnqueue(t, l, &a, 4, 1) // a has 4, b 1
	if s, _ := l.enqueue(&b, 2, 1); s != nil {
		t.Error("a weight of 2 was accepted where 1 is left")
	}
	if l.TryAcquire(&c, 1) {
		t.Error("a full limiter admitted a request")
	}
	if n := l.State().RejectedQueue; n != 1 {
		t.Errorf("RejectedQueue = %d, want 1", n)
	}
	l.Release(&b)
	l.free(first, 0)
	l.Release(&a)
	l.TryAcquire(&a, 1)
	l.free(mustEnqueue(t, l, &a, 99, 1), 0)
	l.Release(&a)
	checkIdle(t, l)
}

// The second image of a request uses the weight of the first.
func TestTicketKeepsItsWeight(t *testing.T) {
	l, _ := testLimiter(1, 2)
	var ticket Ticket
	l.TryAcquire(&ticket, 1)
	for range 3 {
		l.free(mustEnqueue(t, l, &ticket, 2, 1), 0)
	}
	if n := l.State().Inflight; n != 2 {
		t.Errorf("Inflight = %d, want 2", n)
	}
	l.Release(&ticket)
	checkIdle(t, l)
}

// A slow upload loses its weight, keeps its bytes, and may get the weight again.
func TestSlowUploadExpires(t *testing.T) {
	l, clock := testLimiter(1, 2)
	var slow, slower, quick, late Ticket
	l.TryAcquire(&slow, 1)
	l.TryAcquire(&slower, 1)
	if l.TryAcquire(&quick, 1) {
		t.Fatal("a full limiter admitted a request")
	}
	clock.add(uploadGrace - 1)
	if l.TryAcquire(&quick, 1) {
		t.Fatal("a ticket expired before its grace was over")
	}
	clock.add(1)
	for _, ticket := range []*Ticket{&quick, &late} {
		if !l.TryAcquire(ticket, 1) {
			t.Fatal("slow uploads keep others out")
		}
	}
	if n := l.State().Bodies; n != 4 {
		t.Errorf("Bodies = %d, want 4", n)
	}
	if s, _ := l.enqueue(&slow, 1, 1); s != nil {
		t.Error("an expired ticket was queued although no weight is left")
	}
	l.Release(&quick)
	s := mustEnqueue(t, l, &slower, 1, 1)
	clock.add(time.Hour) // queued and started images do not expire
	if l.expire(); slower.weight != 1 {
		t.Error("the ticket of an image that is being read expired")
	}
	l.free(s, 0)
	for _, ticket := range []*Ticket{&slow, &slower, &late} {
		l.Release(ticket)
	}
	checkIdle(t, l)
}

// readingOrder queues all images behind one and returns the order in which a
// single worker reads them.
func readingOrder(t *testing.T, l *Limiter, arrivals string) string {
	t.Helper()
	slots := map[byte][]*slot{}
	first := mustEnqueue(t, l, new(Ticket), 1, 1) // keeps the worker busy meanwhile
	for _, kind := range []byte(arrivals) {
		weight := map[byte]int{'l': 1, 'H': 4}[kind]
		slots[kind] = append(slots[kind], mustEnqueue(t, l, new(Ticket), weight, 1))
	}
	l.free(first, 0)
	var read strings.Builder
	for range len(arrivals) {
		for kind, all := range slots {
			if len(all) > 0 && started(all[0]) {
				read.WriteByte(kind)
				slots[kind] = all[1:]
				l.free(all[0], 0)
				break
			}
		}
	}
	return read.String()
}

// Light images overtake heavy ones in proportion to the weights, and neither
// kind starves the other.
func TestQueuesAreFair(t *testing.T) {
	for arrivals, want := range map[string]string{
		"lll":            "lll",
		"HHH":            "HHH",
		"HHHllll":        "HllllHH", // the worker was busy with a light image
		"HHHllllllll":    "HllllHllllH",
		"llllllllllH":    "Hllllllllll",
		"HHllllllllllll": "HllllHllllllll",
	} {
		l, _ := testLimiter(1, 1000)
		if got := readingOrder(t, l, arrivals); got != want {
			t.Errorf("arrivals %s are read as %s, want %s", arrivals, got, want)
		}
	}
}

// A light image waits for at most the running heavy one and one more, however
// many are queued.
func TestQueuesDoNotStarve(t *testing.T) {
	l, _ := testLimiter(1, 1000)
	now := mustEnqueue(t, l, new(Ticket), 4, 1)
	var waiting []*slot
	for range 50 {
		waiting = append(waiting, mustEnqueue(t, l, new(Ticket), 4, 1))
	}
	l.free(now, 0)
	now, waiting = waiting[0], waiting[1:]
	light := mustEnqueue(t, l, new(Ticket), 1, 1)
	before := 0
	for ; !started(light); before++ {
		if !started(now) {
			t.Fatal("the worker is idle although images are queued")
		}
		l.free(now, 0)
		now, waiting = waiting[0], waiting[1:]
	}
	if before > 2 {
		t.Errorf("%d heavy images were read before the light one, want at most 2", before)
	}
}

// Workers and memory bound what is read at once.
func TestReadingIsBounded(t *testing.T) {
	l, _ := testLimiter(3, 100)
	a, b := mustEnqueue(t, l, new(Ticket), 1, 60), mustEnqueue(t, l, new(Ticket), 1, 40)
	c := mustEnqueue(t, l, new(Ticket), 1, 1)
	if got := [3]bool{started(a), started(b), started(c)}; got != [3]bool{true, true, false} {
		t.Fatalf("started: %v, want two images, which use all memory", got)
	}
	l.free(b, 0)
	if !started(c) {
		t.Error("freed memory is not used")
	}
	d := mustEnqueue(t, l, new(Ticket), 1, 1)
	e := mustEnqueue(t, l, new(Ticket), 1, 1)
	if !started(d) {
		t.Error("the third worker is idle")
	}
	if started(e) {
		t.Error("four images are read by three workers")
	}
}

// A canceled Acquire leaves nothing behind, even if the worker was assigned at
// the same moment.
func TestAcquireCanceled(t *testing.T) {
	l, _ := testLimiter(1, 100)
	first := mustEnqueue(t, l, new(Ticket), 0, 1)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	for _, weight := range []int{1, 4} {
		ticket := new(Ticket)
		if done, err := l.Acquire(ctx, ticket, weight, 1); done != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("Acquire of weight %d = %t, %v; want no slot and context.Canceled", weight, done != nil, err)
		}
		l.Release(ticket)
	}
	l.free(first, 0)
	var wg sync.WaitGroup
	for i := range 200 {
		wg.Go(func() {
			ticket := new(Ticket)
			ctx, cancel := context.WithCancel(context.Background())
			go cancel()
			if done, _ := l.Acquire(ctx, ticket, 1+i%5, int64(i%90)); done != nil {
				done(time.Duration(i))
			}
			l.Release(ticket)
			cancel()
		})
	}
	wg.Wait()
	checkIdle(t, l)
	for _, q := range l.queues {
		if q.end > l.clock+5 {
			t.Errorf("a queue ends at %d, the clock is at %d", q.end, l.clock)
		}
	}
}

// Acquire rejects at once what does not fit the queue.
func TestAcquireQueueFull(t *testing.T) {
	l, _ := testLimiter(1, 2)
	mustEnqueue(t, l, new(Ticket), 2, 1)
	if done, err := l.Acquire(context.Background(), new(Ticket), 1, 1); done != nil || !errors.Is(err, ErrQueueFull) {
		t.Errorf("Acquire = %t, %v; want no slot and ErrQueueFull", done != nil, err)
	}
}

// The estimate follows from the admitted weight and the time that readings take.
func TestRetryAfter(t *testing.T) {
	l, _ := testLimiter(2, 100)
	if got := l.RetryAfter(); got != time.Second {
		t.Errorf("RetryAfter() of an idle limiter = %v, want 1s", got)
	}
	for range 60 { // readings of 400 ms for a weight of 1
		ticket := new(Ticket)
		l.free(mustEnqueue(t, l, ticket, 2, 1), 800*time.Millisecond)
		l.Release(ticket)
	}
	mustEnqueue(t, l, new(Ticket), 21, 1)
	if got := l.RetryAfter(); got != 5*time.Second { // 21 x 0.4 s / 2 workers = 4.2 s
		t.Errorf("RetryAfter() = %v, want 5s; the unit cost is %v", got, l.State().UnitCost)
	}
	l.unitCost = time.Hour
	if got := l.RetryAfter(); got != maxRetryAfter {
		t.Errorf("RetryAfter() = %v, want %v", got, maxRetryAfter)
	}
}

func TestWeight(t *testing.T) {
	for decoding, want := range map[time.Duration]int{0: 1, 8 * time.Millisecond: 1, timePerWeight - 1: 1, timePerWeight: 2, 150 * time.Millisecond: 2, 600 * time.Millisecond: 7} {
		if got := Weight(decoding); got != want {
			t.Errorf("Weight(%v) = %d, want %d", decoding, got, want)
		}
	}
}
