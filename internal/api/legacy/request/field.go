package request

import (
	"bytes"

	"github.com/kahao/kahao/internal/api/datauri"
)

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
	if decoded, ok := datauri.Decode(bytes.Clone(field)); ok && len(decoded) > 0 {
		return decoded
	}
	return field
}
