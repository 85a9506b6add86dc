package pixel

import "image"

// RGBA returns an opaque copy, for the standard library's encoders.
func (src *RGB) RGBA() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, src.W, src.H))
	for i, j := 0, 0; i+2 < len(src.Pix); i, j = i+3, j+4 {
		m.Pix[j], m.Pix[j+1], m.Pix[j+2], m.Pix[j+3] = src.Pix[i], src.Pix[i+1], src.Pix[i+2], 255
	}
	return m
}
