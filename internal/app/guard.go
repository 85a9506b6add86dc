package app

import (
	"fmt"
	"log/slog"
	"net/http"
	"runtime"
	"strings"
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
			logger.Error("panic", "what", panicText(p), "stack", frames())
			if reply.begun {
				panic(http.ErrAbortHandler) // the reply is on its way: cut it off
			}
			w.Header().Set("Connection", "close") // what is left of the body was not read
			status(w, http.StatusInternalServerError, "internal error")
		}()
		next.ServeHTTP(reply, r)
	})
}

// panicText names a panic. Its value may quote what was being worked on, card
// numbers included; the runtime's own errors do not.
func panicText(p any) string {
	if err, ok := p.(runtime.Error); ok {
		return err.Error()
	}
	return fmt.Sprintf("panic with a %T", p)
}

// frames are the functions that led to a panic. Unlike debug.Stack they are
// without arguments, which would be pieces of memory.
func frames() string {
	pcs := make([]uintptr, 64)
	iterator := runtime.CallersFrames(pcs[:runtime.Callers(3, pcs)])
	var b strings.Builder
	for {
		f, more := iterator.Next()
		fmt.Fprintf(&b, "%s %s:%d\n", f.Function, f.File[strings.LastIndexByte(f.File, '/')+1:], f.Line)
		if !more {
			return b.String()
		}
	}
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
