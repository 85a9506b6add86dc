package server

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/kahao/kahao/internal/admission"
	"github.com/kahao/kahao/internal/api/legacy"
)

// Weigh returns what the header of a picture says of the cost of reading it:
// its pixels, and the bytes that decoding needs. It must be quick, for it is
// asked before a place in the queue is taken. A picture that cannot be read
// costs nothing.
type Weigh func(picture []byte) (pixels, memory int64)

// gate stands between the API and the reader, with the interfaces of
// both: a request has a place in the room before its body is read, and a
// worker before its card is.
type gate struct {
	*admission.Limiter
	reader  legacy.Reader
	weigh   Weigh
	measure func(stage string, took time.Duration)
	// fetched is set aside for a request whose picture may be fetched, however
	// short its body is: 0 where nothing is.
	fetched int64
}

var (
	_ legacy.Reader = (*gate)(nil)
	_ legacy.Gate   = (*gate)(nil)
)

// Enter takes a place, or reports that there is none.
func (a *gate) Enter(ctx context.Context, size int64) (leave func(), ok bool) {
	v := ticketOf(ctx)
	if v == nil {
		v = new(admission.Ticket)
	}
	if !a.TryAcquire(v, max(size, a.fetched)) {
		return nil, false
	}
	return func() { a.Release(v) }, true
}

// RetryAfter is when those who are in now will be done.
func (a *gate) RetryAfter() time.Duration { return a.Limiter.RetryAfter() }

// Read waits for a worker and reads. It returns legacy.ErrOverloaded where
// there is no room for a picture of this weight, legacy.ErrTooLarge where
// there never is, the context's error when that ends first, and the errors of
// the reader.
func (a *gate) Read(ctx context.Context, picture []byte) (legacy.Reading, error) {
	pixels, memory := a.weigh(picture)
	if memory > a.Memory {
		return legacy.Reading{}, fmt.Errorf("%w: decoding needs %d MiB, the server has %d", legacy.ErrTooLarge, memory>>20, a.Memory>>20)
	}
	v := ticketOf(ctx)
	if v == nil {
		v = new(admission.Ticket)
		defer a.Release(v)
	}
	begun := time.Now()
	done, err := a.Acquire(ctx, v, admission.Weight(pixels), memory)
	called := time.Now()
	a.measure("wait", called.Sub(begun))
	if errors.Is(err, admission.ErrQueueFull) {
		return legacy.Reading{}, legacy.ErrOverloaded
	}
	if err != nil {
		return legacy.Reading{}, err
	}
	var took time.Duration
	defer func() { done(took) }() // after a panic, too
	reading, err := a.reader.Read(ctx, picture)
	if ctx.Err() == nil {
		took = time.Since(called)
		a.measure("recognise", took)
	}
	return reading, err
}

type ticketKey struct{}

// withTicket gives every request a ticket of admission control.
func withTicket(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), ticketKey{}, new(admission.Ticket))))
	})
}

// ticketOf returns the ticket of a request, or nil if withTicket has not seen
// it.
func ticketOf(ctx context.Context) *admission.Ticket {
	t, _ := ctx.Value(ticketKey{}).(*admission.Ticket)
	return t
}
