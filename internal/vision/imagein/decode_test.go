package imagein

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/pixel"
)

func mustDecode(t *testing.T, data []byte, opt Options) *Image {
	t.Helper()
	p, err := Decode(context.Background(), data, opt)
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	info, err := Inspect(data, opt)
	if err != nil {
		t.Fatalf("Inspect: %v", err)
	}
	if info.Width != p.Width || info.Height != p.Height || info.Format != p.Format {
		t.Fatalf("Inspect = %+v, want %dx%d %v as Decode returns", info, p.Width, p.Height, p.Format)
	}
	return p
}

func pngOf(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, m); err != nil {
		t.Fatalf("png.Encode: %v", err)
	}
	return b.Bytes()
}

// wantPixels compares with the colours of m laid onto white.
func wantPixels(t *testing.T, got *pixel.RGB, m image.Image) {
	t.Helper()
	b := m.Bounds()
	if got.W != b.Dx() || got.H != b.Dy() {
		t.Fatalf("%dx%d pixels, want %v", got.W, got.H, b.Size())
	}
	for y := range got.H {
		for x := range got.W {
			r, g, bl, a := m.At(b.Min.X+x, b.Min.Y+y).RGBA()
			for c, v := range []uint32{r, g, bl} {
				want := int(v+65535-a+128) / 257
				if have := int(got.Pix[(y*got.W+x)*3+c]); have < want-1 || have > want+1 {
					t.Fatalf("pixel %d,%d channel %d is %d, want %d", x, y, c, have, want)
				}
			}
		}
	}
}

// TestDecodePNGKinds goes through every in-memory form that image/png gives.
func TestDecodePNGKinds(t *testing.T) {
	r := image.Rect(0, 0, 13, 7)
	base := drawn(13, 7, 3)
	fill := func(m interface {
		image.Image
		Set(x, y int, c color.Color)
	}, alpha bool) image.Image {
		for y := range 7 {
			for x := range 13 {
				c := base.RGBAAt(x, y)
				n := color.NRGBA64{uint16(c.R)<<8 | 3, uint16(c.G)<<8 | 200, uint16(c.B) << 8, 0xffff}
				if alpha {
					n.A = uint16(x * 5000)
				}
				m.Set(x, y, n)
			}
		}
		return m
	}
	pal := color.Palette{color.White, color.Black, color.NRGBA{200, 10, 20, 100}, color.NRGBA{0, 0, 0, 0}, color.RGBA{10, 90, 10, 255}}
	for name, m := range map[string]image.Image{
		"grey": fill(image.NewGray(r), false), "grey16": fill(image.NewGray16(r), false),
		"rgb": fill(image.NewRGBA(r), false), "rgba": fill(image.NewNRGBA(r), true),
		"rgb16": fill(image.NewRGBA64(r), false), "rgba16": fill(image.NewNRGBA64(r), true),
		"palette": fill(image.NewPaletted(r, pal), true),
	} {
		t.Run(name, func(t *testing.T) {
			p := mustDecode(t, pngOf(t, m), Options{})
			wantPixels(t, p.RGB, m)
			if p.Format != PNG || p.Scale != 1 {
				t.Errorf("kind %v, scale %v", p.Format, p.Scale)
			}
		})
	}
}

// TestPNGGreyAlpha covers what Go's encoder does not write: grey with alpha,
// Adam7, two bits a pixel, and a transparent colour.
func TestPNGGreyAlpha(t *testing.T) {
	p := mustDecode(t, pngFile(ihdr(2, 1, 8, 4, 0), chunk("IDAT", deflated([]byte{0, 100, 255, 100, 0}))), Options{})
	if want := []byte{100, 100, 100, 255, 255, 255}; !bytes.Equal(p.RGB.Pix, want) {
		t.Errorf("grey and alpha: %v", p.RGB.Pix)
	}
	p = mustDecode(t, pngFile(ihdr(1, 1, 8, 2, 1), chunk("IDAT", deflated([]byte{0, 1, 2, 3}))), Options{})
	if want := []byte{1, 2, 3}; !bytes.Equal(p.RGB.Pix, want) {
		t.Errorf("interlaced: %v", p.RGB.Pix)
	}
	p = mustDecode(t, pngFile(ihdr(4, 1, 2, 0, 0), chunk("IDAT", deflated([]byte{0, 0b00011011}))), Options{})
	if want := []byte{0, 0, 0, 85, 85, 85, 170, 170, 170, 255, 255, 255}; !bytes.Equal(p.RGB.Pix, want) {
		t.Errorf("two bits: %v", p.RGB.Pix)
	}
	p = mustDecode(t, pngFile(ihdr(2, 1, 8, 2, 0), chunk("tRNS", []byte{0, 9, 0, 9, 0, 9}), chunk("IDAT", deflated([]byte{0, 9, 9, 9, 8, 8, 8}))), Options{})
	if want := []byte{255, 255, 255, 8, 8, 8}; !bytes.Equal(p.RGB.Pix, want) {
		t.Errorf("transparent colour: %v", p.RGB.Pix)
	}
}

func TestDecodeBMP(t *testing.T) {
	rows := []byte{1, 2, 3, 4, 5, 6, 0, 0, 7, 8, 9, 10, 11, 12, 0, 0}
	up := mustDecode(t, bmpBytes(2, 2, 24, 0, 0, rows...), Options{})
	if want := []byte{9, 8, 7, 12, 11, 10, 3, 2, 1, 6, 5, 4}; !bytes.Equal(up.RGB.Pix, want) {
		t.Errorf("bottom up: %v", up.RGB.Pix)
	}
	down := mustDecode(t, bmpBytes(2, -2, 24, 0, 0, rows...), Options{})
	if want := []byte{3, 2, 1, 6, 5, 4, 9, 8, 7, 12, 11, 10}; !bytes.Equal(down.RGB.Pix, want) {
		t.Errorf("top down: %v", down.RGB.Pix)
	}
	// Palettes end in padding; a gap before the pixels is allowed.
	p := mustDecode(t, bmpBytes(3, 1, 1, 0, 2, 0, 0, 255, 0, 255, 0, 0, 0, 0b01000000, 0, 0, 0), Options{})
	if want := []byte{255, 0, 0, 0, 0, 255, 255, 0, 0}; !bytes.Equal(p.RGB.Pix, want) {
		t.Errorf("palette: %v", p.RGB.Pix)
	}
	gap := bmpBytes(1, 1, 24, 0, 0, 99, 99, 99, 99, 1, 2, 3, 0)
	gap[10] += 4
	if p := mustDecode(t, gap, Options{}); !bytes.Equal(p.RGB.Pix, []byte{3, 2, 1}) {
		t.Errorf("gap: %v", p.RGB.Pix)
	}
	// Spelt-out fields that say what is so anyway.
	masks := bmpBytes(1, 1, 32, 3, 0, 0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0, 1, 2, 3, 0)
	masks[10] += 12
	if p := mustDecode(t, masks, Options{}); !bytes.Equal(p.RGB.Pix, []byte{3, 2, 1}) {
		t.Errorf("fields: %v", p.RGB.Pix)
	}
	// A fourth byte that is 0 throughout is unused, not transparent.
	v4 := append(bmpBytes(1, 1, 32, 0, 0), make([]byte, 68)...)
	v4[10], v4[14] = 122, 108
	if p := mustDecode(t, append(v4, 1, 2, 3, 0), Options{}); !bytes.Equal(p.RGB.Pix, []byte{3, 2, 1}) {
		t.Errorf("empty alpha: %v", p.RGB.Pix)
	}
}

func TestDecodeWebP(t *testing.T) {
	pixels := []byte{10, 20, 30, 255, 200, 100, 50, 255, 1, 2, 3, 0, 90, 90, 90, 128}
	file := riff(riffChunk("VP8L", vp8l(2, 2, pixels)))
	p := mustDecode(t, file, Options{})
	if want := []byte{10, 20, 30, 200, 100, 50, 255, 255, 255, 172, 172, 172}; !bytes.Equal(p.RGB.Pix, want) {
		t.Errorf("lossless: %v", p.RGB.Pix)
	}
	turned := riff(vp8x(8, 2, 2), riffChunk("VP8L", vp8l(2, 2, pixels)), riffChunk("EXIF", exifBlock(3, false)))
	if p := mustDecode(t, turned, Options{}); !bytes.Equal(p.RGB.Pix[9:], []byte{10, 20, 30}) {
		t.Errorf("turned: %v", p.RGB.Pix)
	}
	lossy := mustDecode(t, riff(riffChunk("VP8 ", vp8(50, 34, 1))), Options{})
	if lossy.RGB.W != 50 || lossy.RGB.H != 34 {
		t.Errorf("lossy: %dx%d", lossy.RGB.W, lossy.RGB.H)
	}
	clear := riff(vp8x(16, 50, 34), riffChunk("ALPH", append([]byte{0}, make([]byte, 50*34)...)), riffChunk("VP8 ", vp8(50, 34, 1)))
	for _, v := range mustDecode(t, clear, Options{}).RGB.Pix {
		if v != 255 {
			t.Fatal("a fully transparent image is not white")
		}
	}
}

// TestLossyRange decodes bars that Pillow 13 with libwebp coded: lossy WebP has
// luma from 16 to 235, so black and white tell.
func TestLossyRange(t *testing.T) {
	bars := [][3]uint8{{0, 0, 0}, {255, 255, 255}, {128, 128, 128}, {60, 60, 60}, {200, 160, 120}, {30, 50, 110}, {180, 40, 50}, {60, 150, 80}}
	for name, alpha := range map[string]int{"bars.webp": 255, "bars-alpha.webp": 128} {
		file, err := os.ReadFile("testdata/" + name)
		if err != nil {
			t.Fatalf("os.ReadFile: %v", err)
		}
		got, want := mustDecode(t, file, Options{}).RGB, pixel.New(128, 32)
		for y := range want.H {
			for x := range want.W {
				for i, v := range bars[x/16] {
					if y >= 16 { // the lower half of one file is transparent
						v = uint8((int(v)*alpha + 255*(255-alpha) + 127) / 255)
					}
					want.Pix[(y*want.W+x)*3+i] = v
				}
			}
		}
		if _, mean := difference(t, got, want); mean > 2 {
			t.Errorf("%s: mean difference %.2f, want at most 2", name, mean)
		}
	}
}

// TestFourComponents: jpegn panics on 4:2:0 with black, so that four
// components never go there.
func TestFourComponents(t *testing.T) {
	for _, f := range [][]byte{{0x11, 0x11, 0x11, 0x11}, {0x22, 0x11, 0x11, 0x22}} {
		// Adobe stores inks inverted: full ink is 0.
		file := flatJPEG(40, 24, adobe(0), f, 127, 0, -128, 127)
		p := mustDecode(t, file, Options{})
		if c := p.RGB.Pix[:3]; c[0] < 250 || c[1] < 120 || c[1] > 136 || c[2] > 5 {
			t.Errorf("CMYK %x: %v, want about 255 128 0", f, c)
		}
		// Luma 200 is that of the ink here: light of 55.
		p = mustDecode(t, flatJPEG(40, 24, adobe(2), f, 72, 0, 0, 127), Options{WorkingSide: 10})
		if c := p.RGB.Pix[:3]; c[0] != c[1] || c[1] != c[2] || c[0]-52 > 6 {
			t.Errorf("YCCK %x: %v, want grey of 52 to 58", f, c)
		}
		if p.RGB.W != 10 || p.Scale != 0.25 {
			t.Errorf("YCCK %x: %dx%d at scale %v, want width 10 at 0.25", f, p.RGB.W, p.RGB.H, p.Scale)
		}
	}
}

// TestOddSampling has factors of three, which jpegn refuses.
func TestOddSampling(t *testing.T) {
	p, err := Decode(context.Background(), flatJPEG(40, 24, nil, []byte{0x31, 0x11, 0x11}, 50, 0, 0), Options{})
	if err == nil && p.RGB.W != 40 || err != nil && !errors.Is(err, ErrUnsupported) {
		t.Errorf("Decode = %v, %v, want width 40 or %v", p, err, ErrUnsupported)
	}
}

func TestErrors(t *testing.T) {
	photo := jpegOf(t, drawn(64, 48, 1), 80)
	scan, _ := dataOf(photo)
	plain := pngOf(t, drawn(64, 48, 1))
	broken := bytes.Clone(plain)
	broken[len(broken)/2] ^= 1
	for _, c := range []struct {
		name string
		data []byte
		opt  Options
		kind error
		text string
	}{
		{"empty", nil, Options{}, ErrEmpty, "empty"},
		{"text", []byte("hello, this is not an image"), Options{}, ErrMalformed, "not an image"},
		{"one byte", []byte{0xff}, Options{}, ErrMalformed, "1 bytes"},
		{"bytes", photo, Options{MaxBytes: 100}, ErrTooLarge, "at most 100"},
		{"pixels", photo, Options{MaxPixels: 3071}, ErrTooLarge, "64x48 = 3072 pixels, at most 3071"},
		{"aspect", pngOf(t, drawn(1001, 10, 1)), Options{}, ErrTooLarge, "1001x10 pixels"},
		{"aspect of a column", pngOf(t, drawn(5, 1001, 1)), Options{}, ErrTooLarge, "at most 100 times"},
		{"memory", plain, Options{MaxMemory: 1000}, ErrTooLarge, "to decode"},
		{"scans", jpegFile(tables(0), sof(mSOF0, 8, 8, 0x11, 0x11), sos(0, 63, 0, 1)), Options{}, ErrUnsupported, "2 components"},
		{"jpeg of tables", photo[:scan-2], Options{}, ErrMalformed, "truncated"},
		{"jpeg without data", photo[:scan], Options{}, ErrMalformed, "truncated"},
		{"jpeg with hardly any data", photo[:scan+4], Options{}, ErrMalformed, "truncated"},
		{"jpeg start alone", photo[:3], Options{}, ErrMalformed, "truncated"},
		{"truncated png", plain[:len(plain)-12], Options{}, ErrMalformed, "truncated"},
		{"half a png", plain[:len(plain)/2], Options{}, ErrMalformed, "truncated"},
		{"png checksum", broken, Options{}, ErrMalformed, "checksum"},
		{"pdf", []byte("%PDF-1.7\n"), Options{}, ErrUnsupported, "PDF"},
		{"svg", []byte("\xef\xbb\xbf <?xml version='1.0'?>\n<svg/>"), Options{}, ErrUnsupported, "SVG"},
		{"html", []byte("<!DOCTYPE html><html></html>"), Options{}, ErrUnsupported, "HTML"},
		{"heic", []byte("\x00\x00\x00\x18ftypheic\x00\x00\x00\x00"), Options{}, ErrMalformed, "truncated"},
		{"video", []byte("\x00\x00\x00\x18ftypisom\x00\x00\x00\x00"), Options{}, ErrUnsupported, "MP4"},
		{"wave", []byte("RIFF\x24\x00\x00\x00WAVEfmt "), Options{}, ErrUnsupported, "RIFF WAVE"},
		{"base64", []byte("/9j/4AAQSkZJRg"), Options{}, ErrUnsupported, "base64"},
		{"pnm", []byte("P6\n3 2\n255\n"), Options{}, ErrUnsupported, "PNM"},
		{"bmp os/2", append([]byte("BM\x00\x00\x00\x00\x00\x00\x00\x00\x1a\x00\x00\x00\x0c\x00\x00\x00"), make([]byte, 40)...), Options{}, ErrUnsupported, "header of 12"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Decode(context.Background(), c.data, c.opt)
			var e *Error
			if !errors.Is(err, c.kind) || !errors.As(err, &e) || !strings.Contains(err.Error(), c.text) {
				t.Errorf("%v, want %v with %q", err, c.kind, c.text)
			}
			for _, other := range []error{ErrEmpty, ErrMalformed, ErrUnsupported, ErrTooLarge} {
				if other != c.kind && errors.Is(err, other) {
					t.Errorf("%v is of two families", err)
				}
			}
		})
	}
}

// TestTrailingImages: phones append gain maps, depth and previews behind
// the end of the image; none of it is read.
func TestTrailingImages(t *testing.T) {
	photo := jpegOf(t, drawn(64, 48, 1), 80)
	p := mustDecode(t, join(photo, scanBomb(4000, 4000, 1000)), Options{})
	if p.Width != 64 || p.Height != 48 {
		t.Errorf("%dx%d", p.Width, p.Height)
	}
}
