// Package admission is the room that a server has for work, and whose turn it is.
//
// A request takes it in two steps. Before its body is read it enters, without
// waiting: the bytes of the body are set aside, and a place for a light
// picture; what finds no room is turned away before it costs anything
// (spec/reliability.md, R21). Once the header of its picture is known the place
// becomes as large as the picture is heavy, and it waits for a worker. A
// request that has not come that far within uploadGrace loses its place and
// must find one again, so that slow senders do not keep others out while
// nothing is being read.
//
// Light and heavy pictures stand in two lines that share the workers by weight:
// while seven light ones are read, one of weight seven is (start-time fair
// queueing with two flows). So neither kind starves the other.
package admission

import (
	"context"
	"slices"
	"sync"
	"time"
)

// Room is what there is, and who has it. It is safe for concurrent use.
type Room struct {
	Bounds
	now func() time.Time

	mu       sync.Mutex
	bodies   int64    // bytes set aside
	held     int      // weight of all who have a place
	arriving []*Visit // who have a place and not begun to wait, oldest first
	lines    [2]line  // of light and of heavy pictures
	clock    int64    // the start of the latest turn, in weight
	reading  int
	memory   int64         // of what is being read
	pace     time.Duration // a reading's time for a weight of 1, smoothed
	turned   struct{ entering, waiting uint64 }
}

// Bounds of a room.
type Bounds struct {
	Workers int   // pictures read at once
	Most    int   // weight of those read and those that wait
	Bodies  int64 // bytes of all bodies
	Memory  int64 // bytes that the pictures being read need
}

const (
	// uploadGrace is how long a place is kept for a body that is being sent.
	uploadGrace = 2 * time.Second
	// heavy is how many pixels make a picture weigh one more.
	heavy = 8_000_000
	// firstPace stands until something was read.
	firstPace = 100 * time.Millisecond
	// longestWait is the longest that anybody is told to stay away.
	longestWait = time.Minute
)

// Weight is what reading a picture costs, in light ones.
func Weight(pixels int64) int { return 1 + int(pixels/heavy) }

// New returns an empty room.
func New(b Bounds, now func() time.Time) *Room {
	return &Room{Bounds: b, now: now, pace: firstPace}
}

// Visit is one request's stay in the room. The zero value is outside.
type Visit struct {
	body     int64
	weight   int
	entered  time.Time
	arriving bool
}

// Enter lets a request in whose body has size bytes, or turns it away.
func (r *Room) Enter(v *Visit, size int64) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.expire()
	if r.held >= r.Most || r.bodies > 0 && r.bodies+size > r.Bodies {
		r.turned.entering++
		return false
	}
	*v = Visit{body: size, weight: 1, entered: r.now(), arriving: true}
	r.bodies += v.body
	r.held += v.weight
	r.arriving = append(r.arriving, v)
	return true
}

// Leave gives back all that the visit has.
func (r *Room) Leave(v *Visit) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bodies -= v.body
	r.held -= v.weight
	r.arrived(v)
	*v = Visit{}
}

// expire takes the places of those who arrive too slowly.
func (r *Room) expire() {
	for len(r.arriving) > 0 && r.now().Sub(r.arriving[0].entered) >= uploadGrace {
		v := r.arriving[0]
		r.held -= v.weight
		v.weight = 0
		r.arrived(v)
	}
}

// arrived takes the visit off the list of those who have not come far.
func (r *Room) arrived(v *Visit) {
	if v.arriving {
		v.arriving = false
		i := slices.Index(r.arriving, v)
		r.arriving = slices.Delete(r.arriving, i, i+1)
	}
}

// line is first come, first served.
type line struct {
	turns []*Turn
	end   int64 // where the last turn of the line ends, on the clock
}

// drop takes a turn out of the line, and lets those behind it move up.
func (l *line) drop(t *Turn) bool {
	i := slices.Index(l.turns, t)
	if i < 0 {
		return false
	}
	l.turns = slices.Delete(l.turns, i, i+1)
	for _, behind := range l.turns[i:] {
		behind.start -= int64(t.weight)
	}
	l.end -= int64(t.weight)
	return true
}

// Turn is a picture's turn to be read.
type Turn struct {
	weight int
	memory int64
	start  int64         // on the clock
	called chan struct{} // closed when it has come
}

// Wait returns when a worker is free for a picture, which then must be done.
// It reports false when there is no room for its weight, and the context's
// error when that ends first.
func (r *Room) Wait(ctx context.Context, v *Visit, weight int, memory int64) (*Turn, bool, error) {
	t, l := r.join(v, weight, memory)
	if t == nil {
		return nil, false, nil
	}
	select {
	case <-t.called:
		return t, true, nil
	case <-ctx.Done():
	}
	r.mu.Lock()
	if l.drop(t) {
		r.call()
		r.mu.Unlock()
		return nil, true, ctx.Err()
	}
	r.mu.Unlock()
	r.Done(t, 0) // it was called in the same moment
	return nil, true, ctx.Err()
}

func (r *Room) join(v *Visit, weight int, memory int64) (*Turn, *line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	weight = min(weight, r.Most)
	r.expire()
	if more := weight - v.weight; more > 0 {
		if r.held+more > r.Most {
			r.turned.waiting++
			return nil, nil
		}
		r.held += more
		v.weight = weight
	}
	r.arrived(v)
	l := &r.lines[0]
	if weight > 1 {
		l = &r.lines[1]
	}
	t := &Turn{weight: weight, memory: memory, start: max(r.clock, l.end), called: make(chan struct{})}
	l.end = t.start + int64(weight)
	l.turns = append(l.turns, t)
	r.call()
	return t, l
}

// call calls whose turn it is, while there are workers and memory for them.
func (r *Room) call() {
	for r.reading < r.Workers {
		var l *line
		for i := range r.lines {
			if c := &r.lines[i]; len(c.turns) > 0 && (l == nil || c.turns[0].start < l.turns[0].start) {
				l = c
			}
		}
		// What does not fit yet is waited for: who went past it would keep it
		// waiting for good.
		if l == nil || r.memory > 0 && r.memory+l.turns[0].memory > r.Memory {
			return
		}
		t := l.turns[0]
		l.turns = slices.Delete(l.turns, 0, 1)
		r.clock = max(r.clock, t.start)
		r.reading++
		r.memory += t.memory
		close(t.called)
	}
}

// Done frees the worker of a turn. took is how long the reading took, and 0
// where that says nothing.
func (r *Room) Done(t *Turn, took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.reading--
	r.memory -= t.memory
	if took > 0 {
		r.pace += (took/time.Duration(t.weight) - r.pace) / 8
	}
	r.call()
}

// RetryAfter is when those who are in now will be done: whole seconds, one at
// least.
func (r *Room) RetryAfter() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	wait := time.Duration(r.held) * r.pace / time.Duration(r.Workers)
	return min(max(1, (wait+time.Second-1)/time.Second)*time.Second, longestWait)
}

// State is what a room holds at one moment.
type State struct {
	Held             int   // weight of all who have a place
	Waiting, Reading int   // pictures
	Bodies, Memory   int64 // bytes, as bounded

	TurnedEntering, TurnedWaiting uint64 // requests turned away so far, before and after their bodies

	Pace time.Duration // a reading's time for a weight of 1, smoothed
}

// State returns what the room holds now.
func (r *Room) State() State {
	r.mu.Lock()
	defer r.mu.Unlock()
	return State{
		Held: r.held, Waiting: len(r.lines[0].turns) + len(r.lines[1].turns), Reading: r.reading,
		Bodies: r.bodies, Memory: r.memory,
		TurnedEntering: r.turned.entering, TurnedWaiting: r.turned.waiting, Pace: r.pace,
	}
}
