// Package raster is the float drawing surface that synthetic cards, lines and
// scenes are painted on: RGB images and coverage masks in 0..1 (display, not
// linear, values), anti-aliased shapes, blur, noise, warps and camera effects.
//
// Nothing here is safe for concurrent use of one value; drawers keep their own
// images and reuse them through Reset, so that a stream makes little garbage.
package raster

import (
	"github.com/kahao/kahao/internal/pixel"
)

// Color is red, green, blue; 0 is black and 1 is full.
type Color [3]float32

// Gray returns the neutral colour of one lightness.
func Gray(v float32) Color { return Color{v, v, v} }

// Luma is the perceived lightness (ITU-R BT.601 weights, those of JPEG).
func (c Color) Luma() float32 { return 0.299*c[0] + 0.587*c[1] + 0.114*c[2] }

// Mix returns the colour a share t of the way from c to d.
func (c Color) Mix(d Color, t float32) Color {
	for i := range c {
		c[i] += (d[i] - c[i]) * t
	}
	return c
}

// Scale multiplies every channel.
func (c Color) Scale(k float32) Color { return Color{c[0] * k, c[1] * k, c[2] * k} }

// Image is an interleaved RGB image: pixel (x, y) begins at Pix[(y*W+x)*3].
type Image struct {
	W, H int
	Pix  []float32
	pen  pen
	tmp  []float32
}

// NewImage returns a black image.
func NewImage(w, h int) *Image { return &Image{W: w, H: h, Pix: make([]float32, w*h*3)} }

// Reset makes the image w by h, keeping its memory; the content is undefined.
func (im *Image) Reset(w, h int) {
	im.W, im.H = w, h
	im.Pix = grow(im.Pix, w*h*3)
}

func grow(p []float32, n int) []float32 {
	if cap(p) < n {
		return make([]float32, n, n+n/4)
	}
	return p[:n]
}

// Clone returns an independent copy.
func (im *Image) Clone() *Image {
	c := NewImage(im.W, im.H)
	copy(c.Pix, im.Pix)
	return c
}

// CopyFrom makes im equal to src.
func (im *Image) CopyFrom(src *Image) {
	im.Reset(src.W, src.H)
	copy(im.Pix, src.Pix)
}

// At returns the colour at a pixel inside the image.
func (im *Image) At(x, y int) Color {
	p := im.Pix[(y*im.W+x)*3:]
	return Color{p[0], p[1], p[2]}
}

// Set writes a pixel inside the image.
func (im *Image) Set(x, y int, c Color) { copy(im.Pix[(y*im.W+x)*3:], c[:]) }

// Fill paints the whole image.
func (im *Image) Fill(c Color) {
	for i := 0; i+2 < len(im.Pix); i += 3 {
		im.Pix[i], im.Pix[i+1], im.Pix[i+2] = c[0], c[1], c[2]
	}
}

// clip returns the part of a w by h source placed at (x, y) that lies inside.
func clip(x, y, w, h, dw, dh int) (x0, y0, x1, y1 int) {
	return max(0, x), max(0, y), min(dw, x+w), min(dh, y+h)
}

// Blend paints c through m, whose corner lies at (x, y), at the given opacity.
func (im *Image) Blend(m *Mask, x, y int, c Color, alpha float32) {
	x0, y0, x1, y1 := clip(x, y, m.W, m.H, im.W, im.H)
	if x1 <= x0 {
		return
	}
	for j := y0; j < y1; j++ {
		row := m.Pix[(j-y)*m.W+x0-x : (j-y)*m.W+x1-x]
		p := im.Pix[(j*im.W+x0)*3 : (j*im.W+x1)*3]
		for i, a := range row {
			if a == 0 {
				continue
			}
			a *= alpha
			q := p[i*3 : i*3+3 : i*3+3]
			q[0] += a * (c[0] - q[0])
			q[1] += a * (c[1] - q[1])
			q[2] += a * (c[2] - q[2])
		}
	}
}

// BlendImage paints src at (x, y), through m (of src's size) when it is not nil.
func (im *Image) BlendImage(src *Image, m *Mask, x, y int, alpha float32) {
	x0, y0, x1, y1 := clip(x, y, src.W, src.H, im.W, im.H)
	for j := y0; j < y1; j++ {
		for i := x0; i < x1; i++ {
			a := alpha
			if m != nil {
				a *= m.Pix[(j-y)*m.W+i-x]
			}
			p, s := im.Pix[(j*im.W+i)*3:], src.Pix[((j-y)*src.W+i-x)*3:]
			p[0] += a * (s[0] - p[0])
			p[1] += a * (s[1] - p[1])
			p[2] += a * (s[2] - p[2])
		}
	}
}

// Clamp limits every channel to lo..hi.
func (im *Image) Clamp(lo, hi float32) {
	p := im.Pix
	for i, v := range p { // branches: the float min and max builtins are slower
		if v < lo {
			p[i] = lo
		} else if v > hi {
			p[i] = hi
		}
	}
}

// Mean returns the mean colour of the pixels in the rectangle.
func (im *Image) Mean(x0, y0, x1, y1 int) Color {
	x0, y0, x1, y1 = max(0, x0), max(0, y0), min(im.W, x1), min(im.H, y1)
	if x1 <= x0 || y1 <= y0 {
		return Color{}
	}
	var s [3]float32
	for y := y0; y < y1; y++ {
		p := im.Pix[(y*im.W+x0)*3 : (y*im.W+x1)*3]
		for i := 0; i+2 < len(p); i += 3 {
			s[0], s[1], s[2] = s[0]+p[i], s[1]+p[i+1], s[2]+p[i+2]
		}
	}
	return Color(s).Scale(1 / float32((x1-x0)*(y1-y0)))
}

// FlipX mirrors left and right in place.
func (im *Image) FlipX() {
	for y := range im.H {
		p := im.Pix[y*im.W*3 : (y+1)*im.W*3]
		for i, j := 0, im.W-1; i < j; i, j = i+1, j-1 {
			for c := range 3 {
				p[i*3+c], p[j*3+c] = p[j*3+c], p[i*3+c]
			}
		}
	}
}

// ToRGB rounds the image into dst, which takes its size.
func (im *Image) ToRGB(dst *pixel.RGB) {
	n := im.W * im.H * 3
	if cap(dst.Pix) < n {
		dst.Pix = make([]uint8, n)
	}
	dst.W, dst.H, dst.Pix = im.W, im.H, dst.Pix[:n]
	for i, v := range im.Pix[:n] {
		dst.Pix[i] = to8(v)
	}
}

func to8(v float32) uint8 {
	i := int32(v*255 + 0.5)
	if i < 0 || v < 0 {
		return 0
	}
	if i > 255 {
		return 255
	}
	return uint8(i)
}

// RGB returns the image as a new 8-bit image.
func (im *Image) RGB() *pixel.RGB {
	d := pixel.New(im.W, im.H)
	im.ToRGB(d)
	return d
}

// FromRGB makes im the float copy of an 8-bit image.
func (im *Image) FromRGB(src *pixel.RGB) {
	im.Reset(src.W, src.H)
	for i, v := range src.Pix[:src.W*src.H*3] {
		im.Pix[i] = float32(v) * (1.0 / 255)
	}
}
