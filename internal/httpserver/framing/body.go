package framing

import (
	"bytes"
	"strconv"
	"strings"
)

// body says where a request body ends: RFC 9112, 6.3.
type body struct {
	length  int64
	chunked bool
}

// bodyOf finds the framing of the body in a header. ok is false if it is
// ambiguous, or if the header has a line that some parsers join to the previous
// one.
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
		// 5.1: no space before the colon; 5.2: no folding. A line without a
		// colon is not a header.
		if !colon || len(name) == 0 || bytes.ContainsAny(name, " \t") {
			return body{}, false
		}
		text := strings.Trim(string(value), " \t")
		switch strings.ToLower(string(name)) {
		case "content-length":
			lengths++
			n, err := strconv.ParseUint(text, 10, 62) // accepts only digits
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

// maxLine bounds the line before a chunk, extensions included, and each trailer.
const maxLine = 256

// chunks scans a chunked body: RFC 9112, 7.1.
type chunks struct {
	data    uint64 // of the chunk, not yet seen
	closing bool   // the CRLF after the data of a chunk is next
	trailer bool   // the last chunk was seen
}

// scan returns how many of the bytes are unambiguous, and whether the body ends
// there. ok is false if the bytes after them are ambiguous.
func (c *chunks) scan(b []byte) (n int, end, ok bool) {
	for n < len(b) {
		if c.data > 0 {
			seen := min(c.data, uint64(len(b)-n))
			n, c.data = n+int(seen), c.data-seen
			c.closing = c.data == 0
			continue
		}
		size := bytes.IndexByte(b[n:min(len(b), n+maxLine)], '\n')
		if size < 0 {
			return n, false, len(b)-n < maxLine
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

// chunkSize parses the line before a chunk.
func chunkSize(line []byte) (uint64, bool) {
	digits, _, _ := bytes.Cut(line, []byte(";"))
	n, err := strconv.ParseUint(strings.TrimRight(string(digits), " \t"), 16, 62)
	return n, err == nil
}
