package ratelimit

import (
	"sync"
	"time"
)

// Window counts the requests of each caller within about the last second,
// refused ones included: what a reply says to a caller that asks too often. It is
// safe for concurrent use.
type Window struct {
	now func() time.Time

	mu      sync.Mutex
	callers map[string]*slots
	bytes   int // of the callers
	sweep   int // bytes at which idle callers are removed
}

// slotTime divides a second. With the current slot there are eleven of them, so
// that a whole second is covered.
const (
	slotTime  = 100 * time.Millisecond
	slotCount = int(time.Second/slotTime) + 1
)

// slots are the counts of a caller, in a ring.
type slots struct {
	counts [slotCount]int
	last   int64 // number of the latest slot
}

// NewWindow returns a Window.
func NewWindow(now func() time.Time) *Window {
	return &Window{now: now, callers: map[string]*slots{}, sweep: minSweep}
}

// Count counts a request, and returns how many there were within the last second,
// this one included.
func (w *Window) Count(caller string) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	slot := w.now().UnixNano() / int64(slotTime)
	s := w.callers[caller]
	if s == nil {
		w.bytes += callerSize + len(caller)
		w.makeRoom(slot)
		s = &slots{last: slot}
		w.callers[caller] = s
	}
	s.advance(slot)
	s.counts[int(s.last%int64(slotCount))]++
	total := 0
	for _, n := range s.counts {
		total += n
	}
	return total
}

// advance empties the slots between the latest and the current one. A clock that
// was set back stays in the latest slot.
func (s *slots) advance(slot int64) {
	for n := min(slot-s.last, int64(slotCount)); n > 0; n-- {
		s.counts[int((slot-n+1)%int64(slotCount))] = 0
	}
	s.last = max(s.last, slot)
}

// makeRoom removes callers without a request in the last second. If the others
// take more than maxCallers it removes half of them: their counts start again. The
// lock is held.
func (w *Window) makeRoom(slot int64) {
	if w.bytes < w.sweep {
		return
	}
	remove := func(id string) {
		delete(w.callers, id)
		w.bytes -= callerSize + len(id)
	}
	for id, s := range w.callers {
		if slot-s.last >= int64(slotCount) {
			remove(id)
		}
	}
	if w.bytes > maxCallers {
		for id := range w.callers {
			if w.bytes <= maxCallers/2 {
				break
			}
			remove(id)
		}
	}
	w.sweep = min(max(minSweep, 2*w.bytes), maxCallers)
}
