package redaction

import (
	"image"
	"image/color"
	"image/draw"
)

// turned applies an orientation (Exif 2.32, tag 0x0112).
func turned(m image.Image, orientation int) image.Image {
	if orientation < 2 || orientation > 8 {
		return m
	}
	switch m := m.(type) {
	case *image.YCbCr:
		return turnedPlanes(m, orientation)
	case draw.Image:
		return turnedPixels(m, orientation)
	}
	return m
}

// place returns where a pixel of a w by h image goes.
func place(x, y, w, h, orientation int) (int, int) {
	switch orientation {
	case 2:
		return w - 1 - x, y
	case 3:
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6:
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8:
		return y, w - 1 - x
	}
	return x, y
}

func turnedSize(size image.Point, orientation int) image.Point {
	if orientation >= 5 {
		return image.Pt(size.Y, size.X)
	}
	return size
}

func turnedPixels(m draw.Image, orientation int) draw.Image {
	b := m.Bounds()
	out := like(m, turnedSize(b.Size(), orientation))
	for y := range b.Dy() {
		for x := range b.Dx() {
			u, v := place(x, y, b.Dx(), b.Dy(), orientation)
			out.Set(u, v, m.At(b.Min.X+x, b.Min.Y+y))
		}
	}
	return out
}

// like returns an empty image with the same kind of pixels.
func like(m image.Image, size image.Point) draw.Image {
	r := image.Rectangle{Max: size}
	switch m.ColorModel() {
	case color.GrayModel:
		return image.NewGray(r)
	case color.Gray16Model:
		return image.NewGray16(r)
	case color.RGBA64Model:
		return image.NewRGBA64(r)
	case color.NRGBA64Model:
		return image.NewNRGBA64(r)
	case color.RGBAModel:
		return image.NewRGBA(r)
	}
	return image.NewNRGBA(r)
}

// turnedRatio is a sampling after a quarter turn.
var turnedRatio = map[image.YCbCrSubsampleRatio]image.YCbCrSubsampleRatio{
	image.YCbCrSubsampleRatio444: image.YCbCrSubsampleRatio444,
	image.YCbCrSubsampleRatio420: image.YCbCrSubsampleRatio420,
	image.YCbCrSubsampleRatio422: image.YCbCrSubsampleRatio440,
	image.YCbCrSubsampleRatio440: image.YCbCrSubsampleRatio422,
}

// turnedPlanes turns planes, so that nothing is sampled again. Odd samplings
// that have no turned form, and sizes whose chroma would be shifted, become
// pixels with chroma at full size.
func turnedPlanes(m *image.YCbCr, orientation int) image.Image {
	b := m.Bounds()
	ratio, ok := m.SubsampleRatio, true
	if orientation >= 5 {
		ratio, ok = turnedRatio[m.SubsampleRatio]
	}
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	cw, ch := (w+1)/2, (h+1)/2
	switch m.SubsampleRatio {
	case image.YCbCrSubsampleRatio444:
		cw, ch = w, h
	case image.YCbCrSubsampleRatio422:
		ch = h
	case image.YCbCrSubsampleRatio440:
		cw = w
	case image.YCbCrSubsampleRatio420:
	default:
		ok = false
	}
	if !ok || cw != w && w%2 != 0 || ch != h && h%2 != 0 {
		full := planar(rgba(m)).(*image.YCbCr)
		return turnedPlanes(full, orientation)
	}
	out := image.NewYCbCr(image.Rectangle{Max: turnedSize(b.Size(), orientation)}, ratio)
	turnPlane(out.Y, out.YStride, m.Y[m.YOffset(b.Min.X, b.Min.Y):], m.YStride, w, h, orientation)
	at := m.COffset(b.Min.X, b.Min.Y)
	turnPlane(out.Cb, out.CStride, m.Cb[at:], m.CStride, cw, ch, orientation)
	turnPlane(out.Cr, out.CStride, m.Cr[at:], m.CStride, cw, ch, orientation)
	return out
}

func turnPlane(dst []uint8, dstStride int, src []uint8, srcStride, w, h, orientation int) {
	for y := range h {
		for x := range w {
			u, v := place(x, y, w, h, orientation)
			dst[v*dstStride+u] = src[y*srcStride+x]
		}
	}
}

func rgba(m image.Image) *image.RGBA {
	out := image.NewRGBA(image.Rectangle{Max: m.Bounds().Size()})
	draw.Draw(out, out.Rect, m, m.Bounds().Min, draw.Src)
	return out
}
