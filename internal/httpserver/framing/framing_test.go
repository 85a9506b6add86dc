package framing

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// pipe is a connection that reads from a Reader.
type pipe struct {
	net.Conn
	io.Reader
}

func (p pipe) Read(b []byte) (int, error) { return p.Reader.Read(b) }

// pass returns everything that the guard passes on.
func pass(t *testing.T, from io.Reader) string {
	t.Helper()
	text, err := io.ReadAll(&conn{Conn: pipe{Reader: from}})
	if err != nil {
		t.Fatalf("reading through the guard: %v", err)
	}
	return string(text)
}

const (
	get    = "GET /a HTTP/1.1\r\nHost: x\r\n\r\n"
	post   = "POST /b HTTP/1.1\r\nHost: x\r\ncontent-length:  5 \r\n\r\nhello"
	empty  = "POST /c HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
	chunky = "POST /d HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: Chunked\r\n\r\n5\r\nhello\r\n0A;name=\"v\"\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n"
	old    = "GET /e HTTP/1.0\r\n\r\n"
)

// Unambiguous requests pass unchanged, however they arrive.
func TestPasses(t *testing.T) {
	long := "POST /f HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n" + strings.Repeat("\n\r\x00x", 25_000)
	for text, want := range map[string]string{
		"": "", get: get, post: post, empty: empty, chunky: chunky, old: old, long: long,
		get + post + chunky + empty + long + get: get + post + chunky + empty + long + get,
		// A header, and the line before a chunk, passes only when complete.
		get[:20]: "", post[:len(post)-2]: post[:len(post)-2], chunky[:len(chunky)-5]: chunky[:len(chunky)-len("Trailer: t\r\n\r\n")],
	} {
		for name, from := range map[string]io.Reader{
			"at once":      strings.NewReader(text),
			"byte by byte": iotest.OneByteReader(strings.NewReader(text)),
			"in halves":    iotest.HalfReader(strings.NewReader(text)),
		} {
			if got := pass(t, from); got != want {
				t.Errorf("%s: %.80q became %.80q, want %.80q", name, text, got, want)
			}
		}
	}
}

// An ambiguous request becomes a line that is answered with 400, and nothing
// after it passes.
func TestRefuses(t *testing.T) {
	for name, head := range map[string]string{
		"bare LF in the request line": "GET / HTTP/1.1\nHost: x\r\n\r\n",
		"bare LF in a header":         "GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n",
		"bare LF at the end":          "GET / HTTP/1.1\r\nHost: x\n\n",
		"bare CR":                     "GET / HTTP/1.1\r\nHost: x\rX: y\r\n\r\n",
		"NUL":                         "GET / HTTP/1.1\r\nHost: \x00\r\n\r\n",
		"folding":                     "GET / HTTP/1.1\r\nHost: x\r\n y\r\n\r\n",
		"folding with a tab":          "GET / HTTP/1.1\r\nHost:\r\n\tx\r\n\r\n",
		"a blank before the colon":    "POST / HTTP/1.1\r\nContent-Length : 5\r\n\r\n",
		"a header without a colon":    "GET / HTTP/1.1\r\nHost\r\n\r\n",
		"two lengths":                 "POST / HTTP/1.1\r\nContent-Length: 5\r\ncontent-length: 5\r\n\r\n",
		"a list of lengths":           "POST / HTTP/1.1\r\nContent-Length: 5, 5\r\n\r\n",
		"a signed length":             "POST / HTTP/1.1\r\nContent-Length: +5\r\n\r\n",
		"a length of too many digits": "POST / HTTP/1.1\r\nContent-Length: 9223372036854775808\r\n\r\n",
		"no length":                   "POST / HTTP/1.1\r\nContent-Length:\r\n\r\n",
		"a length in other digits":    "POST / HTTP/1.1\r\nContent-Length: ٥\r\n\r\n",
		"a length and a coding":       "POST / HTTP/1.1\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
		"a coding twice":              "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
		"another coding":              "POST / HTTP/1.1\r\nTransfer-Encoding: xchunked\r\n\r\n",
		"codings":                     "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
		"a coding behind a tab":       "POST / HTTP/1.1\r\nTransfer-Encoding: \vchunked\r\n\r\n",
		"a coding in HTTP/1.0":        "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
		"a head without end":          "GET / HTTP/1.1\r\n" + strings.Repeat("X: y\r\n", maxHead/6+1),
	} {
		for _, before := range []string{"", get, post, chunky} {
			if got := pass(t, strings.NewReader(before+head+get)); got != before+poison {
				t.Errorf("%s after %.10q: %.200q passed, want only the first and the poison", name, before, got)
			}
		}
	}
}

// A chunked body is cut off where it is ambiguous, so that net/http misses its
// end.
func TestCutsChunks(t *testing.T) {
	const head = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"
	for bad, want := range map[string]string{
		"5\nhello\r\n0\r\n\r\n":                               "",
		"5\r\nhello\n0\r\n\r\n":                               "5\r\nhello",
		"5\r\nhelloo\r\n0\r\n\r\n":                            "5\r\nhello",
		"0x5\r\nhello\r\n":                                    "",
		"+5\r\nhello\r\n":                                     "",
		"-5\r\nhello\r\n":                                     "",
		"\r\nhello\r\n":                                       "",
		"5;a\nb\r\nhello\r\n":                                 "",
		"5;a\rb\r\nhello\r\n":                                 "",
		"ffffffffffffffff1\r\nhello\r\n":                      "",
		"5;" + strings.Repeat("x", maxLine) + "\r\nhello":     "",
		"5\r\nhello\r\n0\r\nX: " + strings.Repeat("y", 300):   "5\r\nhello\r\n0\r\n",
		"5\r\nhello\r\n0\r\nX: y\nGET / HTTP/1.1\r\n\r\n\r\n": "5\r\nhello\r\n0\r\n",
	} {
		if got := pass(t, strings.NewReader(head+bad+get)); got != head+want {
			t.Errorf("%q: %q passed, want %q", bad, got, head+want)
		}
	}
}

// An error of the connection loses no data: net/http interrupts reads with a
// deadline and continues.
func TestGoesOnAfterAnError(t *testing.T) {
	stop := errors.New("stopped")
	c := &conn{Conn: pipe{Reader: io.MultiReader(strings.NewReader(get[:10]), iotest.ErrReader(stop))}}
	if n, err := c.Read(make([]byte, 100)); n != 0 || err != stop {
		t.Fatalf("Read = %d, %v; want 0, %v", n, err, stop)
	}
	c.Conn = pipe{Reader: strings.NewReader(get[10:])}
	if got, err := io.ReadAll(c); err != nil || string(got) != get {
		t.Errorf("after the error: %q, %v; want %q", got, err, get)
	}
	if n, err := c.Read(nil); n != 0 || err != nil {
		t.Errorf("Read(nil) = %d, %v; want 0, nil", n, err)
	}
}

// With a real server: the good requests of a connection are answered in order, a
// bad one after them with 400, and nothing after that.
func TestServer(t *testing.T) {
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("net.Listen: %v", err)
	}
	served := make(chan string, 10)
	s := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		served <- r.URL.Path
		fmt.Fprintf(w, "%s %s %v", r.URL.Path, text, err)
	})}
	go s.Serve(Listener(inner))
	defer s.Close()
	c, err := net.Dial("tcp", inner.Addr().String())
	if err != nil {
		t.Fatalf("net.Dial: %v", err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, get+post+chunky+empty+"GET /bad HTTP/1.1\r\nHost: x\r\n y\r\n\r\n"+strings.Replace(get, "/a", "/hidden", 1)); err != nil {
		t.Fatalf("WriteString: %v", err)
	}
	from := bufio.NewReader(c)
	for _, want := range []string{"/a  <nil>", "/b hello <nil>", "/d hello0123456789 <nil>", "/c  <nil>"} {
		reply, err := http.ReadResponse(from, nil)
		if err != nil {
			t.Fatalf("http.ReadResponse: %v", err)
		}
		text, err := io.ReadAll(reply.Body)
		if err != nil || string(text) != want {
			t.Errorf("a reply is %q, %v; want %q", text, err, want)
		}
	}
	reply, err := http.ReadResponse(from, nil)
	if err != nil || reply.StatusCode != http.StatusBadRequest || !reply.Close {
		t.Errorf("the reply to the bad request is %v, %v; want 400 and a closed connection", reply, err)
	}
	if _, err := io.Copy(io.Discard, from); err != nil {
		t.Errorf("the client reads %v, want the end of the connection", err)
	}
	close(served)
	for path := range served {
		if path == "/hidden" || path == "/bad" {
			t.Errorf("the handler got %s", path)
		}
	}
}

// For any input, the guard and net/http agree on the start of each request that
// net/http would answer.
func FuzzAgrees(f *testing.F) {
	for _, s := range []string{get + post, chunky + get, empty + get, old + get, post[:40] + "\r\nTransfer-Encoding: chunked" + post[40:], "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5 ;a\r\nhello\r\n0;b\r\n\r\n" + get} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		guarded := &conn{Conn: pipe{Reader: bytes.NewReader(text)}}
		var passed []byte
		var ours []int
		for p := make([]byte, 1<<16); ; {
			if guarded.left == 0 && guarded.chunks == nil && len(guarded.cleared) == 0 {
				ours = append(ours, len(passed))
			}
			n, err := guarded.Read(p)
			passed = append(passed, p[:n]...)
			if err != nil {
				break
			}
		}
		if !bytes.HasPrefix(text, bytes.TrimSuffix(passed, []byte(poison))) {
			t.Fatalf("%q became %q, which is no prefix of it", text, passed)
		}
		all := bytes.NewReader(passed)
		from := bufio.NewReader(all)
		for {
			at := len(passed) - all.Len() - from.Buffered()
			r, err := http.ReadRequest(from)
			if err != nil {
				break
			}
			if !slices.Contains(ours, at) {
				t.Fatalf("net/http starts a request at %d of %q, the guard at %v", at, passed, ours)
			}
			if _, err := io.Copy(io.Discard, r.Body); err != nil {
				break // such a connection is closed
			}
		}
	})
}
