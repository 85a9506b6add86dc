package httpserver

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"runtime"
	"strings"
	"testing"
	"time"
)

// The bounds of spec/reliability.md, R15: 10 s without a byte, 8 kB/s after 5
// s of grace, 60 s in all.
func TestBodyDeadline(t *testing.T) {
	begun := time.Unix(1_700_000_000, 0)
	for _, c := range []struct {
		at       time.Duration
		received int64
		want     time.Duration
	}{
		{0, 0, 6 * time.Second},                       // nothing within grace and a second
		{0, 1 << 20, 10 * time.Second},                // much: the idle bound
		{4 * time.Second, 0, 6 * time.Second},         // still nothing
		{5 * time.Second, 80 << 10, 15 * time.Second}, // ten seconds' worth: idle bound, 15 s, before rate, 16 s
		{14 * time.Second, 80 << 10, 16 * time.Second},
		{55 * time.Second, 6 << 20, 60 * time.Second}, // the ceiling
		{61 * time.Second, 6 << 20, 60 * time.Second}, // passed
	} {
		if got := bodyDeadline(begun, begun.Add(c.at), c.received).Sub(begun); got != c.want {
			t.Errorf("after %v and %d bytes: %v, want %v", c.at, c.received, got, c.want)
		}
	}
}

// At the end of a body the deadline is lifted: net/http goes on reading to
// see whether the client is there, and would take a passed deadline for its
// leaving.
func TestBodyDeadlineIsLifted(t *testing.T) {
	var set []time.Time
	b := &pacedBody{ReadCloser: io.NopCloser(strings.NewReader("body")), begun: time.Now(), setDeadline: func(d time.Time) error {
		set = append(set, d)
		return nil
	}, failed: func(err error) { t.Error(err) }}
	if text, err := io.ReadAll(b); err != nil || string(text) != "body" || b.received != 4 {
		t.Fatal(string(text), err, b.received)
	}
	if len(set) < 2 || set[0].IsZero() || !set[len(set)-1].IsZero() {
		t.Errorf("%v", set)
	}
}

// The rest of a body that comes after the server lost its patience is no
// request, whether the reply was sent before or after.
func TestLateBodyIsNoRequest(t *testing.T) {
	for name, early := range map[string]bool{"replied before": true, "replied after": false} {
		var paths []string
		r := httptest.NewUnstartedServer(Paced(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			paths = append(paths, r.URL.Path)
			if early {
				control := http.NewResponseController(w)
				_ = control.EnableFullDuplex()
				w.Header().Set("Content-Length", "2")
				_, _ = io.WriteString(w, "no")
				_ = control.Flush()
			}
			r.Body.(*pacedBody).begun = time.Now().Add(-bodyTotal) // its time is over
			if _, err := io.Copy(io.Discard, r.Body); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Error(err)
			}
		})))
		r.Start()
		conn, err := net.Dial("tcp", r.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, "POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
		from := bufio.NewReader(conn)
		if _, err := http.ReadResponse(from, nil); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		fmt.Fprint(conn, "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n")
		_, _ = io.Copy(io.Discard, from) // to the end of the connection
		conn.Close()
		r.Close()
		if len(paths) != 1 {
			t.Errorf("%s: %v", name, paths)
		}
	}
}

// A body that is not HTTP is answered with 400 and the end of the connection,
// one that is merely late with what the handler says.
func TestMalformedBody(t *testing.T) {
	server := httptest.NewServer(Paced(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			r.Body.(*pacedBody).begun = time.Now().Add(-bodyTotal)
		}
		_, _ = io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusOK)
	})))
	defer server.Close()
	for request, want := range map[string]string{
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n": "400",
		"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello, world":         "400",
		"POST /late HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhe":                             "200",
	} {
		conn, err := net.Dial("tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(conn, request)
		text, _ := io.ReadAll(conn)
		conn.Close()
		if !strings.HasPrefix(string(text), "HTTP/1.1 "+want) || !strings.Contains(string(text), "Connection: close") {
			t.Errorf("%q: %q", request, text)
		}
	}
}

// A long reply goes out in pieces, each with a deadline of its own.
func TestWritesInPieces(t *testing.T) {
	w := &pieces{header: http.Header{}}
	p := &pacedWriter{ResponseWriter: w, control: http.NewResponseController(w)}
	long := strings.Repeat("x", 3*writeSize+1)
	if n, err := p.Write([]byte(long)); n != len(long) || err != nil {
		t.Fatal(n, err)
	}
	if len(w.sizes) != 4 || w.sizes[0] != writeSize || w.sizes[3] != 1 || w.deadlines != 4 {
		t.Errorf("%v, %d deadlines", w.sizes, w.deadlines)
	}
	if n, err := p.Write(nil); n != 0 || err != nil {
		t.Error(n, err)
	}
	w.broken = errors.New("gone")
	if n, err := p.Write([]byte(long)); n != 0 || err != w.broken {
		t.Error(n, err)
	}
}

type pieces struct {
	header    http.Header
	sizes     []int
	deadlines int
	broken    error
}

func (p *pieces) Header() http.Header { return p.header }
func (p *pieces) WriteHeader(int)     {}

func (p *pieces) Write(b []byte) (int, error) {
	if p.broken != nil {
		return 0, p.broken
	}
	p.sizes = append(p.sizes, len(b))
	return len(b), nil
}

func (p *pieces) SetWriteDeadline(time.Time) error { p.deadlines++; return nil }

func TestConnectionsPerAddress(t *testing.T) {
	l := Limit(nil, 5, 2, nil)
	a, b := netip.MustParseAddr("198.51.100.1"), netip.MustParseAddr("198.51.100.2")
	self := netip.MustParseAddr("127.0.0.1")
	for i, c := range []struct {
		from netip.Addr
		want bool
	}{{a, true}, {a, true}, {a, false}, {b, true}, {self, true}, {self, true}, {self, false}, {b, false}} {
		if got := l.take(c.from, c.from == self); got != c.want {
			t.Errorf("%d, %v: %v", i, c.from, got)
		}
	}
	l.give(a)
	if !l.take(a, false) || l.take(a, false) {
		t.Error("a place that was given back")
	}
	for _, from := range []netip.Addr{a, a, b, self, self} {
		l.give(from)
	}
	if l.total != 0 || len(l.perIP) != 0 {
		t.Errorf("%d, %v", l.total, l.perIP)
	}
}

func TestOrigin(t *testing.T) {
	for in, want := range map[string]string{
		"198.51.100.1:80": "198.51.100.1", "[::ffff:198.51.100.1]:80": "198.51.100.1", "[::1]:80": "::1",
		"[2001:db8:1:2:3:4:5:6]:80": "2001:db8:1:2::", "[fe80::1%eth0]:80": "fe80::",
	} {
		at, err := netip.ParseAddrPort(in)
		if err != nil {
			t.Fatal(err)
		}
		if got := origin(remote(net.TCPAddrFromAddrPort(at))).String(); got != want {
			t.Errorf("%s: %s, want %s", in, got, want)
		}
	}
}

// A bounded connection can end one direction, as the one below it can.
func TestCloseWrite(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := Limit(tcp, 1, 1, nil)
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if err := server.(interface{ CloseWrite() error }).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(client); err != nil || len(text) > 0 {
		t.Errorf("the client reads %q, %v", text, err)
	}
	fmt.Fprint(client, "still heard")
	client.Close()
	if text, err := io.ReadAll(server); err != nil || string(text) != "still heard" {
		t.Errorf("the server reads %q, %v", text, err)
	}
	for range 2 {
		server.Close()
	}
	if open, refused := l.Count(); open != 0 || refused != 0 {
		t.Errorf("%d open, %d refused", open, refused)
	}
}

// Who is connected when the listener drains is served, and who comes later is
// refused.
func TestDrain(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("whether a connection waits is not known there")
	}
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := Limit(tcp, 100, 100, nil)
	var clients []net.Conn
	for range 20 { // nobody accepts: they wait in the system
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		clients = append(clients, c)
	}
	l.Drain()
	for range clients {
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprint(c, "served")
		c.Close()
	}
	if _, err := l.Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after the last: %v", err)
	}
	for _, c := range clients {
		if text, err := io.ReadAll(c); err != nil || string(text) != "served" {
			t.Errorf("%q, %v", text, err)
		}
	}
	if c, err := net.Dial("tcp", l.Addr().String()); err == nil {
		c.Close()
		t.Error("it still listens")
	}
	if err := l.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}

// A listener that waits is woken.
func TestDrainWakes(t *testing.T) {
	tcp, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l := Limit(tcp, 1, 1, nil)
	ended := make(chan error)
	go func() { _, err := l.Accept(); ended <- err }()
	l.Drain()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Error(err)
	}
}
