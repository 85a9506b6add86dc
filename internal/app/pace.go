package app

import (
	"io"
	"log/slog"
	"net/http"
	"time"
)

// Deadlines and sizes of a connection (spec/reliability.md, R15). Go's zero
// values mean none.
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

func newServer(h http.Handler, logger *slog.Logger) *http.Server {
	// HTTP/2 would let one connection do what the bounds on connections allow
	// to many; a proxy in front may speak it.
	var protocols http.Protocols
	protocols.SetHTTP1(true)
	return &http.Server{
		Handler:           h,
		Protocols:         &protocols,
		ReadHeaderTimeout: headerTimeout,
		IdleTimeout:       idleTimeout,
		MaxHeaderBytes:    headerBytes - slop,
		ErrorLog:          slog.NewLogLogger(logger.Handler(), slog.LevelWarn),
	}
}

// paced gives every piece of a body and of a reply its own deadline, under a
// ceiling for the whole: a slow client is one that sends little, not one that
// has much to send.
func paced(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		control := http.NewResponseController(w)
		if r.Body != nil && r.Body != http.NoBody {
			r.Body = &pacedBody{ReadCloser: r.Body, begun: time.Now(), setDeadline: control.SetReadDeadline}
		}
		next.ServeHTTP(&pacedWriter{ResponseWriter: w, control: control}, r)
	})
}

// pacedBody sets a deadline for every read.
type pacedBody struct {
	io.ReadCloser
	begun       time.Time
	received    int64
	setDeadline func(time.Time) error
}

// Read reads the next piece. At the end of the body the deadline is lifted:
// the server goes on reading, to see whether the client is still there.
func (b *pacedBody) Read(p []byte) (int, error) {
	_ = b.setDeadline(bodyDeadline(b.begun, time.Now(), b.received))
	n, err := b.ReadCloser.Read(p)
	b.received += int64(n)
	if err == io.EOF {
		_ = b.setDeadline(time.Time{})
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
}

// Unwrap lets http.ResponseController through.
func (w *pacedWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// Write writes in pieces.
func (w *pacedWriter) Write(p []byte) (int, error) {
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
