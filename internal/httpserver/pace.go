// Package httpserver bounds what clients may do to the server before anything is
// asked of it: how many connections they have, how large their headers are,
// and how slowly they may send and receive (spec/reliability.md, R15).
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
	headerBytes   = 32 << 10
	idleTimeout   = 60 * time.Second

	bodyIdle  = 10 * time.Second // between two pieces of a body
	bodyGrace = 5 * time.Second  // before the slowest rate counts
	bodyRate  = 8 << 10          // bytes a second, at least
	bodyTotal = 60 * time.Second // for the whole of a body
	writeIdle = 10 * time.Second // for a piece of a reply
	writeSize = 64 << 10         // of a piece: one Write has one deadline
)

// slop is what net/http allows beyond MaxHeaderBytes.
const slop = 4 << 10

// Paced gives every piece of a body and of a reply its own deadline, under a
// ceiling for the whole: a slow client is one that sends little, not one that
// has much to send.
//
// After a body that did not come in time, or not as it should, the connection
// is closed: the rest of it, when it comes, is no request. net/http sees to that
// where the reply is still to come; where it went out before the rest of the
// body was read, it takes the rest for the next request.
func Paced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		reply := &pacedWriter{ResponseWriter: w, control: control}
		if r.Body == nil || r.Body == http.NoBody {
			next.ServeHTTP(reply, r)
			return
		}
		body := &pacedBody{ReadCloser: r.Body, begun: time.Now(), setDeadline: control.SetReadDeadline}
		body.failed = func(err error) {
			w.Header().Set("Connection", "close") // too late once the reply has begun
			body.broken = body.broken || reply.begun && !reply.last
			reply.last = true
			reply.malformed = reply.malformed || !errors.Is(err, os.ErrDeadlineExceeded)
		}
		r.Body = body
		next.ServeHTTP(reply, r)
		if body.broken {
			panic(http.ErrAbortHandler)
		}
	})
}

// pacedBody sets a deadline for every read.
type pacedBody struct {
	io.ReadCloser
	begun       time.Time
	received    int64
	setDeadline func(time.Time) error
	failed      func(error) // called when a read fails
	broken      bool        // it failed after the reply had begun
}

// Read reads the next piece. At the end of the body the deadline is lifted:
// the server goes on reading, to see whether the client is still there.
func (b *pacedBody) Read(p []byte) (int, error) {
	_ = b.setDeadline(bodyDeadline(b.begun, time.Now(), b.received))
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

// bodyDeadline is when the next piece of a body must have come.
func bodyDeadline(begun, now time.Time, received int64) time.Time {
	deadline := now.Add(bodyIdle)
	byRate := begun.Add(bodyGrace + time.Duration(received)*time.Second/bodyRate + time.Second)
	for _, d := range []time.Time{byRate, begun.Add(bodyTotal)} {
		if d.Before(deadline) {
			deadline = d
		}
	}
	return deadline
}

// pacedWriter sets a deadline for every piece of a reply.
type pacedWriter struct {
	http.ResponseWriter
	control *http.ResponseController

	begun     bool
	last      bool // the connection ends with it
	malformed bool // as the body was
}

// Unwrap lets http.ResponseController through.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader begins the reply. To a body that HTTP itself cannot read the
// status is 400, whatever the interface has for it.
func (w *pacedWriter) WriteHeader(code int) {
	if w.malformed && code == http.StatusOK {
		code = http.StatusBadRequest
	}
	w.begun = w.begun || code >= 200
	w.ResponseWriter.WriteHeader(code)
}

// Write writes in pieces.
func (w *pacedWriter) Write(p []byte) (int, error) {
	w.begun = true
	written := 0
	for {
		piece := p[:min(len(p), writeSize)]
		_ = w.control.SetWriteDeadline(time.Now().Add(writeIdle))
		n, err := w.ResponseWriter.Write(piece)
		written += n
		if p = p[len(piece):]; err != nil || len(p) == 0 {
			return written, err
		}
	}
}
