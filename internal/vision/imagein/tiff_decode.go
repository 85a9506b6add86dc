package imagein

import (
	"compress/zlib"
	"context"
	"errors"
	"image"
	"image/color"
	"io"
	"math/bits"
	"slices"

	"golang.org/x/image/ccitt"
	"golang.org/x/image/tiff/lzw"
)

// Greatest expansions, in bytes from a byte: of LZW a table of strings of up to
// 4 kB, each for 12 bits; of PackBits 128 bytes from two.
var tiffRatio = map[int]int64{
	tiffPlain: 1, tiffLZW: 2800, tiffDeflate: deflateRatio, tiffOldDeflate: deflateRatio, tiffPackBits: 64,
}

// rowBytes returns the bytes of a tile's row in one plane.
func (t *tiffFile) rowBytes() int64 {
	return (int64(t.tileW)*int64(t.rowSamples())*int64(t.bits) + 7) / 8
}

// rowSamples returns the samples of a pixel in one plane.
func (t *tiffFile) rowSamples() int { return t.samples / t.planes }

// rows returns how many rows of the image are in the tiles of row y of tiles.
func (t *tiffFile) rows(y int) int { return min(t.tileH, t.h-y*t.tileH) }

// cost estimates what decoding needs, and refuses files whose data cannot fill
// their frame.
func (t *tiffFile) cost(info *Info, o Options) error {
	w, h, bytes := int64(t.w), int64(t.h), int64(len(t.data))
	info.Memory = w*h*(t.pixelBytes()+3) + 8*int64(len(t.offsets)) + 4*int64(len(t.palette))
	info.DecodeTime = estimate(w*h, tiffPixel)
	if t.coding == tiffJPEG {
		return t.jpegCosts(info, o)
	}
	raw := t.rowBytes() * int64(t.tileH)
	info.Memory += int64(t.planes)*raw + bytes + int64(t.tileW*t.rowSamples())*2
	all := raw * int64(len(t.offsets))
	info.DecodeTime += estimate(all, tiffByte)
	if t.coding == tiffFax3 || t.coding == tiffFax4 {
		// A blank row is one bit, so blank pages of any size are a few bytes.
		info.DecodeTime += estimate(w*h, faxPixel)
		return nil
	}
	for i, n := range t.counts {
		y := i / t.across % t.down
		if need := t.rowBytes() * int64(t.rows(y)); need/tiffRatio[t.coding] > int64(n) {
			return malformed(TIFF, "truncated: %d bytes of coded data cannot fill %d bytes of pixels", n, need)
		}
	}
	return checkExpansion(TIFF, w, h, len(t.data))
}

// pixelBytes returns the bytes of a decoded pixel.
func (t *tiffFile) pixelBytes() int64 {
	switch {
	case t.colours == tiffPalette, t.grey() && t.bits <= 8:
		return 1
	case t.grey():
		return 2
	case t.bits == 16:
		return 8
	}
	return 4
}

// grey reports whether a pixel is one sample of grey, with nothing else that
// shows.
func (t *tiffFile) grey() bool { return t.colours <= tiffBlackIsZero && t.alpha == 0 }

// canvas returns the image that is decoded into.
func (t *tiffFile) canvas() image.Image {
	r := image.Rect(0, 0, t.w, t.h)
	switch {
	case t.colours == tiffPalette:
		return image.NewPaletted(r, t.colourMap())
	case t.colours == tiffCMYK:
		return image.NewCMYK(r)
	case t.grey() && t.bits <= 8:
		return image.NewGray(r)
	case t.grey():
		return image.NewGray16(r)
	case t.bits == 16 && t.alpha == 1:
		return image.NewRGBA64(r)
	case t.bits == 16:
		return image.NewNRGBA64(r)
	case t.alpha == 1:
		return image.NewRGBA(r)
	}
	return image.NewNRGBA(r)
}

// colourMap returns the palette: all reds, then all greens, then all blues, each
// of 16 bits.
func (t *tiffFile) colourMap() color.Palette {
	n := len(t.palette) / 3
	p := make(color.Palette, n)
	for i := range p {
		p[i] = color.RGBA{uint8(t.palette[i] >> 8), uint8(t.palette[n+i] >> 8), uint8(t.palette[2*n+i] >> 8), 255}
	}
	return p
}

// decode decodes a page.
func (t *tiffFile) decode(ctx context.Context, o Options) (image.Image, error) {
	dst := t.canvas()
	raw := make([][]byte, t.planes)
	row := make([]uint16, t.tileW*t.rowSamples())
	all := row
	if t.planes > 1 {
		all = make([]uint16, t.tileW*t.samples)
	}
	for i := range t.across * t.down {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x0, y := i%t.across*t.tileW, i/t.across
		if t.coding == tiffJPEG {
			if err := t.jpegTile(ctx, dst, i, o); err != nil {
				return nil, err
			}
			continue
		}
		n := int(t.rowBytes()) * t.rows(y)
		for p := range raw {
			var err error
			if raw[p], err = t.expand(ctx, p*t.across*t.down+i, n, t.rows(y), raw[p]); err != nil {
				return nil, err
			}
		}
		for r := range t.rows(y) {
			for p := range raw {
				t.unpack(raw[p][r*int(t.rowBytes()):], row)
				if t.planes > 1 {
					for x := range t.tileW {
						all[x*t.samples+p] = row[x]
					}
				}
			}
			t.store(dst, x0, y*t.tileH+r, all)
		}
	}
	return dst, nil
}

// expand returns n bytes of a tile.
func (t *tiffFile) expand(ctx context.Context, i, n, rows int, buffer []byte) ([]byte, error) {
	coded := t.tile(i)
	if t.flipped {
		coded = slices.Clone(coded)
		for k, b := range coded {
			coded[k] = bits.Reverse8(b)
		}
	}
	if t.coding == tiffPlain {
		return coded[:min(n, len(coded))], nil // cost has checked that it is n
	}
	out := slices.Grow(buffer[:0], n)[:n]
	in := newReader(ctx, coded)
	var from io.Reader
	switch t.coding {
	case tiffPackBits:
		return out, unpackBits(coded, out)
	case tiffLZW:
		z := lzw.NewReader(in, lzw.MSB, 8)
		defer z.Close()
		from = z
	case tiffDeflate, tiffOldDeflate:
		z, err := zlib.NewReader(in)
		if err != nil {
			return nil, err
		}
		defer z.Close()
		from = z
	case tiffFax3, tiffFax4:
		form := ccitt.Group4
		if t.coding == tiffFax3 {
			form = ccitt.Group3
		}
		// Runs of white are zeros, whatever the colours mean.
		from = ccitt.NewReader(in, ccitt.MSB, form, t.tileW, rows, &ccitt.Options{Invert: true})
	}
	if _, err := io.ReadFull(from, out); err != nil {
		return nil, err
	}
	return out, nil
}

var errPackBits = errors.New("PackBits data ends early")

// unpackBits fills out (TIFF 6.0, 9).
func unpackBits(coded, out []byte) error {
	for len(out) > 0 {
		if len(coded) < 2 {
			return errPackBits
		}
		n := int(int8(coded[0]))
		coded = coded[1:]
		switch {
		case n >= 0:
			n = copy(out, coded[:min(n+1, len(coded))])
			coded, out = coded[n:], out[n:]
		case n > -128:
			n = min(1-n, len(out))
			for i := range n {
				out[i] = coded[0]
			}
			coded, out = coded[1:], out[n:]
		}
	}
	return nil
}

// unpack reads the samples of a row.
func (t *tiffFile) unpack(raw []byte, row []uint16) {
	switch t.bits {
	case 8:
		for i := range row {
			row[i] = uint16(raw[i])
		}
	case 16:
		for i := range row {
			row[i] = uint16(t.u16(raw[2*i:]))
		}
	default:
		n, mask := uint(t.bits), uint16(1<<t.bits-1)
		for i := range row {
			at := uint(i) * n
			row[i] = uint16(raw[at/8]>>(8-n-at%8)) & mask
		}
	}
	if t.predict { // each sample is the difference to that of the pixel before it
		mask := uint16(1<<t.bits - 1)
		for i := t.rowSamples(); i < len(row); i++ {
			row[i] = (row[i] + row[i-t.rowSamples()]) & mask
		}
	}
}

// store writes a row of samples into the image from x0 on.
func (t *tiffFile) store(dst image.Image, x0, y int, row []uint16) {
	n := min(t.tileW, t.w-x0)
	switch m := dst.(type) {
	case *image.Paletted:
		to := m.Pix[m.PixOffset(x0, y):][:n]
		for x := range to {
			to[x] = uint8(row[x*t.samples])
		}
	case *image.Gray:
		full := 255 / uint16(1<<t.bits-1)
		to := m.Pix[m.PixOffset(x0, y):][:n]
		for x := range to {
			to[x] = uint8(row[x*t.samples] * full)
			if t.colours == tiffWhiteIsZero {
				to[x] = 255 - to[x]
			}
		}
	case *image.Gray16:
		to := m.Pix[m.PixOffset(x0, y):][:2*n]
		for x := range n {
			v := row[x*t.samples]
			if t.colours == tiffWhiteIsZero {
				v = 65535 - v
			}
			to[2*x], to[2*x+1] = uint8(v>>8), uint8(v)
		}
	case *image.CMYK:
		to := m.Pix[m.PixOffset(x0, y):][:4*n]
		for x := range n {
			for i, v := range row[x*t.samples:][:4] {
				to[4*x+i] = uint8(v)
			}
		}
	case *image.NRGBA:
		t.colourPixels(m.Pix[m.PixOffset(x0, y):], row, n, 8)
	case *image.RGBA:
		t.colourPixels(m.Pix[m.PixOffset(x0, y):], row, n, 8)
	case *image.NRGBA64:
		t.colourPixels(m.Pix[m.PixOffset(x0, y):], row, n, 16)
	case *image.RGBA64:
		t.colourPixels(m.Pix[m.PixOffset(x0, y):], row, n, 16)
	}
}

// colourPixels writes n pixels of four samples of a depth.
func (t *tiffFile) colourPixels(to []uint8, row []uint16, n, depth int) {
	for x := range n {
		s := row[x*t.samples:][:t.samples]
		var c [4]uint16
		alpha := 3
		if t.colours <= tiffBlackIsZero {
			v := s[0]
			if t.bits < 8 {
				v *= 255 / uint16(1<<t.bits-1)
			}
			if t.colours == tiffWhiteIsZero {
				v = uint16(1<<depth-1) - v
			}
			c, alpha = [4]uint16{v, v, v}, 1
		} else {
			c = [4]uint16{s[0], s[1], s[2]}
		}
		c[3] = 1<<depth - 1
		if t.alpha > 0 {
			c[3] = s[alpha]
			if t.bits < 8 {
				c[3] *= 255 / uint16(1<<t.bits-1)
			}
		}
		if t.alpha == 1 { // no colour is more than its transparency
			for i := range 3 {
				c[i] = min(c[i], c[3])
			}
		}
		for i, v := range c {
			if depth == 16 {
				to[8*x+2*i], to[8*x+2*i+1] = uint8(v>>8), uint8(v)
			} else {
				to[4*x+i] = uint8(v)
			}
		}
	}
}
