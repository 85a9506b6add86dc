package imagein

import (
	"image"
	"image/color"
)

// rowsOf returns a function that writes row y of m, from its left edge, as
// interleaved RGB with transparency flattened onto white.
func rowsOf(m image.Image) func(y int, dst []uint8) {
	b := m.Bounds()
	switch m := m.(type) {
	case *image.YCbCr:
		return func(y int, dst []uint8) { rowYCbCr(m, b.Min.X, b.Min.Y+y, dst) }
	case *image.NYCbCrA:
		return func(y int, dst []uint8) {
			rowYCbCr(&m.YCbCr, b.Min.X, b.Min.Y+y, dst)
			a := m.A[m.AOffset(b.Min.X, b.Min.Y+y):]
			for x := range len(dst) / 3 {
				flatten(dst[x*3:x*3+3], a[x])
			}
		}
	case *image.Gray:
		return func(y int, dst []uint8) {
			for x, v := range m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):][:b.Dx()] {
				p := dst[x*3 : x*3+3 : x*3+3]
				p[0], p[1], p[2] = v, v, v
			}
		}
	case *image.Gray16:
		return func(y int, dst []uint8) {
			s := m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range b.Dx() {
				v := high(s[x*2:])
				dst[x*3], dst[x*3+1], dst[x*3+2] = v, v, v
			}
		}
	case *image.RGBA:
		return func(y int, dst []uint8) {
			s := m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range b.Dx() {
				q, p := s[x*4:x*4+4:x*4+4], dst[x*3:x*3+3:x*3+3]
				white := 255 - q[3] // colour is premultiplied
				p[0], p[1], p[2] = q[0]+white, q[1]+white, q[2]+white
			}
		}
	case *image.NRGBA:
		return func(y int, dst []uint8) {
			s := m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range b.Dx() {
				q, p := s[x*4:x*4+4:x*4+4], dst[x*3:x*3+3:x*3+3]
				p[0], p[1], p[2] = q[0], q[1], q[2]
				flatten(p, q[3])
			}
		}
	case *image.RGBA64:
		return func(y int, dst []uint8) {
			s := m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range b.Dx() {
				q, p := s[x*8:x*8+8], dst[x*3:x*3+3]
				white := 255 - high(q[6:]) // colour is premultiplied
				p[0], p[1], p[2] = high(q)+white, high(q[2:])+white, high(q[4:])+white
			}
		}
	case *image.NRGBA64:
		return func(y int, dst []uint8) {
			s := m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range b.Dx() {
				q, p := s[x*8:x*8+8], dst[x*3:x*3+3]
				p[0], p[1], p[2] = high(q), high(q[2:]), high(q[4:])
				flatten(p, high(q[6:]))
			}
		}
	case *image.Paletted:
		palette := flatPalette(m.Palette)
		return func(y int, dst []uint8) {
			for x, i := range m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):][:b.Dx()] {
				copy(dst[x*3:x*3+3], palette[i][:])
			}
		}
	case *image.CMYK:
		return func(y int, dst []uint8) {
			s := m.Pix[m.PixOffset(b.Min.X, b.Min.Y+y):]
			for x := range b.Dx() {
				q := s[x*4 : x*4+4]
				dst[x*3], dst[x*3+1], dst[x*3+2] = color.CMYKToRGB(q[0], q[1], q[2], q[3])
			}
		}
	}
	return func(y int, dst []uint8) {
		for x := range b.Dx() {
			setColour(dst[x*3:x*3+3], m.At(b.Min.X+x, b.Min.Y+y))
		}
	}
}

// high rounds a big-endian 16-bit sample to 8 bits: 65535 is 257 x 255.
func high(s []uint8) uint8 { return uint8((uint32(s[0])<<8 + uint32(s[1]) + 128) / 257) }

// flatten blends an unmultiplied colour with white.
func flatten(p []uint8, alpha uint8) {
	if alpha == 255 {
		return
	}
	a := uint32(alpha)
	for i, v := range p[:3] {
		p[i] = uint8((uint32(v)*a + 255*(255-a) + 127) / 255)
	}
}

func setColour(p []uint8, c color.Color) {
	r, g, b, a := c.RGBA()
	for i, v := range []uint32{r, g, b} {
		p[i] = uint8((v + 65535 - a + 128) / 257)
	}
}

// flatPalette has 256 entries, so that no index can miss.
func flatPalette(p color.Palette) *[256][3]uint8 {
	var flat [256][3]uint8
	for i, c := range p[:min(len(p), 256)] {
		setColour(flat[i][:], c)
	}
	return &flat
}

// rowYCbCr converts by JFIF's equations in 16-bit fixed point, the same as
// image/color. A chroma sample is used for all pixels that share it.
func rowYCbCr(m *image.YCbCr, x0, y int, dst []uint8) {
	w := len(dst) / 3
	luma := m.Y[m.YOffset(x0, y):][:w]
	chroma := m.COffset(x0, y)
	cb, cr := m.Cb[chroma:], m.Cr[chroma:]
	share := 1
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420:
		share = 2
	case image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410:
		share = 4
	}
	if share == 2 && x0%2 == 0 {
		rowPairs(luma, cb, cr, dst)
		return
	}
	phase := x0 % share // a sub-image may start inside a chroma sample
	for x, i := 0, 0; x < w; i++ {
		u, v := int32(cb[i])-128, int32(cr[i])-128
		r, g, b := 91881*v, -22554*u-46802*v, 116130*u
		for end := min(w, x+share-phase); x < end; x++ {
			l := int32(luma[x]) * 0x10101
			p := dst[x*3 : x*3+3 : x*3+3]
			p[0], p[1], p[2] = clip(l+r), clip(l+g), clip(l+b)
		}
		phase = 0
	}
}

// rowPairs converts rows as most cameras write them: one chroma sample for two
// pixels.
func rowPairs(luma, cb, cr, dst []uint8) {
	n := len(luma) / 2
	cb, cr = cb[:(len(luma)+1)/2], cr[:(len(luma)+1)/2]
	for i := range n {
		u, v := int32(cb[i])-128, int32(cr[i])-128
		r, g, b := 91881*v, -22554*u-46802*v, 116130*u
		l, m := int32(luma[2*i])*0x10101, int32(luma[2*i+1])*0x10101
		p := dst[:6:6]
		p[0], p[1], p[2] = clip(l+r), clip(l+g), clip(l+b)
		p[3], p[4], p[5] = clip(m+r), clip(m+g), clip(m+b)
		dst = dst[6:]
	}
	if len(luma)%2 == 1 {
		u, v := int32(cb[n])-128, int32(cr[n])-128
		l := int32(luma[2*n]) * 0x10101
		dst[0], dst[1], dst[2] = clip(l+91881*v), clip(l-22554*u-46802*v), clip(l+116130*u)
	}
}

// clip returns the integer part of 16-bit fixed point as a byte.
func clip(v int32) uint8 {
	if uint32(v)>>24 == 0 {
		return uint8(v >> 16)
	}
	return uint8(^(v >> 31))
}
