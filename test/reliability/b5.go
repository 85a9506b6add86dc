package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

const leastMalformed = 40

// malformed requests are read in two ways by two parsers, or in none: a proxy
// in front that reads them in the other way lets a second request in behind
// the first. In them
//
//	HEAD   is the request line with Host and a good signature
//	FORM   the header of a form of LEN bytes, FORM/ without its length
//	BODY   the form, and NEXT a request that must never be answered
//
// Lines end in CRLF; what is between two bars is a line end written out.
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

// smuggling sends every malformed request on a connection of its own.
func smuggling(r *rig) error {
	s, err := r.start("--drain", "0s")
	if err != nil {
		return err
	}
	defer s.Kill()
	fill := r.smuggler(s)
	statuses := map[int]int{}
	closed := 0
	for _, m := range malformed {
		status, end, err := exchange(s.Addr, fill.Replace(m.request))
		if err != nil {
			r.check(false, "%s: %v", m.name, err)
			continue
		}
		statuses[status]++
		r.check(status == http.StatusBadRequest, "%s: answered %d", m.name, status)
		r.check(end == nil, "%s: %v", m.name, end)
		if end == nil {
			closed++
		}
	}
	// Both ways at once, for the server must lose its patience first.
	var late sync.WaitGroup
	wrong := make([]error, 2)
	for i, authorization := range []string{s.Authorization(), ""} { // the body is read, and drained
		late.Go(func() { wrong[i] = lateBody(s.Addr, authorization) })
	}
	late.Wait()
	for _, err := range wrong {
		r.check(err == nil, "the rest of a body that came too late: %v", err)
	}
	// The same request, well-formed, is taken: it is the malformation that
	// was refused.
	status, _, err := exchange(s.Addr, fill.Replace("HEAD|Connection: close|FORM||BODY"))
	r.check(err == nil && status == http.StatusOK, "the well-formed request: %d, %v", status, err)
	if err := s.Stop(); err != nil {
		return err
	}
	hidden := strings.Count(s.Log(), "path=other")
	r.check(hidden == 0, "%d hidden requests were answered", hidden)
	r.say("  %d malformed requests: answered 400: %d, closed: %d, hidden requests answered: %d", len(malformed), statuses[http.StatusBadRequest], closed, hidden)
	if len(statuses) > 1 {
		r.say("  by status: %v", statuses)
	}
	r.check(len(malformed) >= leastMalformed, "%d requests, the bar is %d", len(malformed), leastMalformed)
	return nil
}

// smuggler fills the words of malformed in.
func (r *rig) smuggler(s *server.Server) *strings.Replacer {
	body, contentType := s.Form([]byte("no picture"))
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

// lateBody sends the beginning of a body, waits until the server has lost its
// patience, and sends a hidden request as the rest of it: nobody must answer.
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
	time.Sleep(bodyPatience)
	_, _ = io.WriteString(conn, "GET /hidden HTTP/1.1\r\nHost: x\r\n\r\n")
	if more, _ := io.ReadAll(from); len(more) > 0 {
		return fmt.Errorf("answered: %.40q", more)
	}
	return nil
}

// bodyPatience is more than the server has for the first bytes of a body
// (docs/legacy.md, "Serving others").
const bodyPatience = 8 * time.Second

// exchange sends a request and returns the status of the reply, and in end
// what is wrong with the connection after it: it must be closed, with nothing
// more to read.
func exchange(addr, request string) (status int, end, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return 0, nil, err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(20 * time.Second)); err != nil {
		return 0, nil, err
	}
	_, _ = io.WriteString(conn, request) // it may be cut off in the middle
	from := bufio.NewReader(conn)
	reply, err := http.ReadResponse(from, nil)
	if err != nil {
		return 0, nil, err
	}
	defer reply.Body.Close()
	// A connection that is to be closed is closed soon.
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
		return reply.StatusCode, fmt.Errorf("a second answer: %.40q", more), nil
	case errors.As(err, &timeout) && timeout.Timeout():
		return reply.StatusCode, errors.New("the connection stays open"), nil
	}
	return reply.StatusCode, nil, nil // ended, or reset after the reply
}
