package pixel

import "image"

// RGBA returns an opaque copy, for the standard library's encoders.
func (p *RGB) RGBA() *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, p.W, p.H))
	for i, j := 0, 0; i+2 < len(p.Pix); i, j = i+3, j+4 {
		m.Pix[j], m.Pix[j+1], m.Pix[j+2], m.Pix[j+3] = p.Pix[i], p.Pix[i+1], p.Pix[i+2], 255
	}
	return m
}
