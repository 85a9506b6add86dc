// Package datauri decodes images that clients send as text: base64 with or without
// the head of a data: URL (RFC 2397).
package datauri

import (
	"bytes"
	"encoding/base64"
)

// Decode decodes an image in the variants that clients send: with a data:
// prefix, with line breaks, in the URL-safe alphabet, with or without padding.
// It may overwrite text.
func Decode(text []byte) ([]byte, bool) {
	text = bytes.TrimSpace(text)
	if len(text) >= 5 && bytes.EqualFold(text[:5], []byte("data:")) {
		head, rest, ok := bytes.Cut(text, []byte(","))
		if !ok || !bytes.HasSuffix(bytes.ToLower(head), []byte(";base64")) {
			return nil, false
		}
		text = rest
	}
	if out, err := base64.StdEncoding.AppendDecode(nil, text); err == nil {
		return out, true // as most clients send it
	}
	n := 0
	for _, c := range text {
		switch c {
		case '\r', '\n', '\t', ' ':
			continue
		case '-':
			c = '+'
		case '_':
			c = '/'
		}
		text[n] = c
		n++
	}
	text = bytes.TrimRight(text[:n], "=")
	out := make([]byte, base64.RawStdEncoding.DecodedLen(len(text)))
	n, err := base64.RawStdEncoding.Decode(out, text)
	return out[:n], err == nil
}
