package app

import (
	"context"

	"github.com/kahao/kahao/internal/wire/legacy"
)

// admission bounds the work: a place is taken without waiting before a body is
// read, so that what is too much is turned away before it costs anything, and
// a worker is waited for before a card is read. It stands between the wire and
// the reader with the interfaces of both.
type admission struct {
	reader  legacy.Reader
	places  chan struct{}
	workers chan struct{}
}

var (
	_ legacy.Reader = (*admission)(nil)
	_ legacy.Gate   = (*admission)(nil)
)

// newAdmission allows workers readings at once, and queue requests besides.
func newAdmission(reader legacy.Reader, workers, queue int) *admission {
	return &admission{reader, make(chan struct{}, workers+queue), make(chan struct{}, workers)}
}

// Enter takes a place, or reports that there is none.
func (a *admission) Enter() (leave func(), ok bool) {
	select {
	case a.places <- struct{}{}:
		return func() { <-a.places }, true
	default:
		return nil, false
	}
}

// Read waits for a worker and reads. It returns the context's error when that
// ends first, and the errors of the reader.
func (a *admission) Read(ctx context.Context, picture []byte) (legacy.Reading, error) {
	select {
	case a.workers <- struct{}{}:
	case <-ctx.Done():
		return legacy.Reading{}, ctx.Err()
	}
	defer func() { <-a.workers }()
	return a.reader.Read(ctx, picture)
}
