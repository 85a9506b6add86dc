package httpserver

import (
	"errors"
	"io"
	"net/http"
	"os"
	"time"
)

// Deadlines and sizes of a connection. Go's zero values mean none.
const (
	headerTimeout = 5 * time.Second
	headerBytes   = 48 << 10 // a query of 32 KiB and headers
	idleTimeout   = 60 * time.Second

	bodyIdle  = 10 * time.Second // between two pieces of a body
	bodyGrace = 5 * time.Second  // before the minimum rate applies
	bodyRate  = 8 << 10          // minimum rate, in bytes a second
	bodyTotal = 60 * time.Second // for the whole body
	writeIdle = 10 * time.Second // for one piece of a reply
	writeSize = 64 << 10         // of a piece: one Write has one deadline
)

// headerSlop is what net/http allows beyond MaxHeaderBytes.
const headerSlop = 4 << 10

// WithDeadlines gives every piece of a body and of a reply its own deadline,
// under a limit for the whole: a slow client is one that sends little, not one
// that has much to send.
//
// The connection is closed after a body that is late or malformed: the rest of
// it, when it arrives, must not be read as a request. net/http does that if the
// reply is still to come. If the reply was sent before the body was read to its
// end, net/http would read the rest as the next request, so the handler aborts.
func WithDeadlines(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply := Wrap(w)
		reply.paced = true
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(reply, r)
			return
		}
		control := http.NewResponseController(w)
		body := &pacedBody{ReadCloser: r.Body, start: time.Now(), setDeadline: control.SetReadDeadline}
		body.failed = func(err error) {
			w.Header().Set("Connection", "close") // has no effect once the reply has started
			body.abort = body.abort || reply.Started() && !body.closes
			body.closes = true
			reply.malformed = reply.malformed || !errors.Is(err, os.ErrDeadlineExceeded)
		}
		r.Body = body
		next.ServeHTTP(reply, r)
		if body.abort {
			panic(http.ErrAbortHandler)
		}
	})
}

// pacedBody sets a deadline for every read.
type pacedBody struct {
	io.ReadCloser
	start       time.Time
	received    int64
	setDeadline func(time.Time) error
	failed      func(error) // called when a read fails
	closes      bool        // the reply closes the connection
	abort       bool        // a read failed after the reply had started
}

// Read reads the next piece. At the end of the body it removes the deadline:
// net/http keeps reading, to notice when the client disconnects.
func (b *pacedBody) Read(p []byte) (int, error) {
	_ = b.setDeadline(bodyDeadline(b.start, time.Now(), b.received))
	n, err := b.ReadCloser.Read(p)
	b.received += int64(n)
	switch {
	case err == io.EOF:
		_ = b.setDeadline(time.Time{})
	case err != nil:
		b.failed(err)
	}
	return n, err
}

// bodyDeadline is when the next piece of a body must have arrived.
func bodyDeadline(start, now time.Time, received int64) time.Time {
	deadline := now.Add(bodyIdle)
	byRate := start.Add(bodyGrace + time.Duration(received)*time.Second/bodyRate + time.Second)
	for _, d := range []time.Time{byRate, start.Add(bodyTotal)} {
		if d.Before(deadline) {
			deadline = d
		}
	}
	return deadline
}
