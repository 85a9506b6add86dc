package httpserver

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

// 10 s without a byte, 8 KiB/s after a grace of 5 s, 60 s in total.
func TestBodyDeadline(t *testing.T) {
	start := time.Unix(1_700_000_000, 0)
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
		if got := bodyDeadline(start, start.Add(c.at), c.received).Sub(start); got != c.want {
			t.Errorf("deadline after %v and %d bytes = %v, want %v", c.at, c.received, got, c.want)
		}
	}
}

// At the end of a body the deadline is removed: net/http keeps reading to notice
// a disconnect, and would take an expired deadline for one.
func TestBodyDeadlineIsRemoved(t *testing.T) {
	var set []time.Time
	b := &pacedBody{ReadCloser: io.NopCloser(strings.NewReader("body")), start: time.Now(), setDeadline: func(d time.Time) error {
		set = append(set, d)
		return nil
	}, failed: func(err error) { t.Errorf("the read failed: %v", err) }}
	if text, err := io.ReadAll(b); err != nil || string(text) != "body" || b.received != 4 {
		t.Fatalf("read %q, %v, and counted %d bytes; want \"body\", 4", text, err, b.received)
	}
	if len(set) < 2 || set[0].IsZero() || !set[len(set)-1].IsZero() {
		t.Errorf("deadlines set: %v, want a time first and none last", set)
	}
}

// The rest of a body that arrives after the deadline is not read as a request,
// whether the reply was sent before or after.
func TestLateBodyIsNotARequest(t *testing.T) {
	for name, early := range map[string]bool{"replied before": true, "replied after": false} {
		var paths []string
		r := httptest.NewUnstartedServer(WithDeadlines(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			paths = append(paths, r.URL.Path)
			if early {
				control := http.NewResponseController(w)
				_ = control.EnableFullDuplex()
				w.Header().Set("Content-Length", "2")
				_, _ = io.WriteString(w, "no")
				_ = control.Flush()
			}
			r.Body.(*pacedBody).start = time.Now().Add(-bodyTotal) // the deadline has passed
			if _, err := io.Copy(io.Discard, r.Body); !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%s: reading the body: %v, want a passed deadline", name, err)
			}
		})))
		r.Start()
		conn, err := net.Dial("tcp", r.Listener.Addr().String())
		if err != nil {
			t.Fatalf("setting up the test: %v", err)
		}
		fmt.Fprint(conn, "POST /first HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{")
		from := bufio.NewReader(conn)
		if _, err := http.ReadResponse(from, nil); err != nil {
			t.Fatalf("%s: reading the first reply: %v", name, err)
		}
		fmt.Fprint(conn, "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n")
		_, _ = io.Copy(io.Discard, from) // to the end of the connection
		conn.Close()
		r.Close()
		if len(paths) != 1 {
			t.Errorf("%s: the handler got %v, want only /first", name, paths)
		}
	}
}

// A malformed body is answered with 400 and the connection is closed; a late one
// gets the handler's status.
func TestMalformedBody(t *testing.T) {
	server := httptest.NewServer(WithDeadlines(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/late" {
			r.Body.(*pacedBody).start = time.Now().Add(-bodyTotal)
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
			t.Fatalf("setting up the test: %v", err)
		}
		fmt.Fprint(conn, request)
		text, _ := io.ReadAll(conn)
		conn.Close()
		if !strings.HasPrefix(string(text), "HTTP/1.1 "+want) || !strings.Contains(string(text), "Connection: close") {
			t.Errorf("%q is answered %q, want status %s and Connection: close", request, text, want)
		}
	}
}

// A long reply is written in pieces that each have a deadline.
func TestResponseWriterWritesPieces(t *testing.T) {
	w := &pieces{header: http.Header{}}
	p := Wrap(w)
	p.paced = true
	long := strings.Repeat("x", 3*writeSize+1)
	if n, err := p.Write([]byte(long)); n != len(long) || err != nil {
		t.Fatalf("Write = %d, %v; want %d", n, err, len(long))
	}
	if want := []int{writeSize, writeSize, writeSize, 1}; !slices.Equal(w.sizes, want) || w.deadlines != 4 {
		t.Errorf("pieces of %v with %d deadlines, want %v with 4", w.sizes, w.deadlines, want)
	}
	if n, err := p.Write(nil); n != 0 || err != nil {
		t.Errorf("Write(nil) = %d, %v; want 0, nil", n, err)
	}
	w.broken = errors.New("gone")
	if n, err := p.Write([]byte(long)); n != 0 || err != w.broken {
		t.Errorf("Write on a broken connection = %d, %v; want 0, %v", n, err, w.broken)
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

func TestResponseWriterStatus(t *testing.T) {
	w := Wrap(&pieces{header: http.Header{}})
	if Wrap(w) != w {
		t.Error("Wrap of a ResponseWriter is another one, want the same")
	}
	w.WriteHeader(http.StatusEarlyHints)
	if w.Started() {
		t.Error("an informational status starts the reply")
	}
	if _, err := io.WriteString(w, "text"); err != nil || !w.Started() || w.Status() != http.StatusOK {
		t.Errorf("after a Write: %v, Started() = %v, Status() = %d; want nil, true, 200", err, w.Started(), w.Status())
	}
}
