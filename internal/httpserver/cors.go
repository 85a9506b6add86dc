package httpserver

import (
	"net/http"
	"slices"
	"strings"
)

// corsMaxAge is how long a browser may remember the answer to a preflight
// request, in seconds.
const corsMaxAge = "600"

// Headers that pages of other origins may send, beside X-TC-..., and read.
const (
	corsSent = "Authorization, Content-Type, Idempotency-Key"
	corsRead = "Retry-After, X-Request-Id, X-TC-TraceId, Idempotent-Replayed, Kahao-Redaction, Kahao-Request-Id, Server-Timing"
)

// WithCORS lets pages of the origins call the handler from browsers (the CORS
// protocol of the Fetch standard); "*" is every origin. Without origins browsers
// let pages of this server's origin alone. Credentials of browsers, such as
// cookies, are never allowed.
func WithCORS(origins []string, next http.Handler) http.Handler {
	if len(origins) == 0 {
		return next
	}
	any := slices.Contains(origins, "*")
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h, origin := w.Header(), r.Header.Get("Origin")
		h.Add("Vary", "Origin")
		if origin == "" || !any && !slices.Contains(origins, origin) {
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Origin", origin)
		if r.Method != http.MethodOptions || r.Header.Get("Access-Control-Request-Method") == "" {
			h.Set("Access-Control-Expose-Headers", corsRead)
			next.ServeHTTP(w, r)
			return
		}
		h.Set("Access-Control-Allow-Methods", "GET, POST")
		h.Set("Access-Control-Allow-Headers", allowedHeaders(r.Header.Get("Access-Control-Request-Headers")))
		h.Set("Access-Control-Max-Age", corsMaxAge)
		w.WriteHeader(http.StatusNoContent)
	})
}

// allowedHeaders is corsSent with the headers of API 3.0 that a preflight asks
// for.
func allowedHeaders(asked string) string {
	allowed := corsSent
	for name := range strings.SplitSeq(asked, ",") {
		name = strings.TrimSpace(name)
		if strings.HasPrefix(strings.ToLower(name), "x-tc-") && token(name) {
			allowed += ", " + name
		}
	}
	return allowed
}

// token reports whether a text is a header's name of ordinary length.
func token(name string) bool {
	return len(name) < 64 && strings.Trim(name, "-abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == ""
}
