package server

import (
	"log/slog"
	"net/http"

	"github.com/kahao/kahao/internal/redact"
)

// contained is the outermost layer: a panic anywhere below is answered, and
// logged without what was being worked on. The endpoint contains its own; this
// is for everything around it.
func contained(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply := &begunWriter{ResponseWriter: w}
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			logger.Error("panic", "what", redact.Panic(p), "stack", redact.Frames(1))
			if reply.begun {
				panic(http.ErrAbortHandler) // the reply is on its way: cut it off
			}
			w.Header().Set("Connection", "close") // what is left of the body was not read
			status(w, http.StatusInternalServerError, "internal error")
		}()
		next.ServeHTTP(reply, r)
	})
}

// begunWriter knows whether a reply has begun.
type begunWriter struct {
	http.ResponseWriter
	begun bool
}

// Unwrap lets http.ResponseController through.
func (w *begunWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// WriteHeader begins the reply.
func (w *begunWriter) WriteHeader(code int) {
	w.begun = w.begun || code >= 200
	w.ResponseWriter.WriteHeader(code)
}

// Write begins the reply, unless it has.
func (w *begunWriter) Write(p []byte) (int, error) {
	w.begun = true
	return w.ResponseWriter.Write(p)
}
