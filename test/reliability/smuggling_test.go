//go:build reliability && linux

package reliability

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

const minMalformed = 40

// malformed are requests that two parsers may read differently. If a proxy in
// front of the server disagrees with it, a second request slips in behind the
// first. Placeholders:
//
//	HEAD   request line, Host and a valid signature
//	FORM   headers of a form of LEN bytes; FORM/ leaves out the length
//	BODY   the form
//	NEXT   a request that must never be answered
//	|      CRLF
var malformed = []struct{ name, request string }{
	{"TE and CL", "HEAD|FORM|Transfer-Encoding: chunked||0||NEXT"},
	{"CL after TE", "HEAD|Transfer-Encoding: chunked|FORM||0||NEXT"},
	{"CL of 0 and TE", "HEAD|FORM/|Content-Length: 0|Transfer-Encoding: chunked||5|hello|0||NEXT"},
	{"two lengths", "HEAD|FORM|Content-Length: 3||BODYNEXT"},
	{"two lengths, the first 0", "HEAD|Content-Length: 0|FORM||BODYNEXT"},
	{"a list of lengths", "HEAD|FORM/|Content-Length: LEN, 3||BODYNEXT"},
	{"length with a plus", "HEAD|FORM/|Content-Length: +LEN||BODYNEXT"},
	{"negative length", "HEAD|FORM/|Content-Length: -1||NEXT"},
	{"hexadecimal length", "HEAD|FORM/|Content-Length: 0x10||NEXT"},
	{"length with a blank in it", "HEAD|FORM/|Content-Length: 1 0||NEXT"},
	{"length too large for any counter", "HEAD|FORM/|Content-Length: 18446744073709551617||NEXT"},
	{"empty length", "HEAD|FORM/|Content-Length: ||NEXT"},
	{"length in full-width digits", "HEAD|FORM/|Content-Length: \uff15||NEXT"},
	{"TE xchunked", "HEAD|FORM/|Transfer-Encoding: xchunked||0||NEXT"},
	{"TE chunked, identity", "HEAD|FORM/|Transfer-Encoding: chunked, identity||0||NEXT"},
	{"TE identity and CL", "HEAD|FORM|Transfer-Encoding: identity||BODYNEXT"},
	{"TE gzip, chunked", "HEAD|FORM/|Transfer-Encoding: gzip, chunked||0||NEXT"},
	{"TE twice", "HEAD|FORM/|Transfer-Encoding: chunked|Transfer-Encoding: chunked||0||NEXT"},
	{"TE twice, the second unknown", "HEAD|FORM/|Transfer-Encoding: chunked|Transfer-Encoding: x||0||NEXT"},
	{"TE in quotes", "HEAD|FORM/|Transfer-Encoding: \"chunked\"||0||NEXT"},
	{"TE with a vertical tab", "HEAD|FORM|Transfer-Encoding: \vchunked||BODYNEXT"},
	{"TE with a blank before the colon", "HEAD|FORM|Transfer-Encoding : chunked||0||NEXT"},
	{"CL with a blank before the colon", "HEAD|FORM/|Content-Length : LEN||BODYNEXT"},
	{"empty TE and CL", "HEAD|FORM|Transfer-Encoding: ||BODYNEXT"},
	{"HTTP/1.0 with TE", "HEAD10|FORM/|Transfer-Encoding: chunked||0||NEXT"},
	{"bare LF after the request line", "HEADLF|FORM||BODY"},
	{"bare LF at the end of a header", "HEAD|X: y\nFORM||BODY"},
	{"bare LF between head and body", "HEAD|FORM\n\nBODY"},
	{"bare CR in a header", "HEAD|X: y\rTransfer-Encoding: chunked|FORM||BODY"},
	{"a folded header", "HEAD|X: y| z|FORM||BODY"},
	{"a folded TE", "HEAD|FORM|Transfer-Encoding:| chunked||0||NEXT"},
	{"a blank before the first header", "HEADBLANK|FORM||BODY"},
	{"a header without a colon", "HEAD|FORM|Transfer-Encoding chunked||0||NEXT"},
	{"a blank in a header's name", "HEAD|FORM|Transfer Encoding: chunked||0||NEXT"},
	{"NUL in a header", "HEAD|FORM|X: a\x00b||BODY"},
	{"an empty header name", "HEAD|FORM|: y||BODY"},
	{"two hosts", "HEAD|Host: other|FORM||BODY"},
	{"no host", "HEADNOHOST|FORM||BODY"},
	{"a host with a path", "HEADPATHHOST|FORM||BODY"},
	{"a request line of four words", "HEADWORDS|FORM||BODY"},
	{"a method that is no token", "HEADMETHOD|FORM||BODY"},
	{"chunk size with 0x", "HEAD|FORM/|Transfer-Encoding: chunked||0x5|hello|0||NEXT"},
	{"chunk size with a sign", "HEAD|FORM/|Transfer-Encoding: chunked||+5|hello|0||NEXT"},
	{"chunk size too large for any counter", "HEAD|FORM/|Transfer-Encoding: chunked||ffffffffffffffff1|hello|0||NEXT"},
	{"chunk size ended by a bare LF", "HEAD|FORM/|Transfer-Encoding: chunked||5\nhello|0||NEXT"},
	{"chunk ended by a bare LF", "HEAD|FORM/|Transfer-Encoding: chunked||5|hello\n0||NEXT"},
	{"chunk longer than its size", "HEAD|FORM/|Transfer-Encoding: chunked||5|hello, world|0||NEXT"},
	{"chunk extension with a bare LF", "HEAD|FORM/|Transfer-Encoding: chunked||5;a\nb|hello|0||NEXT"},
	{"chunk extension of 64 kB", "HEAD|FORM/|Transfer-Encoding: chunked||5;LONG|hello|0||NEXT"},
}

// TestRequestSmuggling sends each malformed request on a connection of its own,
// expects status 400 and a closed connection, and no answer to what is hidden
// behind it.
func TestRequestSmuggling(t *testing.T) {
	if len(malformed) < minMalformed {
		t.Errorf("%d malformed requests, want at least %d", len(malformed), minMalformed)
	}
	s := start(t, "--drain", "0s")
	placeholders := placeholdersFor(s)
	statuses, closed := map[int]int{}, 0
	for _, m := range malformed {
		status, open, err := exchange(s.Addr, placeholders.Replace(m.request))
		if err != nil {
			t.Errorf("%s: %v", m.name, err)
			continue
		}
		statuses[status]++
		if status != http.StatusBadRequest {
			t.Errorf("%s: status %d, want 400", m.name, status)
		}
		if open != nil {
			t.Errorf("%s: after the reply: %v", m.name, open)
		} else {
			closed++
		}
	}
	testLateBody(t, s)
	// The same request is accepted if it is well-formed.
	status, _, err := exchange(s.Addr, placeholders.Replace("HEAD|Connection: close|FORM||BODY"))
	if err != nil || status != http.StatusOK {
		t.Errorf("the well-formed request: status %d (%v), want 200", status, err)
	}
	if err := s.Stop(); err != nil {
		t.Fatalf("stopping the server: %v", err)
	}
	hidden := strings.Count(s.Log(), "path=other")
	if hidden != 0 {
		t.Errorf("%d hidden requests were answered", hidden)
	}
	t.Logf("%d malformed requests: closed %d, hidden requests answered %d; by status: %v", len(malformed), closed, hidden, statuses)
}

// placeholdersFor replaces the placeholders of malformed.
func placeholdersFor(s *server.Server) *strings.Replacer {
	body, contentType := s.Form([]byte("no image"))
	line := "POST /ocr/bankcard HTTP/1.1"
	rest := "Authorization: " + s.Authorization()
	head := line + "\r\nHost: " + s.Addr + "\r\n" + rest
	return strings.NewReplacer(
		"HEAD10", strings.Replace(head, "1.1", "1.0", 1),
		"HEADLF", line+"\nHost: "+s.Addr+"\r\n"+rest,
		"HEADBLANK", line+"\r\n Host: "+s.Addr+"\r\n"+rest,
		"HEADNOHOST", line+"\r\n"+rest,
		"HEADPATHHOST", line+"\r\nHost: a/b\r\n"+rest,
		"HEADWORDS", "POST /ocr/bankcard /hidden HTTP/1.1\r\nHost: "+s.Addr+"\r\n"+rest,
		"HEADMETHOD", strings.Replace(head, "POST", "PO(ST", 1),
		"HEAD", head,
		"FORM/", "Content-Type: "+contentType,
		"FORM", "Content-Type: "+contentType+"\r\nContent-Length: "+fmt.Sprint(len(body)),
		"LEN", fmt.Sprint(len(body)),
		"BODY", string(body),
		"NEXT", "GET /hidden HTTP/1.1\r\nHost: "+s.Addr+"\r\n\r\n",
		"LONG", strings.Repeat("x", 64<<10),
		"|", "\r\n",
	)
}

// testLateBody sends the rest of a body after the server has given up waiting
// for it: with a signature the server reads the body, without one it drains it.
func testLateBody(t *testing.T, s *server.Server) {
	var both sync.WaitGroup
	for _, authorization := range []string{s.Authorization(), ""} {
		both.Go(func() {
			if err := lateBody(s.Addr, authorization); err != nil {
				t.Errorf("the rest of a body that came too late: %v", err)
			}
		})
	}
	both.Wait()
}

// bodyTimeout is longer than the server waits for the first bytes of a body.
const bodyTimeout = 8 * time.Second

// lateBody sends the start of a body, waits until the server has given up, and
// sends a hidden request as the rest of the body. The server must not answer it.
func lateBody(addr, authorization string) error {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		return err
	}
	fmt.Fprintf(conn, "POST /ocr/bankcard HTTP/1.1\r\nHost: x\r\nAuthorization: %s\r\nContent-Type: application/json\r\nContent-Length: 5000\r\n\r\n{", authorization)
	from := bufio.NewReader(conn)
	if reply, err := http.ReadResponse(from, nil); err == nil {
		_, _ = io.Copy(io.Discard, reply.Body)
	}
	time.Sleep(bodyTimeout)
	_, _ = io.WriteString(conn, "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n")
	if more, _ := io.ReadAll(from); len(more) > 0 {
		return fmt.Errorf("answered: %.40q", more)
	}
	return nil
}

// exchange sends a request and returns the status of the reply. The connection
// must then be closed with nothing more to read; open says how it is not.
func exchange(addr, request string) (status int, open, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return 0, nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return 0, nil, err
	}
	_, _ = io.WriteString(conn, request) // the server may close the connection in the middle
	from := bufio.NewReader(conn)
	reply, err := http.ReadResponse(from, nil)
	if err != nil {
		return 0, nil, err
	}
	defer reply.Body.Close()
	if err := conn.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		return 0, nil, err
	}
	if _, err := io.Copy(io.Discard, reply.Body); err != nil {
		return reply.StatusCode, err, nil
	}
	more, err := io.ReadAll(from)
	var timeout net.Error
	switch {
	case len(more) > 0:
		return reply.StatusCode, fmt.Errorf("a second reply: %.40q", more), nil
	case errors.As(err, &timeout) && timeout.Timeout():
		return reply.StatusCode, errors.New("the connection stays open"), nil
	}
	return reply.StatusCode, nil, nil // closed, or reset after the reply
}
