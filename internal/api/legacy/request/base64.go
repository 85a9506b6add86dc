package request

import (
	"bytes"
	"encoding/base64"
)

// decodeBase64 decodes an image in the variants that clients send: with a data:
// prefix, with line breaks, in the URL-safe alphabet, with or without padding.
// It may overwrite text.
func decodeBase64(text []byte) ([]byte, bool) {
	text = bytes.TrimSpace(text)
	if len(text) >= 5 && bytes.EqualFold(text[:5], []byte("data:")) {
		head, rest, ok := bytes.Cut(text, []byte(","))
		if !ok || !bytes.HasSuffix(bytes.ToLower(head), []byte(";base64")) {
			return nil, false
		}
		text = rest
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

// imageMagic are the first bytes of image formats, supported or not.
var imageMagic = [][]byte{
	[]byte("\xff\xd8\xff"), []byte("\x89PNG"), []byte("BM"), []byte("GIF8"), []byte("RIFF"), []byte("II*\x00"), []byte("MM\x00*"),
}

// fieldImage returns the bytes of an image field without a file name. Some
// clients send the image's bytes in it, and some base64.
func fieldImage(field []byte) []byte {
	for _, magic := range imageMagic {
		if bytes.HasPrefix(field, magic) {
			return field
		}
	}
	if decoded, ok := decodeBase64(bytes.Clone(field)); ok && len(decoded) > 0 {
		return decoded
	}
	return field
}
