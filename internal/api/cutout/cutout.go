// Package cutout encodes the parts that were cut out of an image, as replies
// contain them.
package cutout

import (
	"bytes"
	"image"
	"image/jpeg"
)

// quality of the JPEG (as in libjpeg): no digit suffers, and a card of 1,000
// pixels takes some 150 kB.
const quality = 90

// JPEG returns a part as a JPEG file, or nil if there is no part.
func JPEG(part *image.RGBA) ([]byte, error) {
	if part == nil || part.Rect.Empty() {
		return nil, nil
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, part, &jpeg.Options{Quality: quality}); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
