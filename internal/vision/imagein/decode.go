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

	"github.com/gen2brain/jpegn"
	"golang.org/x/image/bmp"
	"golang.org/x/image/webp"

	"github.com/kahao/kahao/internal/vision/imagein/fastjpeg"
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

// decode returns the stored pixels, reduced by done, which is 1 or denom.
func decode(ctx context.Context, data []byte, info Info, denom int) (m image.Image, done int, err error) {
	done = 1
	switch info.Format {
	case JPEG:
		m, done, err = decodeJPEG(ctx, data, info, denom)
	case PNG:
		m, err = guard(func() (image.Image, error) { return png.Decode(newReader(ctx, data)) })
	case BMP:
		m, err = guard(func() (image.Image, error) {
			return bmp.Decode(&contextReader{ctx: ctx, r: info.bitmap.reader()})
		})
		fillAlpha(m)
	case WebP:
		m, err = guard(func() (image.Image, error) { return webp.Decode(newReader(ctx, data)) })
	}
	if ctx.Err() != nil {
		return nil, 0, ctx.Err()
	}
	if err != nil {
		return nil, 0, classify(info.Format, err)
	}
	want := image.Pt((info.coded.w+done-1)/done, (info.coded.h+done-1)/done)
	if got := m.Bounds().Size(); got != want {
		return nil, 0, malformed(info.Format, "%dx%d pixels decoded, the header says %dx%d", got.X, got.Y, want.X, want.Y)
	}
	return m, done, nil
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
func decodeJPEG(ctx context.Context, data []byte, info Info, denom int) (image.Image, int, error) {
	if info.sequential != nil && denom > 1 {
		m, err := guard(func() (image.Image, error) { return fastjpeg.Decode(ctx, *info.sequential, denom) })
		if err == nil {
			return m, denom, nil
		}
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
	}
	if info.components != 4 {
		m, err := guard(func() (image.Image, error) {
			return jpegn.Decode(newReader(ctx, data), &jpegn.Options{ScaleDenom: denom})
		})
		if err == nil {
			return m, denom, nil
		}
		if ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
	}
	m, err := guard(func() (image.Image, error) { return jpeg.Decode(newReader(ctx, data)) })
	return m, 1, err
}

// classify returns a decoder's error as an Error.
func classify(f Format, err error) error {
	kind := ErrMalformed
	var j jpeg.UnsupportedError
	var p png.UnsupportedError
	if errors.As(err, &j) || errors.As(err, &p) || errors.Is(err, bmp.ErrUnsupported) {
		kind = ErrUnsupported
	}
	return &Error{Kind: kind, Format: f, Cause: err}
}
