// Package pixel holds the 8-bit RGB raster that decoding produces and every
// later stage samples, and the few resampling operations on it.
package pixel

// RGB is an interleaved 8-bit sRGB image without padding: pixel (x, y)
// begins at Pix[(y*W+x)*3].
type RGB struct {
	W, H int
	Pix  []uint8
}

// New returns a black image.
func New(w, h int) *RGB { return &RGB{W: w, H: h, Pix: make([]uint8, w*h*3)} }
