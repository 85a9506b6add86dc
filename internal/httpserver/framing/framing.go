// Package framing refuses requests whose end two parsers could see at different
// places, because such a request can smuggle another one past a proxy. net/http
// is lenient in a few points, each allowed by RFC 9112 and each used in attacks:
// lines that end in LF only (2.2), folded headers (5.2), and Transfer-Encoding
// together with Content-Length or in HTTP/1.0 (6.1).
//
// The package does not parse requests. It scans the bytes that net/http will
// parse for the end of each request. In place of a refused request net/http
// reads a line that it answers with 400, in order, and then the end of the
// connection.
package framing

import (
	"bytes"
	"io"
	"net"
	"slices"
)

const (
	// maxHead is more than the limit of the server, which answers a header
	// between the two with 431.
	maxHead = 56 << 10
	// readSize is the minimum read for a header, and the memory that each slow
	// client uses.
	readSize = 1 << 10
	// poison is a request line that net/http answers with 400.
	poison = "\x00\r\n\r\n"
)

// Listener guards the connections of a listener. It goes above TLS, because it
// must see what net/http will.
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

// conn scans requests as they are read. Only one goroutine may read at a time.
type conn struct {
	net.Conn
	buffer  []byte // read, not yet scanned
	cleared []byte // scanned, for the reader
	refused bool   // nothing more is read
	left    int64  // of a body of known length
	chunks  *chunks
}

// Read returns bytes of requests whose framing is unambiguous.
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

// fill reads from the connection. The buffer survives an error.
func (c *conn) fill() error {
	c.buffer = slices.Grow(c.buffer, readSize)
	n, err := c.Conn.Read(c.buffer[len(c.buffer):cap(c.buffer)])
	c.buffer = c.buffer[:len(c.buffer)+n]
	if n > 0 {
		return nil // the next read reports the error again
	}
	return err
}

// advance clears a part of the buffer, or reports false if it needs more.
func (c *conn) advance() bool {
	switch {
	case len(c.buffer) == 0:
		return false
	case c.left > 0:
		n := min(int64(len(c.buffer)), c.left)
		c.left -= n
		c.clear(int(n))
	case c.chunks != nil:
		n, end, ok := c.chunks.scan(c.buffer)
		c.clear(n)
		c.refused = !ok // net/http sees a truncated body
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

// head clears the header of a request once it is complete, or refuses it as soon
// as it is ambiguous.
func (c *conn) head() bool {
	n, ok := headLength(c.buffer)
	var b body
	if ok && n > 0 {
		b, ok = bodyOf(c.buffer[:n])
	}
	switch {
	case !ok, n == 0 && len(c.buffer) >= maxHead:
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

// headLength returns the length of a header with its empty line, or 0 if it is
// incomplete. ok is false if a line does not end in CRLF.
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

// CloseWrite closes the sending direction, if the connection can. Otherwise
// net/http resets a connection with unread data, and the client may lose the
// reply.
func (c *conn) CloseWrite() error {
	if w, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return w.CloseWrite()
	}
	return nil
}
