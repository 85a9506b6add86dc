package legacy

import (
	"bytes"
	"encoding/base64"
	"strings"
)

// decodeBase64 reads a picture as clients write it: with a data: prefix, with
// line breaks, in the URL-safe alphabet, with or without padding (section 3).
func decodeBase64(s string) ([]byte, bool) {
	s = strings.TrimSpace(s)
	if len(s) >= 5 && strings.EqualFold(s[:5], "data:") {
		header, rest, ok := strings.Cut(s, ",")
		if !ok || !strings.HasSuffix(strings.ToLower(header), ";base64") {
			return nil, false
		}
		s = rest
	}
	s = canonical.Replace(s)
	s = strings.TrimRight(s, "=")
	out, err := base64.RawStdEncoding.DecodeString(s)
	return out, err == nil
}

var canonical = strings.NewReplacer("\r", "", "\n", "", "\t", "", " ", "", "-", "+", "_", "/")

// pictureMagic are the beginnings of the kinds of files that are pictures,
// whether or not they are read.
var pictureMagic = [][]byte{
	[]byte("\xff\xd8\xff"), []byte("\x89PNG"), []byte("BM"), []byte("GIF8"), []byte("RIFF"), []byte("II*\x00"), []byte("MM\x00*"),
}

// fieldPicture returns the bytes of a picture field that has no file name: some
// clients put the picture there, and some its base64.
func fieldPicture(field []byte) []byte {
	for _, magic := range pictureMagic {
		if bytes.HasPrefix(field, magic) {
			return field
		}
	}
	if decoded, ok := decodeBase64(string(field)); ok && len(decoded) > 0 {
		return decoded
	}
	return field
}
