package sandbox

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"time"
)

// The kinds of pixels of libheif (heif_colorspace, heif_chroma).
const (
	heifYCbCr = 0
	heifRGB   = 1
	heifMono  = 2

	heif420 = 1
	heif422 = 2
	heif444 = 3
)

var heifSampling = map[int]image.YCbCrSubsampleRatio{
	heif420: image.YCbCrSubsampleRatio420, heif422: image.YCbCrSubsampleRatio422, heif444: image.YCbCrSubsampleRatio444,
}

// HEIF decodes the primary image of a file with libheif and libde265, upright, at
// 8 bits: an *image.YCbCr in the file's own range, an *image.Gray, or an
// *image.NRGBA. It must have the given size,
// and be decoded within the limit.
func HEIF(ctx context.Context, limit time.Duration, file []byte, size image.Point) (m image.Image, err error) {
	err = heif.run(ctx, limit, file, func(i *instance, at uint64) error {
		// width, height, colour space, chroma, whether colours are premultiplied
		facts, err := i.allocate(5 * 4)
		if err != nil {
			return err
		}
		arguments := []uint64{at, uint64(len(file)), 1, facts, facts + 4, facts + 8, facts + 12, facts + 16, 0}
		f, err := i.decode(arguments, facts, 5, size)
		if err != nil {
			return err
		}
		planes, err := newHEIF(size, f[2], f[3], f[4] == 1)
		if err != nil {
			return err
		}
		if arguments[8], err = i.allocate(planes.bytes); err != nil {
			return err
		}
		arguments[2] = 0
		if _, err = i.decode(arguments, facts, 5, size); err != nil {
			return err
		}
		pixels, err := i.read(arguments[8], planes.bytes)
		if err == nil {
			m = planes.image(pixels)
		}
		return err
	})
	return m, err
}

// decode calls a decoder, which writes what it finds at facts, first the size.
func (i *instance) decode(arguments []uint64, facts uint64, n int, size image.Point) ([]int, error) {
	ok, err := i.call("decode", arguments...)
	if err != nil {
		return nil, err
	}
	if ok == 0 {
		return nil, ErrDecode
	}
	f, err := i.numbers(facts, n)
	if err != nil {
		return nil, err
	}
	if f[0] != size.X || f[1] != size.Y {
		return nil, fmt.Errorf("%w: it finds %dx%d pixels, the header says %dx%d", ErrDecode, f[0], f[1], size.X, size.Y)
	}
	return f, nil
}

// heifPlanes says how libheif lays out pixels.
type heifPlanes struct {
	size            image.Point
	space           int
	premultiplied   bool
	sampling        image.YCbCrSubsampleRatio
	stride, cStride int
	cHeight, bytes  int
}

// stride returns the bytes of a row of n samples of so many bytes. libheif makes
// rows at least 64 samples long, of an even number, and begins them at multiples
// of 16.
func stride(n, bytes int) int { return (max(n+n%2, 64)*bytes + 15) &^ 15 }

func newHEIF(size image.Point, space, chroma int, premultiplied bool) (*heifPlanes, error) {
	p := &heifPlanes{size: size, space: space, premultiplied: premultiplied, stride: stride(size.X, 1)}
	switch space {
	case heifYCbCr:
		var ok bool
		if p.sampling, ok = heifSampling[chroma]; !ok {
			return nil, fmt.Errorf("%w: chroma of kind %d", ErrDecode, chroma)
		}
		cWidth := size.X
		p.cHeight = size.Y
		if chroma != heif444 {
			cWidth = (cWidth + 1) / 2
		}
		if chroma == heif420 {
			p.cHeight = (p.cHeight + 1) / 2
		}
		p.cStride = stride(cWidth, 1)
	case heifRGB:
		p.stride = stride(size.X, 4)
	case heifMono:
	default:
		return nil, fmt.Errorf("%w: colours of kind %d", ErrDecode, space)
	}
	p.bytes = p.stride*size.Y + 2*p.cStride*p.cHeight
	return p, nil
}

func (p *heifPlanes) image(pixels []byte) image.Image {
	r := image.Rectangle{Max: p.size}
	luma, chroma := p.stride*p.size.Y, p.cStride*p.cHeight
	switch {
	case p.space == heifYCbCr:
		return &image.YCbCr{Y: pixels[:luma], Cb: pixels[luma:][:chroma], Cr: pixels[luma+chroma:], YStride: p.stride, CStride: p.cStride, SubsampleRatio: p.sampling, Rect: r}
	case p.space == heifMono:
		return &image.Gray{Pix: pixels, Stride: p.stride, Rect: r}
	case p.premultiplied:
		return &image.RGBA{Pix: pixels, Stride: p.stride, Rect: r}
	}
	return &image.NRGBA{Pix: pixels, Stride: p.stride, Rect: r}
}

// unwritten is a pixel that no premultiplied image has, at 16 bits and in its
// last half at 8: a colour without opacity.
var unwritten = []byte{1, 1, 1, 1, 1, 1, 0, 0}

// AVIF decodes the primary image of a file with libavif and libaom, as it is
// stored: an *image.RGBA or, of more than 8 bits, an *image.RGBA64. It must have
// the given size, and be decoded within the limit.
func AVIF(ctx context.Context, limit time.Duration, file []byte, size image.Point) (m image.Image, err error) {
	err = avif.run(ctx, limit, file, func(i *instance, at uint64) error {
		// width, height, depth, number of images; a time
		facts, err := i.allocate(4*4 + 8)
		if err != nil {
			return err
		}
		arguments := []uint64{at, uint64(len(file)), 1, 0, facts, facts + 4, facts + 8, facts + 12, facts + 16, 0}
		f, err := i.decode(arguments, facts, 4, size)
		if err != nil {
			return err
		}
		depth := 1
		if f[2] > 8 {
			depth = 2
		}
		n := 4 * depth * size.X * size.Y
		if arguments[9], err = i.allocate(n); err != nil {
			return err
		}
		// The decoder does not report all failures. Then it writes nothing.
		last := arguments[9] + uint64(n-4*depth)
		mark := unwritten[8-4*depth:]
		i.module.Memory().Write(uint32(last), mark)
		arguments[2] = 0
		if _, err = i.decode(arguments, facts, 4, size); err != nil {
			return err
		}
		pixels, err := i.read(arguments[9], n)
		if err != nil {
			return err
		}
		if bytes.Equal(pixels[n-4*depth:], mark) {
			return ErrDecode
		}
		r := image.Rectangle{Max: size}
		if depth == 1 {
			m = &image.RGBA{Pix: pixels, Stride: 4 * size.X, Rect: r}
			return nil
		}
		for k := 0; k < n; k += 2 { // image.RGBA64 has the high byte first
			binary.BigEndian.PutUint16(pixels[k:], binary.LittleEndian.Uint16(pixels[k:]))
		}
		m = &image.RGBA64{Pix: pixels, Stride: 8 * size.X, Rect: r}
		return nil
	})
	return m, err
}
