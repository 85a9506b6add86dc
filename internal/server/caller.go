package server

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"

	"github.com/kahao/kahao/internal/admission"
	"github.com/kahao/kahao/pan"
)

// caller is who sent a request, and the request's stay in the server.
type caller struct {
	id     string     // of the request
	addr   netip.Addr // of the client; the nearest that is known for certain
	scheme string     // that the client used
	visit  admission.Ticket
}

type callerKey struct{}

// callerOf returns what identified noted, or nil.
func callerOf(ctx context.Context) *caller {
	c, _ := ctx.Value(callerKey{}).(*caller)
	return c
}

const (
	requestIDHeader   = "X-Request-Id"
	forwardedFor      = "X-Forwarded-For"
	forwardedProto    = "X-Forwarded-Proto"
	longestRequestID  = 64
	mostForwardedHops = 32

	shortestNumber = 12
	longestNumber  = 19
)

// identified notes who asks. What a proxy says of that is believed from
// trusted ones alone (R18), and scheme is what others speak here; from others it is dropped, so that nothing further
// in can believe it.
func identified(trusted []netip.Prefix, scheme string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := &caller{addr: peer(r), scheme: scheme}
		if contains(trusted, c.addr) {
			c.id = saneID(r.Header.Get(requestIDHeader))
			c.addr = forwarded(r.Header.Values(forwardedFor), c.addr, trusted)
			if p := strings.ToLower(r.Header.Get(forwardedProto)); p == "http" || p == "https" {
				c.scheme = p
			}
		}
		for _, h := range []string{requestIDHeader, forwardedFor, forwardedProto, "Forwarded", "X-Real-Ip", "Cf-Connecting-Ip", "True-Client-Ip"} {
			r.Header.Del(h)
		}
		if c.id == "" {
			c.id = newID()
		}
		w.Header().Set(requestIDHeader, c.id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), callerKey{}, c)))
	})
}

// peer is the address at the other end of the connection.
func peer(r *http.Request) netip.Addr {
	at, _ := netip.ParseAddrPort(r.RemoteAddr)
	return at.Addr().Unmap().WithZone("")
}

func contains(networks []netip.Prefix, a netip.Addr) bool {
	for _, n := range networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// forwarded is the client's address by X-Forwarded-For, to which each proxy
// adds whom it was asked by: the right-most address that is not a trusted
// proxy's own, for all to the left of it is hearsay. Where something else than
// an address stands before such a one is found, it is the last proxy that is
// known.
func forwarded(headers []string, from netip.Addr, trusted []netip.Prefix) netip.Addr {
	hops := strings.Split(strings.Join(headers, ","), ",")
	for i := len(hops) - 1; i >= 0 && i >= len(hops)-mostForwardedHops; i-- {
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
		from = a.Unmap().WithZone("")
		if !contains(trusted, from) {
			return from
		}
	}
	return from
}

// newID makes a request id.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails, see crypto/rand
	return hex.EncodeToString(b[:])
}

// saneID returns an id that may be logged and sent back, and "" for another:
// it is short, of letters, digits, dots, hyphens and underscores, and has no
// card number in it.
func saneID(id string) string {
	if len(id) > longestRequestID {
		return ""
	}
	var digits []byte
	for i := range len(id) {
		switch b := id[i]; {
		case b >= '0' && b <= '9':
			if digits = append(digits, b); endsInNumber(digits) {
				return ""
			}
		case b == '.' || b == '-' || b == '_': // they do not end a number
		case b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z':
			digits = digits[:0]
		default:
			return ""
		}
	}
	return id
}

// endsInNumber reports whether the last digits could be a card number: so many
// as one has, with a right check digit. Few random ids are refused for that.
func endsInNumber(digits []byte) bool {
	for n := shortestNumber; n <= longestNumber && n <= len(digits); n++ {
		if pan.Luhn(string(digits[len(digits)-n:])) {
			return true
		}
	}
	return false
}

// attributed adds to every log record of a request whose it is.
type attributed struct{ slog.Handler }

// Handle adds what is known of the caller.
func (h attributed) Handle(ctx context.Context, r slog.Record) error {
	if c := callerOf(ctx); c != nil {
		r = r.Clone()
		r.AddAttrs(slog.String("request_id", c.id), slog.String("client", c.addr.String()), slog.String("scheme", c.scheme))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs keeps the wrapping.
func (h attributed) WithAttrs(attrs []slog.Attr) slog.Handler {
	return attributed{h.Handler.WithAttrs(attrs)}
}

// WithGroup keeps the wrapping.
func (h attributed) WithGroup(name string) slog.Handler { return attributed{h.Handler.WithGroup(name)} }
