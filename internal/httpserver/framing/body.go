package framing

import (
	"bytes"
	"strconv"
	"strings"
)

// body is how a request's body ends: RFC 9112, 6.3.
type body struct {
	length  int64
	chunked bool
}

// bodyOf reads what a head says of the body. It is false where that is not
// beyond doubt, or where the head has a line that some parsers join to the one
// before it.
func bodyOf(head []byte) (b body, ok bool) {
	line, rest, _ := bytes.Cut(head, []byte("\r\n"))
	old := bytes.HasSuffix(line, []byte("HTTP/1.0"))
	lengths, codings := 0, 0
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, []byte("\r\n"))
		if len(line) == 0 {
			break
		}
		name, value, colon := bytes.Cut(line, []byte(":"))
		// 5.1: no blank before the colon; 5.2: no folding. A line without a
		// colon is no header.
		if !colon || len(name) == 0 || bytes.ContainsAny(name, " \t") {
			return body{}, false
		}
		text := strings.Trim(string(value), " \t")
		switch strings.ToLower(string(name)) {
		case "content-length":
			lengths++
			n, err := strconv.ParseUint(text, 10, 62) // takes digits alone
			if err != nil {
				return body{}, false
			}
			b.length = int64(n)
		case "transfer-encoding":
			codings++
			if !strings.EqualFold(text, "chunked") {
				return body{}, false
			}
			b.chunked = true
		}
	}
	return b, lengths+codings <= 1 && !(old && b.chunked)
}

// mostLine bounds the line before a chunk, extensions included, and each
// trailer.
const mostLine = 256

// chunks watches a chunked body: RFC 9112, 7.1.
type chunks struct {
	data    uint64 // of the chunk, not seen yet
	closing bool   // the CRLF behind a chunk's data is next
	trailer bool   // the last chunk is over
}

// watch returns how many of the bytes are beyond doubt, and whether the body
// ends there. It is false where what follows them is not.
func (c *chunks) watch(b []byte) (n int, end, ok bool) {
	for n < len(b) {
		if c.data > 0 {
			seen := min(c.data, uint64(len(b)-n))
			n, c.data = n+int(seen), c.data-seen
			c.closing = c.data == 0
			continue
		}
		size := bytes.IndexByte(b[n:min(len(b), n+mostLine)], '\n')
		if size < 0 {
			return n, false, len(b)-n < mostLine
		}
		line, found := bytes.CutSuffix(b[n:n+size], []byte("\r"))
		if !found || bytes.ContainsAny(line, "\r\x00") {
			return n, false, false
		}
		switch {
		case c.closing:
			ok, c.closing = len(line) == 0, false
		case c.trailer:
			ok, end = true, len(line) == 0
		default:
			c.data, ok = chunkSize(line)
			c.trailer = c.data == 0
		}
		if !ok {
			return n, false, false
		}
		if n += size + 1; end {
			return n, true, true
		}
	}
	return n, false, true
}

// chunkSize reads the line before a chunk.
func chunkSize(line []byte) (uint64, bool) {
	digits, _, _ := bytes.Cut(line, []byte(";"))
	n, err := strconv.ParseUint(strings.TrimRight(string(digits), " \t"), 16, 62)
	return n, err == nil
}
