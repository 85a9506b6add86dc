package httpserver

import (
	"log/slog"
	"net/http"

	"github.com/kahao/kahao/internal/redact"
)

// WithRecovery is the outermost layer: it answers a panic below with status
// 500 and logs it without the values that were being processed.
func WithRecovery(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		reply := Wrap(w)
		defer func() {
			p := recover()
			if p == nil {
				return
			}
			if p == http.ErrAbortHandler {
				panic(p)
			}
			logger.Error("panic", "what", redact.Panic(p), "stack", redact.Frames(1))
			if reply.Started() {
				panic(http.ErrAbortHandler) // so that the client does not take the reply for complete
			}
			w.Header().Set("Connection", "close") // the rest of the body was not read
			WriteText(reply, http.StatusInternalServerError, "internal error")
		}()
		next.ServeHTTP(reply, r)
	})
}
