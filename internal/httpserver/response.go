package httpserver

import (
	"net/http"
	"time"
)

// ResponseWriter knows whether the reply has started. All layers of a request
// share one: see Wrap.
type ResponseWriter struct {
	http.ResponseWriter
	status    int
	paced     bool // each piece of the reply has its own deadline
	malformed bool // the request body is not HTTP
}

// Wrap returns w if it is a ResponseWriter, or else a ResponseWriter around it.
func Wrap(w http.ResponseWriter) *ResponseWriter {
	if rw, ok := w.(*ResponseWriter); ok {
		return rw
	}
	return &ResponseWriter{ResponseWriter: w}
}

// Status is the status that was sent, or 0 before the reply has started.
func (w *ResponseWriter) Status() int { return w.status }

// Started reports whether the reply has started.
func (w *ResponseWriter) Started() bool { return w.status != 0 }

// Unwrap gives http.ResponseController access to the connection.
func (w *ResponseWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader starts the reply. If the request body is not HTTP, a status of
// 200 becomes 400.
func (w *ResponseWriter) WriteHeader(code int) {
	if w.malformed && code == http.StatusOK {
		code = http.StatusBadRequest
	}
	if w.status == 0 && code >= 200 { // others are informational
		w.status = code
	}
	w.ResponseWriter.WriteHeader(code)
}

// Write starts the reply if necessary, and writes in pieces that each have a
// deadline.
func (w *ResponseWriter) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	if !w.paced {
		return w.ResponseWriter.Write(p)
	}
	control := http.NewResponseController(w.ResponseWriter)
	written := 0
	for {
		piece := p[:min(len(p), writeSize)]
		_ = control.SetWriteDeadline(time.Now().Add(writeIdle))
		n, err := w.ResponseWriter.Write(piece)
		written += n
		if p = p[len(piece):]; err != nil || len(p) == 0 {
			return written, err
		}
	}
}

// WriteText sends a status with one line of text, which no cache may keep.
func WriteText(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text + "\n"))
}
