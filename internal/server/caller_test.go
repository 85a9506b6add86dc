package server

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

// ask sends a request through identified and returns what it noted, the reply
// and the request as it came through.
func ask(from string, trusted []netip.Prefix, header http.Header) (*caller, http.Header, *http.Request) {
	var noted *caller
	var through *http.Request
	r := httptest.NewRequest("POST", "/", nil)
	r.RemoteAddr, r.Header = from, header
	w := httptest.NewRecorder()
	identified(trusted, "http", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		noted, through = callerOf(r.Context()), r
	})).ServeHTTP(w, r)
	return noted, w.Header(), through
}

// X-Forwarded-For counts from trusted proxies alone, and of it the right-most
// address that is not one of theirs (R18).
func TestForwardedFor(t *testing.T) {
	trusted := []netip.Prefix{lan, lanV6}
	for _, c := range []struct {
		from string
		xff  []string
		want string
	}{
		{"198.51.100.9:1", []string{"203.0.113.1"}, "198.51.100.9"}, // not a proxy: not believed
		{"10.0.0.1:1", nil, "10.0.0.1"},
		{"10.0.0.1:1", []string{"203.0.113.1"}, "203.0.113.1"},
		{"10.0.0.1:1", []string{"192.0.2.66, 203.0.113.1"}, "203.0.113.1"}, // the left one is hearsay
		{"10.0.0.1:1", []string{"192.0.2.66, 203.0.113.1, 10.9.9.9"}, "203.0.113.1"},
		{"10.0.0.1:1", []string{"192.0.2.66", "203.0.113.1", "10.9.9.9"}, "203.0.113.1"}, // in several headers
		{"10.0.0.1:1", []string{"10.0.0.3, 10.0.0.2"}, "10.0.0.3"},                       // all are theirs: the first
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
		{"10.0.0.1:1", []string{"192.0.2.66" + strings.Repeat(",10.0.0.2", 40)}, "10.0.0.2"}, // further back than anybody's chain
	} {
		header := http.Header{}
		for _, x := range c.xff {
			header.Add("X-Forwarded-For", x)
		}
		noted, _, _ := ask(c.from, trusted, header)
		if noted.addr.String() != c.want {
			t.Errorf("from %s, %q: %v, want %s", c.from, c.xff, noted.addr, c.want)
		}
	}
}

// The scheme and the request's id are believed from trusted proxies alone; and
// nothing behind can believe what was not.
func TestForwardedHeaders(t *testing.T) {
	header := func() http.Header {
		return http.Header{"X-Forwarded-Proto": {"HTTPS"}, "X-Request-Id": {"abc-123"}, "X-Forwarded-For": {"203.0.113.1"}, "X-Real-Ip": {"203.0.113.1"}, "Forwarded": {"for=203.0.113.1"}}
	}
	noted, reply, through := ask("10.0.0.1:1", []netip.Prefix{lan}, header())
	if noted.scheme != "https" || noted.id != "abc-123" || reply.Get("X-Request-Id") != "abc-123" {
		t.Errorf("from a proxy: %+v, %v", noted, reply)
	}
	if len(through.Header) != 0 {
		t.Errorf("left over: %v", through.Header)
	}
	noted, reply, through = ask("198.51.100.9:1", []netip.Prefix{lan}, header())
	if noted.scheme != "http" || len(noted.id) != 32 || reply.Get("X-Request-Id") != noted.id || len(through.Header) != 0 {
		t.Errorf("from a stranger: %+v, %v, %v", noted, reply, through.Header)
	}
	again, _, _ := ask("198.51.100.9:1", nil, http.Header{})
	if again.id == noted.id {
		t.Error("two requests have one id")
	}
	if noted, _, _ = ask("10.0.0.1:1", []netip.Prefix{lan}, http.Header{"X-Forwarded-Proto": {"gopher"}}); noted.scheme != "http" {
		t.Errorf("scheme %q", noted.scheme)
	}
}

// An id is short, plain, and has no card number in it.
func TestSaneID(t *testing.T) {
	for id, sane := range map[string]bool{
		"": false, "a": true, "abc-DEF_1.2": true, strings.Repeat("a", 64): true, strings.Repeat("a", 65): false,
		"a b": false, "a\nb": false, "a/b": false, "ä": false, `a"b`: false,
		"4000001234567899": false, "x4000001234567899y": false, "4000-0012-3456-7899": false, "4000.0012_3456-7899": false,
		"9994000001234567899":                  false,
		"4000001234567890":                     true, // a wrong check digit
		"1700000000001":                        true, // a time in milliseconds
		"0190f3a2-7c1e-7b44-9f0a-4a1b2c3d4e5f": true,
		"4000001234567899" + "0":               false,
	} {
		if got := saneID(id) != ""; got != sane {
			t.Errorf("%q: %v", id, got)
		}
	}
}

// Records that are logged with a request's context say whose they are.
func TestAttributed(t *testing.T) {
	var b bytes.Buffer
	logger := slog.New(attributed{slog.NewTextHandler(&b, nil)}).With("a", 1).WithGroup("g")
	r := httptest.NewRequest("GET", "/", nil)
	r.RemoteAddr = "192.0.2.7:1"
	identified(nil, "http", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		logger.InfoContext(r.Context(), "request")
	})).ServeHTTP(httptest.NewRecorder(), r)
	logger.Info("other")
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 2 || !strings.Contains(lines[0], "client=192.0.2.7") || !strings.Contains(lines[0], "request_id=") ||
		!strings.Contains(lines[0], "scheme=http") || strings.Contains(lines[1], "client") {
		t.Errorf("%s", b.String())
	}
}
