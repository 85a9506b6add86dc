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
// outlived its deadline by a third of a second, at 256 bytes by 10 ms (R7).
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

// Len is the number of bytes left.
func (c *contextReader) Len() int { return c.n }

// errPanic is a decoder's panic, which is the file's fault as far as the
// caller is concerned.
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
	switch info.Kind {
	case JPEG:
		m, done, err = decodeJPEG(ctx, data, info, denom)
	case PNG:
		m, err = guard(func() (image.Image, error) { return png.Decode(newReader(ctx, data)) })
	case BMP:
		f, openErr := openBMP(data, Options{MaxPixels: 1 << 62})
		if openErr != nil {
			return nil, 0, openErr
		}
		m, err = guard(func() (image.Image, error) {
			return bmp.Decode(&contextReader{ctx: ctx, r: f.reader()})
		})
		fillAlpha(m)
	case WebP:
		m, err = guard(func() (image.Image, error) { return webp.Decode(newReader(ctx, data)) })
	}
	if ctx.Err() != nil {
		return nil, 0, ctx.Err()
	}
	if err != nil {
		return nil, 0, classify(info.Kind, err)
	}
	want := image.Pt((info.coded.w+done-1)/done, (info.coded.h+done-1)/done)
	if got := m.Bounds().Size(); got != want {
		return nil, 0, malformed(info.Kind, "%dx%d pixels decoded, the header says %dx%d", got.X, got.Y, want.X, want.Y)
	}
	return m, done, nil
}

// fillAlpha makes a bitmap opaque whose alpha is 0 everywhere: in bitmaps the
// fourth byte is more often unused than transparent.
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

// decodeJPEG tries three decoders. Our own takes the reduced phone picture,
// fast and under the context. jpegn is three times as fast as image/jpeg, and
// reduces inside the inverse transform. image/jpeg reads what jpegn cannot:
// four components (it panics on some), and some sampling factors.
func decodeJPEG(ctx context.Context, data []byte, info Info, denom int) (image.Image, int, error) {
	m, err := guard(func() (image.Image, error) { return reduced(ctx, data, info, denom) })
	if err == nil {
		return m, denom, nil
	}
	if ctx.Err() != nil {
		return nil, 0, ctx.Err()
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
	m, err = guard(func() (image.Image, error) { return jpeg.Decode(newReader(ctx, data)) })
	return m, 1, err
}

// reduced cuts the file for the sequential decoder, if it is one for it.
func reduced(ctx context.Context, data []byte, info Info, denom int) (image.Image, error) {
	if denom == 1 || info.progressive || info.Scans != 1 {
		return nil, fastjpeg.ErrOther
	}
	j := &jpegHeader{data: data, pos: 2, collect: true, info: Info{Kind: JPEG, Orientation: 1}}
	j.opt = Options{MaxPixels: 1 << 62, MaxWork: 1 << 62, MaxScans: 1} // passed already
	if _, err := j.walk(); err != nil || j.alien {
		return nil, fastjpeg.ErrOther
	}
	j.file.Width, j.file.Height = info.coded.w, info.coded.h
	for _, c := range j.comp[:info.components] {
		j.file.Components = append(j.file.Components, fastjpeg.Component{ID: c.id, H: c.h, V: c.v, Table: int(c.table)})
	}
	return fastjpeg.Decode(ctx, j.file, denom)
}

// classify puts a decoder's error into a family.
func classify(k Kind, err error) error {
	family := ErrMalformed
	var j jpeg.UnsupportedError
	var p png.UnsupportedError
	if errors.As(err, &j) || errors.As(err, &p) || errors.Is(err, bmp.ErrUnsupported) {
		family = ErrUnsupported
	}
	return &Error{Family: family, Kind: k, Cause: err}
}
