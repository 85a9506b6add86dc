// Package framing refuses requests of which two parsers could disagree where
// they end: such a request lets another one through a proxy unseen (request
// smuggling). net/http is lenient in a few points, each allowed by RFC 9112 and
// each known from an attack: a line that ends in LF alone (2.2), a folded
// header (5.2), Transfer-Encoding beside Content-Length or in HTTP/1.0 (6.1).
//
// It is no parser of requests: it watches the bytes that net/http will parse,
// up to where each request ends. What it refuses never gets there: net/http is
// given a line in its place that it must answer with 400, in its turn, and
// then the end of the connection.
package framing

import (
	"bytes"
	"io"
	"net"
	"slices"
)

const (
	// mostHead is more than the server takes, which refuses what is between
	// with 431.
	mostHead = 40 << 10
	// readSize is the least that is asked of the connection for a head.
	// Slow clients keep as much each.
	readSize = 1 << 10
	// poison is a request line that net/http answers with 400.
	poison = "\x00\r\n\r\n"
)

// Listener guards the connections of a listener. With TLS it stands above it, for
// it must see what net/http will.
func Listener(l net.Listener) net.Listener { return listener{l} }

type listener struct{ net.Listener }

// Accept returns the next connection, guarded.
func (l listener) Accept() (net.Conn, error) {
	c, err := l.Listener.Accept()
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

// conn is a connection whose requests are watched as they are read. Like any
// connection it is read by one goroutine at a time.
type conn struct {
	net.Conn
	buffer  []byte // read and not watched yet
	cleared []byte // watched, for the reader
	refused bool   // nothing is read any more
	left    int64  // of the body, where its length is known
	chunks  *chunks
}

// Read returns bytes of requests that are framed beyond doubt.
func (c *conn) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(c.cleared) == 0 {
		switch {
		case c.refused:
			return 0, io.EOF
		case c.left > 0 && len(c.buffer) == 0: // straight through
			n, err := c.Conn.Read(p[:min(int64(len(p)), c.left)])
			c.left -= int64(n)
			return n, err
		case c.advance():
		default:
			if err := c.fill(); err != nil {
				return 0, err
			}
		}
	}
	n := copy(p, c.cleared)
	c.cleared = c.cleared[n:]
	return n, nil
}

// fill reads more of the connection. What there was before an error stays.
func (c *conn) fill() error {
	c.buffer = slices.Grow(c.buffer, readSize)
	n, err := c.Conn.Read(c.buffer[len(c.buffer):cap(c.buffer)])
	c.buffer = c.buffer[:len(c.buffer)+n]
	if n > 0 {
		return nil // an error comes again
	}
	return err
}

// advance clears some of the buffer, and reports false where it needs more.
func (c *conn) advance() bool {
	switch {
	case len(c.buffer) == 0:
		return false
	case c.left > 0:
		n := min(int64(len(c.buffer)), c.left)
		c.left -= n
		c.clear(int(n))
	case c.chunks != nil:
		n, end, ok := c.chunks.watch(c.buffer)
		c.clear(n)
		c.refused = !ok // net/http finds the body cut off
		if end {
			c.chunks = nil
		}
		return n > 0 || c.refused
	default:
		return c.head()
	}
	return true
}

func (c *conn) clear(n int) {
	c.cleared, c.buffer = c.buffer[:n:n], c.buffer[n:]
	if len(c.buffer) == 0 {
		c.buffer = nil // a connection may be idle for long
	}
}

// head clears the head of a request once it is there as a whole, or as much of
// it as shows that it is to be refused.
func (c *conn) head() bool {
	n, ok := headLength(c.buffer)
	var b body
	if ok && n > 0 {
		b, ok = bodyOf(c.buffer[:n])
	}
	switch {
	case !ok, n == 0 && len(c.buffer) >= mostHead:
		c.refused = true
		c.cleared, c.buffer = []byte(poison), nil
	case n == 0:
		return false
	default:
		c.clear(n)
		c.left = b.length
		if b.chunked {
			c.chunks = &chunks{}
		}
	}
	return true
}

// headLength returns where a head ends, behind its empty line, and 0 where
// that is not there yet. It is false where a line ends in anything but CRLF.
func headLength(b []byte) (n int, ok bool) {
	for at := 0; ; {
		end := bytes.IndexAny(b[at:], "\r\n\x00")
		switch {
		case end < 0:
			return 0, true
		case b[at+end] != '\r':
			return 0, false
		case at+end+1 == len(b):
			return 0, true
		case b[at+end+1] != '\n':
			return 0, false
		}
		at += end + 2
		if end == 0 {
			return at, true
		}
	}
}

// CloseWrite sends the end of the reply, where the connection can: without it
// net/http has to reset a connection of which it has not read everything, and
// the client may lose the reply.
func (c *conn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}
