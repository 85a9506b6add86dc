package httpserver

import (
	"bytes"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"strings"
	"testing"
)

var (
	lan   = netip.MustParsePrefix("10.0.0.0/8")
	lanV6 = netip.MustParsePrefix("fd00::/64")
)

// send sends a request received WithClientInfo and returns the stored ClientInfo,
// the header of the reply, and the request as the next handler got it.
func send(from string, trusted []netip.Prefix, header http.Header) (*ClientInfo, http.Header, *http.Request) {
	var stored *ClientInfo
	var received *http.Request
	r := httptest.NewRequest("POST", "/", nil)
	r.RemoteAddr, r.Header = from, header
	w := httptest.NewRecorder()
	WithClientInfo(trusted, "http", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stored, received = ClientInfoFrom(r.Context()), r
	})).ServeHTTP(w, r)
	return stored, w.Header(), received
}

// X-Forwarded-For is honoured only from trusted proxies: the client is its
// right-most address that is not a trusted proxy.
func TestForwardedFor(t *testing.T) {
	trusted := []netip.Prefix{lan, lanV6}
	for _, c := range []struct {
		from string
		xff  []string
		want string
	}{
		{"198.51.100.9:1", []string{"203.0.113.1"}, "198.51.100.9"}, // not a proxy: ignored
		{"10.0.0.1:1", nil, "10.0.0.1"},
		{"10.0.0.1:1", []string{"203.0.113.1"}, "203.0.113.1"},
		{"10.0.0.1:1", []string{"192.0.2.66, 203.0.113.1"}, "203.0.113.1"}, // the left one may be forged
		{"10.0.0.1:1", []string{"192.0.2.66, 203.0.113.1, 10.9.9.9"}, "203.0.113.1"},
		{"10.0.0.1:1", []string{"192.0.2.66", "203.0.113.1", "10.9.9.9"}, "203.0.113.1"}, // in several headers
		{"10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},                       // all are proxies: the first
		{"10.0.0.1:1", []string{"203.0.113.1, unknown"}, "10.0.0.1"},
		{"10.0.0.1:1", []string{"203.0.113.1, unknown, 10.0.0.2"}, "10.0.0.2"},
		{"10.0.0.1:1", []string{""}, "10.0.0.1"},
		{"10.0.0.1:1", []string{"203.0.113.1:4711"}, "203.0.113.1"},
		{"10.0.0.1:1", []string{"[2001:db8::1]:4711"}, "2001:db8::1"},
		{"10.0.0.1:1", []string{"[2001:db8::1]"}, "2001:db8::1"},
		{"10.0.0.1:1", []string{"::ffff:203.0.113.1"}, "203.0.113.1"},
		{"[::ffff:10.0.0.1]:1", []string{"203.0.113.1"}, "203.0.113.1"},
		{"[fd00::5]:1", []string{"2001:db8::1"}, "2001:db8::1"},
		{"[fd00:0:0:1::5]:1", []string{"2001:db8::1"}, "fd00:0:0:1::5"},
		{"10.0.0.1:1", []string{strings.Repeat("10.0.0.2,", 40) + "10.0.0.3"}, "10.0.0.2"},
		{"10.0.0.1:1", []string{"192.0.2.66" + strings.Repeat(",10.0.0.2", 40)}, "10.0.0.2"}, // more hops than allowed
	} {
		header := http.Header{}
		for _, x := range c.xff {
			header.Add("X-Forwarded-For", x)
		}
		info, _, _ := send(c.from, trusted, header)
		if info.Addr.String() != c.want {
			t.Errorf("from %s, X-Forwarded-For %q: client is %v, want %s", c.from, c.xff, info.Addr, c.want)
		}
	}
}

// Scheme and request ID are honoured only from trusted proxies, and the headers
// are removed either way.
func TestForwardedHeaders(t *testing.T) {
	header := func() http.Header {
		return http.Header{"X-Forwarded-Proto": {"HTTPS"}, "X-Request-Id": {"abc-123"}, "X-Forwarded-For": {"203.0.113.1"}, "X-Real-Ip": {"203.0.113.1"}, "Forwarded": {"for=203.0.113.1"}}
	}
	info, reply, received := send("10.0.0.1:1", []netip.Prefix{lan}, header())
	if info.Scheme != "https" || info.RequestID != "abc-123" || reply.Get("X-Request-Id") != "abc-123" {
		t.Errorf("from a proxy: stored %+v and replied %v, want https and abc-123", info, reply)
	}
	if len(received.Header) != 0 {
		t.Errorf("from a proxy: headers %v were left, want none", received.Header)
	}
	info, reply, received = send("198.51.100.9:1", []netip.Prefix{lan}, header())
	if info.Scheme != "http" || len(info.RequestID) != 32 || reply.Get("X-Request-Id") != info.RequestID {
		t.Errorf("from a stranger: stored %+v and replied %v, want http and a new ID", info, reply)
	}
	if len(received.Header) != 0 {
		t.Errorf("from a stranger: headers %v were left, want none", received.Header)
	}
	second, _, _ := send("198.51.100.9:1", nil, http.Header{})
	if second.RequestID == info.RequestID {
		t.Errorf("two requests have the ID %s", info.RequestID)
	}
	if info, _, _ = send("10.0.0.1:1", []netip.Prefix{lan}, http.Header{"X-Forwarded-Proto": {"gopher"}}); info.Scheme != "http" {
		t.Errorf("X-Forwarded-Proto gopher: scheme %q, want http", info.Scheme)
	}
}

func TestLogHandler(t *testing.T) {
	var b bytes.Buffer
	logger := slog.New(LogHandler{slog.NewTextHandler(&b, nil)}).With("a", 1).WithGroup("g")
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "192.0.2.7:1"
	WithClientInfo(nil, "http", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		logger.InfoContext(r.Context(), "request")
	})).ServeHTTP(httptest.NewRecorder(), r)
	logger.Info("other")
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 2 {
		t.Fatalf("logged %q, want two lines", lines)
	}
	for _, want := range []string{"client=192.0.2.7", "request_id=", "scheme=http"} {
		if !strings.Contains(lines[0], want) {
			t.Errorf("the record of a request is %q, want %q in it", lines[0], want)
		}
	}
	if strings.Contains(lines[1], "client") {
		t.Errorf("a record without a request is %q, want no client in it", lines[1])
	}
}
