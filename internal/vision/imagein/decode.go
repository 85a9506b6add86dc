package imagein

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"
	"io"
	"slices"

	"github.com/gen2brain/jpegn"
	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"

	"github.com/kahao/kahao/internal/vision/imagein/fastjpeg"
	"github.com/kahao/kahao/internal/vision/imagein/sandbox"
)

// readSize is the most that a decoder gets at once: at 4 kB, a scan bomb
// outlived its deadline by a third of a second, at 256 bytes by 10 ms.
const readSize = 256

// contextReader hands out small pieces until the context ends. Len lets
// jpegn allocate its copy of the file at once.
type contextReader struct {
	ctx context.Context
	r   io.Reader
	n   int
}

func newReader(ctx context.Context, data []byte) *contextReader {
	return &contextReader{ctx, bytes.NewReader(data), len(data)}
}

// Read implements io.Reader.
func (c *contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := c.r.Read(p[:min(len(p), readSize)])
	c.n -= n
	return n, err
}

// Len returns the number of bytes left.
func (c *contextReader) Len() int { return c.n }

// errPanic is a decoder's panic. For the caller the file is malformed.
type errPanic struct{ value any }

func (e errPanic) Error() string { return fmt.Sprintf("the decoder panicked: %v", e.value) }

// guard runs a decoder under recover.
func guard(decode func() (image.Image, error)) (m image.Image, err error) {
	defer func() {
		if v := recover(); v != nil {
			m, err = nil, errPanic{v}
		}
	}()
	return decode()
}

// decoded is what a decoder gives: the stored pixels.
type decoded struct {
	image.Image
	reduced int // 1, or the denominator that was asked for
	whole   int // rows of the file, from the top, that were decoded
}

// decode returns the stored pixels, which only JPEG decoders reduce.
func decode(ctx context.Context, data []byte, info Info, denom int, o Options) (*decoded, error) {
	d := &decoded{reduced: 1, whole: info.coded.h}
	var m image.Image
	var err error
	switch info.Format {
	case JPEG:
		err = d.decodeJPEG(ctx, data, info, denom, o)
		m = d.Image
	case PNG:
		m, err = guard(func() (image.Image, error) { return png.Decode(newReader(ctx, data)) })
	case BMP:
		m, err = guard(func() (image.Image, error) {
			return bmp.Decode(&contextReader{ctx: ctx, r: info.bitmap.reader()})
		})
		fillAlpha(m)
	case WebP:
		m, err = guard(func() (image.Image, error) { return webp.Decode(newReader(ctx, data)) })
		fullRange(m)
	case HEIC, AVIF:
		m, err = guard(func() (image.Image, error) { return info.heif.decode(ctx, data, info) })
	case TIFF:
		m, err = guard(func() (image.Image, error) { return info.tiff.decode(ctx, o) })
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, classify(info.Format, err)
	}
	want := image.Pt((info.coded.w+d.reduced-1)/d.reduced, (info.coded.h+d.reduced-1)/d.reduced)
	if got := m.Bounds().Size(); got != want {
		return nil, malformed(info.Format, "%dx%d pixels decoded, the header says %dx%d", got.X, got.Y, want.X, want.Y)
	}
	d.Image = m
	return d, nil
}

// fullRange converts the planes of lossy WebP, which are those of BT.601 with
// luma from 16 to 235 and chroma from 16 to 240 (RFC 9649, 2.5), to the full
// range of JFIF, in which rows are converted to RGB.
func fullRange(m image.Image) {
	var planes *image.YCbCr
	switch m := m.(type) {
	case *image.YCbCr:
		planes = m
	case *image.NYCbCrA:
		planes = &m.YCbCr
	default:
		return
	}
	var luma, chroma [256]uint8
	for i := range luma {
		luma[i] = uint8(min(max((i-16)*255+109, 0)/219, 255))
		chroma[i] = uint8(min(max((i-16)*255+112, 0)/224, 255))
	}
	for i, v := range planes.Y {
		planes.Y[i] = luma[v]
	}
	for _, plane := range [][]uint8{planes.Cb, planes.Cr} {
		for i, v := range plane {
			plane[i] = chroma[v]
		}
	}
}

// fillAlpha makes a bitmap opaque if its alpha is 0 everywhere: the fourth byte
// of bitmaps is more often unused than transparent.
func fillAlpha(m image.Image) {
	n, ok := m.(*image.NRGBA)
	if !ok {
		return
	}
	for i := 3; i < len(n.Pix); i += 4 {
		if n.Pix[i] != 0 {
			return
		}
	}
	for i := 3; i < len(n.Pix); i += 4 {
		n.Pix[i] = 255
	}
}

// decodeJPEG tries three decoders. Our own decodes reduced phone photographs,
// fast, and checks the context. jpegn is three times as fast as image/jpeg, and
// reduces inside the inverse transform. image/jpeg reads what jpegn cannot:
// four components (jpegn panics on some), and some sampling factors.
//
// jpegn does not tell whether a scan is whole. So a sequential scan that our own
// decoder did not read is checked first.
func (d *decoded) decodeJPEG(ctx context.Context, data []byte, info Info, denom int, o Options) (err error) {
	if !info.irregular && d.decodeFast(ctx, info, denom) || ctx.Err() != nil {
		return ctx.Err()
	}
	if info.irregular || !info.progressive && info.Scans == 1 {
		if data, d.whole, err = info.rewriteJPEG(ctx, data, o); err != nil {
			return err
		}
		if d.decodeFast(ctx, info, denom) || ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if info.components != 4 {
		d.Image, err = guard(func() (image.Image, error) {
			return jpegn.Decode(newReader(ctx, data), &jpegn.Options{ScaleDenom: denom})
		})
		if err == nil {
			d.reduced = denom
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if info.bareCMYK {
		data = slices.Concat(data[:2], adobeMarker(0), data[2:])
	}
	d.Image, err = guard(func() (image.Image, error) { return jpeg.Decode(newReader(ctx, data)) })
	return err
}

// adobeMarker returns a segment that says which colours a JPEG has: 0 for RGB or
// CMYK, 1 for YCbCr.
func adobeMarker(transform byte) []byte {
	return []byte{0xff, mAPP14, 0, 14, 'A', 'd', 'o', 'b', 'e', 0, 100, 0, 0, 0, 0, transform}
}

// decodeFast reports whether fastjpeg can read the file at this size.
func (d *decoded) decodeFast(ctx context.Context, info Info, denom int) bool {
	if info.sequential == nil || denom == 1 {
		return false
	}
	m, err := guard(func() (image.Image, error) { return fastjpeg.Decode(ctx, *info.sequential, denom) })
	if err != nil {
		return false
	}
	d.Image, d.reduced = m, denom
	return true
}

// classify returns a decoder's error as an Error.
func classify(f Format, err error) error {
	if e := new(Error); errors.As(err, &e) {
		return e
	}
	kind := ErrMalformed
	var j jpeg.UnsupportedError
	var p png.UnsupportedError
	decoder := errors.As(err, &j) || errors.As(err, &p)
	if decoder || errors.Is(err, bmp.ErrUnsupported) || errors.Is(err, sandbox.ErrMissing) {
		kind = ErrUnsupported
	}
	return &Error{Kind: kind, Format: f, Cause: err}
}
