// Package admission is the server's admission control: it bounds how many
// requests are in progress and schedules the images among the workers.
//
// A request is admitted in two steps. TryAcquire runs before the body is read
// and never blocks: it reserves the bytes of the body and the weight of a light
// image, so that a rejected request costs almost nothing. Acquire runs once the
// image header is known: it raises the reserved weight to that of the image and
// waits in the queue for a worker. A request that has not reached Acquire
// within uploadGrace loses its weight and must get it again there, so that slow
// senders do not block others while nothing is being read.
//
// Light and heavy images have separate queues that share the workers by weight:
// while seven light images are read, one of weight seven is (start-time fair
// queueing with two flows). Neither queue starves the other.
package admission

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// ErrQueueFull reports that the queue has no capacity left for the weight of an
// image.
var ErrQueueFull = errors.New("admission: the queue is full")

// Limiter admits requests within its Bounds. It is safe for concurrent use.
type Limiter struct {
	Bounds
	now func() time.Time

	mu         sync.Mutex
	bodies     int64     // bytes reserved for bodies
	inflight   int       // weight of all tickets
	uploading  []*Ticket // tickets that have not reached Acquire, oldest first
	queues     [2]queue  // of light and of heavy images
	clock      int64     // start of the latest slot, in weight
	reading    int
	memory     int64         // decoding memory of the images being read
	unitCost   time.Duration // reading time of a weight of 1, smoothed
	rejections struct{ admission, queue uint64 }
}

// Bounds are the capacities of a Limiter.
type Bounds struct {
	Workers   int   // images read at once
	MaxWeight int   // weight of the images read and queued
	Bodies    int64 // bytes of all request bodies
	Memory    int64 // decoding memory, in bytes, of all images being read
}

const (
	// uploadGrace is how long a ticket keeps its weight during the upload.
	uploadGrace = 2 * time.Second
	// timePerWeight is how much decoding adds one to an image's weight: about as
	// much as reading a light image takes.
	timePerWeight = 100 * time.Millisecond
	// initialUnitCost is used until an image has been read.
	initialUnitCost = 100 * time.Millisecond
	// maxRetryAfter bounds RetryAfter.
	maxRetryAfter = time.Minute
)

// Weight returns the cost of reading an image, in units of a light one, from the
// estimated time of decoding it.
func Weight(decodeTime time.Duration) int { return 1 + int(decodeTime/timePerWeight) }

// New returns an idle Limiter.
func New(b Bounds, now func() time.Time) *Limiter {
	return &Limiter{Bounds: b, now: now, unitCost: initialUnitCost}
}

// Ticket is what one request has reserved. The zero value reserves nothing.
type Ticket struct {
	body      int64
	weight    int
	issued    time.Time
	uploading bool
}

// TryAcquire reserves the bytes of a body and the weight of a light image, or
// reports false. It does not block. A body larger than the bound is admitted if
// it is the only one.
func (l *Limiter) TryAcquire(t *Ticket, size int64) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.expire()
	if l.inflight >= l.MaxWeight || l.bodies > 0 && l.bodies+size > l.Bodies {
		l.rejections.admission++
		return false
	}
	*t = Ticket{body: size, weight: 1, issued: l.now(), uploading: true}
	l.bodies += t.body
	l.inflight += t.weight
	l.uploading = append(l.uploading, t)
	return true
}

// Release returns everything that the ticket reserves.
func (l *Limiter) Release(t *Ticket) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.bodies -= t.body
	l.inflight -= t.weight
	l.endUpload(t)
	*t = Ticket{}
}

// expire takes the weight of tickets whose upload is too slow.
func (l *Limiter) expire() {
	for len(l.uploading) > 0 && l.now().Sub(l.uploading[0].issued) >= uploadGrace {
		t := l.uploading[0]
		l.inflight -= t.weight
		t.weight = 0
		l.endUpload(t)
	}
}

// endUpload removes the ticket from the list of uploads.
func (l *Limiter) endUpload(t *Ticket) {
	if t.uploading {
		t.uploading = false
		i := slices.Index(l.uploading, t)
		l.uploading = slices.Delete(l.uploading, i, i+1)
	}
}

// queue is first in, first out.
type queue struct {
	slots []*slot
	end   int64 // where the last slot ends on the clock
}

// remove takes a slot out of the queue and moves the later ones up. It reports
// false if the slot is not queued.
func (q *queue) remove(s *slot) bool {
	i := slices.Index(q.slots, s)
	if i < 0 {
		return false
	}
	q.slots = slices.Delete(q.slots, i, i+1)
	for _, later := range q.slots[i:] {
		later.start -= int64(s.weight)
	}
	q.end -= int64(s.weight)
	return true
}

// slot is one image's use of a worker, queued or started.
type slot struct {
	weight  int
	memory  int64
	start   int64         // on the clock
	started chan struct{} // closed when the worker is assigned
}

// Acquire waits for a worker. The caller must call done once: took is the
// reading time, or 0 if it says nothing about the cost. Acquire returns
// ErrQueueFull at once if the weight does not fit, or the context's error.
func (l *Limiter) Acquire(ctx context.Context, t *Ticket, weight int, memory int64) (done func(took time.Duration), err error) {
	s, q := l.enqueue(t, weight, memory)
	if s == nil {
		return nil, ErrQueueFull
	}
	select {
	case <-s.started:
		return func(took time.Duration) { l.free(s, took) }, nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	queued := q.remove(s)
	if queued {
		l.startSlots()
	}
	l.mu.Unlock()
	if !queued { // a worker was assigned at the same moment
		l.free(s, 0)
	}
	return nil, ctx.Err()
}

func (l *Limiter) enqueue(t *Ticket, weight int, memory int64) (*slot, *queue) {
	l.mu.Lock()
	defer l.mu.Unlock()
	weight = min(weight, l.MaxWeight)
	l.expire()
	if more := weight - t.weight; more > 0 {
		if l.inflight+more > l.MaxWeight {
			l.rejections.queue++
			return nil, nil
		}
		l.inflight += more
		t.weight = weight
	}
	l.endUpload(t)
	q := &l.queues[0]
	if weight > 1 {
		q = &l.queues[1]
	}
	s := &slot{weight: weight, memory: memory, start: max(l.clock, q.end), started: make(chan struct{})}
	q.end = s.start + int64(weight)
	q.slots = append(q.slots, s)
	l.startSlots()
	return s, q
}

// startSlots assigns free workers to the slots with the earliest start.
func (l *Limiter) startSlots() {
	for l.reading < l.Workers {
		var next *queue
		for i := range l.queues {
			if q := &l.queues[i]; len(q.slots) > 0 && (next == nil || q.slots[0].start < next.slots[0].start) {
				next = q
			}
		}
		// Head-of-line blocking is deliberate: letting smaller images overtake
		// would starve a large one.
		if next == nil || l.memory > 0 && l.memory+next.slots[0].memory > l.Memory {
			return
		}
		s := next.slots[0]
		next.slots = slices.Delete(next.slots, 0, 1)
		l.clock = max(l.clock, s.start)
		l.reading++
		l.memory += s.memory
		close(s.started)
	}
}

// free returns the worker of a slot.
func (l *Limiter) free(s *slot, took time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.reading--
	l.memory -= s.memory
	if took > 0 {
		l.unitCost += (took/time.Duration(s.weight) - l.unitCost) / 8
	}
	l.startSlots()
}

// RetryAfter estimates when the admitted requests will be done, in whole
// seconds, at least one.
func (l *Limiter) RetryAfter() time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	wait := time.Duration(l.inflight) * l.unitCost / time.Duration(l.Workers)
	return min(max(1, (wait+time.Second-1)/time.Second)*time.Second, maxRetryAfter)
}

// State is a snapshot of a Limiter.
type State struct {
	Inflight        int   // weight of all tickets
	Queued, Reading int   // images
	Bodies, Memory  int64 // bytes, as in Bounds

	// Requests rejected so far, by TryAcquire and by Acquire.
	RejectedAdmission, RejectedQueue uint64

	UnitCost time.Duration // reading time of a weight of 1, smoothed
}

// State returns a snapshot.
func (l *Limiter) State() State {
	l.mu.Lock()
	defer l.mu.Unlock()
	return State{
		Inflight: l.inflight, Queued: len(l.queues[0].slots) + len(l.queues[1].slots), Reading: l.reading,
		Bodies: l.bodies, Memory: l.memory,
		RejectedAdmission: l.rejections.admission, RejectedQueue: l.rejections.queue, UnitCost: l.unitCost,
	}
}
