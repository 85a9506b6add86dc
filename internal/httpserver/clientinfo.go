package httpserver

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
)

// ClientInfo describes a request and the client that sent it.
type ClientInfo struct {
	RequestID string
	Addr      netip.Addr // of the client, as far as trusted proxies report it
	Scheme    string     // that the client used: http or https
}

type clientInfoKey struct{}

// ClientInfoFrom returns what WithClientInfo stored, or nil.
func ClientInfoFrom(ctx context.Context) *ClientInfo {
	c, _ := ctx.Value(clientInfoKey{}).(*ClientInfo)
	return c
}

const (
	requestIDHeader  = "X-Request-Id"
	forwardedFor     = "X-Forwarded-For"
	forwardedProto   = "X-Forwarded-Proto"
	maxForwardedHops = 32
)

// WithClientInfo stores request ID, client address and scheme in the context.
// Forwarded headers are honoured only from trusted proxies, and removed, so
// that no later layer can honour them. scheme is what this server speaks.
func WithClientInfo(trusted []netip.Prefix, scheme string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &ClientInfo{Addr: ParseRemoteAddr(r.RemoteAddr), Scheme: scheme}
		if containedIn(trusted, c.Addr) {
			c.RequestID = sanitizeRequestID(r.Header.Get(requestIDHeader))
			c.Addr = forwardedAddr(r.Header.Values(forwardedFor), c.Addr, trusted)
			if p := strings.ToLower(r.Header.Get(forwardedProto)); p == "http" || p == "https" {
				c.Scheme = p
			}
		}
		for _, h := range []string{requestIDHeader, forwardedFor, forwardedProto, "Forwarded", "X-Real-Ip", "Cf-Connecting-Ip", "True-Client-Ip"} {
			r.Header.Del(h)
		}
		if c.RequestID == "" {
			c.RequestID = newRequestID()
		}
		w.Header().Set(requestIDHeader, c.RequestID)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), clientInfoKey{}, c)))
	})
}

// forwardedAddr is the client's address by X-Forwarded-For, to which each proxy
// appends the address of its peer: the right-most address that is not a trusted
// proxy's, because anything to the left of it may be forged. If an entry that
// is no address comes first, the result is the last proxy before it.
func forwardedAddr(headers []string, from netip.Addr, trusted []netip.Prefix) netip.Addr {
	hops := strings.Split(strings.Join(headers, ","), ",")
	for i := len(hops) - 1; i >= 0 && i >= len(hops)-maxForwardedHops; i-- {
		text := strings.TrimSpace(hops[i])
		a, err := netip.ParseAddr(strings.Trim(text, "[]"))
		if err != nil {
			var at netip.AddrPort
			at, err = netip.ParseAddrPort(text)
			a = at.Addr()
		}
		if err != nil {
			return from
		}
		from = normalize(a)
		if !containedIn(trusted, from) {
			return from
		}
	}
	return from
}

// LogHandler adds the ClientInfo of the context to every log record.
type LogHandler struct{ slog.Handler }

// Handle adds the attributes.
func (h LogHandler) Handle(ctx context.Context, r slog.Record) error {
	if c := ClientInfoFrom(ctx); c != nil {
		r = r.Clone()
		r.AddAttrs(slog.String("request_id", c.RequestID), slog.String("client", c.Addr.String()), slog.String("scheme", c.Scheme))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the wrapping.
func (h LogHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return LogHandler{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the wrapping.
func (h LogHandler) WithGroup(name string) slog.Handler { return LogHandler{h.Handler.WithGroup(name)} }
