package request

import (
	"bytes"
	"encoding/base64"
)

// decodeBase64 reads an image as clients write it: with a data: prefix, with
// line breaks, in the URL-safe alphabet, with or without padding.
// It may overwrite what it reads.
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

// pictureMagic are the beginnings of the kinds of files that are images,
// whether or not they are read.
var pictureMagic = [][]byte{
	[]byte("\xff\xd8\xff"), []byte("\x89PNG"), []byte("BM"), []byte("GIF8"), []byte("RIFF"), []byte("II*\x00"), []byte("MM\x00*"),
}

// fieldImage returns the bytes of an image field that has no file name: some
// clients put the image there, and some its base64.
func fieldImage(field []byte) []byte {
	for _, magic := range pictureMagic {
		if bytes.HasPrefix(field, magic) {
			return field
		}
	}
	if decoded, ok := decodeBase64(bytes.Clone(field)); ok && len(decoded) > 0 {
		return decoded
	}
	return field
}
