package imagein

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
)

// bomb is a small file that asks for much, and the kind that refuses it.
type bomb struct {
	name string
	data []byte
	kind error
}

func bombs() []bomb {
	flood := bytes.Repeat(segment(mDHT, append([]byte{0x00, 1}, make([]byte, 16)...)...), 50_000)
	dc := func(n int) []byte { return zeros(n) }
	ac := func(id byte, n int) []byte { return join(sos(1, 63, 0, id), runs(n)) }
	b3k, b4k := blocks(3000, 3000), blocks(4000, 4000)
	return []bomb{
		{"jpeg 4000x4000, 10 scans", scanBomb(4000, 4000, 10), ErrMalformed},
		{"jpeg 4000x4000, 100 scans", scanBomb(4000, 4000, 100), ErrTooLarge},
		{"jpeg 4000x4000, 1000 scans", scanBomb(4000, 4000, 1000), ErrTooLarge},
		{"jpeg 7000x7000, 1000 scans", scanBomb(7000, 7000, 1000), ErrTooLarge},
		{"jpeg 1000x1000, 10000 scans", scanBomb(1000, 1000, 10_000), ErrTooLarge},
		{"jpeg with means, then 99 AC scans", jpegFile(tables(endOfBandRun), sof(mSOF2, 4000, 4000, 0x11),
			sos(0, 0, 0, 1), dc(b4k), bytes.Repeat(ac(1, b4k), 99)), ErrTooLarge},
		{"jpeg 4:4:4, scans of every component", jpegFile(tables(endOfBandRun), sof(mSOF2, 3000, 3000, 0x11, 0x11, 0x11),
			sos(0, 0, 0, 1, 2, 3), dc(3*b3k), bytes.Repeat(join(ac(1, b3k), ac(2, b3k), ac(3, b3k)), 33)), ErrTooLarge},
		{"jpeg, means refined over and over", jpegFile(tables(0), sof(mSOF2, 3000, 3000, 0x11, 0x11, 0x11),
			sos(0, 0, 1, 1, 2, 3), dc(3*b3k), bytes.Repeat(join(sos(0, 0, 0x10, 1, 2, 3), dc(3*b3k)), 40)), ErrTooLarge},
		{"jpeg 8192x8192 in 500 bytes", jpegFile(tables(0), sof(mSOF0, 8192, 8192, 0x22, 0x11, 0x11),
			sos(0, 63, 0, 1, 2, 3), zeros(2000)), ErrTooLarge},
		{"jpeg 7000x7000 in 500 bytes", jpegFile(tables(0), sof(mSOF0, 7000, 7000, 0x22, 0x11, 0x11),
			sos(0, 63, 0, 1, 2, 3), zeros(2000)), ErrMalformed},
		{"jpeg 65535x65535", jpegFile(tables(0), sof(mSOF0, 65535, 65535, 0x11), sos(0, 63, 0, 1), zeros(99)), ErrTooLarge},
		{"jpeg 65535x762 progressive in 300 bytes", jpegFile(tables(0), sof(mSOF2, 65535, 762, 0x44, 0x11, 0x11),
			sos(0, 0, 0, 1, 2, 3), zeros(800)), ErrMalformed},
		{"jpeg, four progressive components of 49 MP", jpegFile(tables(0), sof(mSOF2, 7000, 7000, 0x11, 0x11, 0x11, 0x11),
			sos(0, 0, 0, 1, 2, 3, 4), zeros(4*blocks(7000, 7000))), ErrTooLarge},
		{"jpeg, one component scanned 200 times", jpegFile(tables(0), sof(mSOF0, 800, 600, 0x11, 0x11, 0x11),
			bytes.Repeat(join(sos(0, 63, 0, 1), zeros(2*blocks(800, 600))), 200)), ErrTooLarge},
		{"jpeg, 50000 Huffman tables", jpegFile(tables(0), flood, sof(mSOF0, 8, 8, 0x11), sos(0, 63, 0, 1), zeros(2)), ErrTooLarge},
		{"jpeg, two frames", jpegFile(tables(0), sof(mSOF0, 8, 8, 0x11), sof(mSOF0, 7000, 7000, 0x11), sos(0, 63, 0, 1), zeros(9)), ErrMalformed},
		{"jpeg, height to come", jpegFile(tables(0), sof(mSOF0, 65535, 0, 0x11), sos(0, 63, 0, 1), zeros(9)), ErrUnsupported},
		{"jpeg, arithmetic 7000x7000", jpegFile(tables(0), sof(0xc9, 7000, 7000, 0x11), sos(0, 63, 0, 1), zeros(9)), ErrUnsupported},
		{"jpeg, lossless 7000x7000", jpegFile(tables(0), sof(0xc3, 7000, 7000, 0x11), sos(1, 0, 0, 1), zeros(9)), ErrUnsupported},
		{"png 255x1677721600", pngFile(ihdr(255, 1677721600, 8, 2, 0), chunk("IDAT", deflated(make([]byte, 1000)))), ErrTooLarge},
		{"png 65535x65535 in 100 kB", pngFile(ihdr(65535, 65535, 8, 6, 0), chunk("IDAT", make([]byte, 100_000))), ErrTooLarge},
		{"png of 50 gigapixels", pngFile(ihdr(250_000, 200_000, 1, 0, 0), chunk("IDAT", make([]byte, 6_000_000))), ErrTooLarge},
		{"png 2^31-1 x 2^31-1", pngFile(ihdr(1<<31-1, 1<<31-1, 16, 6, 1), chunk("IDAT", make([]byte, 10))), ErrTooLarge},
		{"png 1x50000000 in 97 kB", pngFile(ihdr(1, 50_000_000, 8, 2, 0), chunk("IDAT", make([]byte, 193_800))), ErrTooLarge},
		{"png 50000000x1", pngFile(ihdr(50_000_000, 1, 1, 0, 0), chunk("IDAT", make([]byte, 13_000))), ErrTooLarge},
		{"png of 300 pixels' height, 65535 wide", pngFile(ihdr(65535, 300, 16, 6, 1), chunk("IDAT", make([]byte, 200_000))), ErrTooLarge},
		{"jpeg 65535x8", jpegFile(tables(0), sof(mSOF0, 65535, 8, 0x44, 0x11, 0x11), sos(0, 63, 0, 1, 2, 3), zeros(99_999)), ErrTooLarge},
		{"bmp 1x1000000", bmpBytes(1, 1_000_000, 24, 0, 0, make([]byte, 4_000_000)...), ErrTooLarge},
		{"webp lossless 1x16384", riff(riffChunk("VP8L", vp8l(1, 16384, []byte{1, 2, 3, 4}))), ErrTooLarge},
		{"png 2^32-1 wide", pngFile(ihdr(1<<32-1, 1, 8, 0, 0), chunk("IDAT", make([]byte, 10))), ErrMalformed},
		{"png 7000x7000 in 100 bytes", pngFile(ihdr(7000, 7000, 8, 6, 0), chunk("IDAT", make([]byte, 40))), ErrMalformed},
		{"png 6000x6000 of plain white bits", plainPNG(6000, 6000, 1, 0, 1), ErrTooLarge},
		{"png 7000x7000 of 64 bits a pixel", pngFile(ihdr(7000, 7000, 16, 6, 0), chunk("IDAT", make([]byte, 400_000))), ErrTooLarge},
		{"png interlaced 6500x6500 of 64 bits", pngFile(ihdr(6500, 6500, 16, 6, 1), chunk("IDAT", make([]byte, 400_000))), ErrTooLarge},
		{"png animated", pngFile(ihdr(8, 8, 8, 2, 0), chunk("acTL", []byte{0, 1, 0, 0, 0, 0, 0, 0}), chunk("IDAT", make([]byte, 40))), ErrUnsupported},
		{"png chunk of 4 GB", join([]byte(pngMagic), ihdr(8, 8, 8, 2, 0), []byte("\xff\xff\xff\xffIDAT"), make([]byte, 99)), ErrMalformed},
		{"bmp of 40 bits a pixel", bmpBytes(100, 100, 40, 0, 0, make([]byte, 50_000)...), ErrMalformed},
		{"bmp 65535x65535", bmpBytes(65535, 65535, 1, 0, 2, make([]byte, 8)...), ErrTooLarge},
		{"bmp of height -2^31", bmpBytes(1, -1<<31, 24, 0, 0, make([]byte, 8)...), ErrTooLarge},
		{"bmp of width -1", bmpBytes(-1, 100, 24, 0, 0, make([]byte, 800)...), ErrMalformed},
		{"bmp 7000x7000 without pixels", bmpBytes(7000, 7000, 32, 0, 0), ErrMalformed},
		{"bmp of 4 billion colours", bmpBytes(8, 8, 8, 0, 1<<32-1, make([]byte, 2000)...), ErrMalformed},
		{"bmp run-length 7000x7000", bmpBytes(7000, 7000, 8, 1, 256, make([]byte, 1030)...), ErrUnsupported},
		{"webp canvas 2^24 x 2^24", riff(vp8x(0, 1<<24, 1<<24), riffChunk("VP8L", vp8l(8, 8, []byte{1, 2, 3, 4}))), ErrTooLarge},
		{"webp lossless 16384x16384 in 40 bytes", riff(riffChunk("VP8L", vp8l(16384, 16384, []byte{1, 2, 3, 4}))), ErrTooLarge},
		{"webp lossless 7000x7000 in 40 bytes", riff(riffChunk("VP8L", vp8l(7000, 7000, []byte{1, 2, 3, 4}))), ErrTooLarge},
		{"webp lossy 16383x16383", riff(riffChunk("VP8 ", vp8(8, 8, 1)[:0]), riffChunk("VP8 ", []byte("\x10\x00\x00\x9d\x01\x2a\xff\x3f\xff\x3f"))), ErrMalformed},
		{"webp lossy 16383x3000 in 10 bytes", riff(riffChunk("VP8 ", []byte("\x10\x00\x00\x9d\x01\x2a\xff\x3f\xb8\x0b"))), ErrTooLarge},
		{"webp small canvas, huge image", riff(vp8x(0, 8, 8), riffChunk("VP8L", vp8l(7000, 7000, []byte{1, 2, 3, 4}))), ErrMalformed},
		{"webp alpha plane of a huge canvas", riff(vp8x(16, 16000, 3000), riffChunk("ALPH", []byte{0}), riffChunk("VP8 ", vp8(16, 16, 1))), ErrMalformed},
		{"webp animated", riff(vp8x(2, 8, 8), riffChunk("ANIM", make([]byte, 6))), ErrUnsupported},
		{"webp of 4 GiB", func() []byte {
			b := riff(riffChunk("VP8L", vp8l(8, 8, []byte{1, 2, 3, 4})))
			binary.LittleEndian.PutUint32(b[4:], 1<<32-1)
			return b
		}(), ErrMalformed},
		{"gif 65535x65535 in 34 bytes", []byte("GIF89a\xff\xff\xff\xff\x80\x00\x00\x00\x00\x00\xff\xff\xff,\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x02D\x01\x00;"), ErrUnsupported},
		{"tiff", []byte("II*\x00\x08\x00\x00\x00\xff\xff"), ErrMalformed},
	}
}

// TestBombs: every bomb is refused by its headers, in little memory.
func TestBombs(t *testing.T) {
	all := bombs()
	if len(all) < 30 {
		t.Fatalf("%d bombs, want at least 30", len(all))
	}
	for _, b := range all {
		if dir := os.Getenv("KAHAO_BOMBS"); dir != "" { // for test/reliability
			if err := os.WriteFile(filepath.Join(dir, b.name), b.data, 0o600); err != nil {
				t.Fatalf("os.WriteFile: %v", err)
			}
		}
		t.Run(b.name, func(t *testing.T) {
			_, inspected := Inspect(b.data, Options{})
			if !errors.Is(inspected, b.kind) {
				t.Errorf("Inspect: %v, want kind %v", inspected, b.kind)
			}
			before := allocated()
			p, err := Decode(context.Background(), b.data, Options{})
			if used := allocated() - before; used > 1<<20 {
				t.Errorf("%d bytes allocated", used)
			}
			if p != nil || !errors.Is(err, b.kind) {
				t.Errorf("Decode: %v, want kind %v", err, b.kind)
			}
			if inspected != nil && err != nil && err.Error() != inspected.Error() {
				t.Errorf("Decode says %q, Inspect %q", err, inspected)
			}
		})
	}
}

func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}

// TestRefusalCostsNothing keeps metadata bombs out of the decoder's way: what
// an image has besides its pixels is never unpacked.
func TestRefusalCostsNothing(t *testing.T) {
	text := chunk("zTXt", append([]byte("a\x00\x00"), deflated(make([]byte, 8<<20))...))
	profile := chunk("iCCP", append([]byte("a\x00\x00"), deflated(make([]byte, 8<<20))...))
	file := pngFile(ihdr(8, 8, 8, 0, 0), profile, text, chunk("IDAT", deflated(make([]byte, 9*8))))
	before := allocated()
	if _, err := Decode(context.Background(), file, Options{}); err != nil {
		t.Fatalf("Decode: %v", err)
	}
	if used := allocated() - before; used > 1<<20 {
		t.Errorf("%d bytes allocated for 64 pixels", used)
	}
}

// BenchmarkBombs times the refusal of all bombs, one after another.
func BenchmarkBombs(b *testing.B) {
	for _, x := range bombs() {
		b.Run(x.name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Decode(context.Background(), x.data, Options{}); err == nil {
					b.Fatal("accepted")
				}
			}
		})
	}
}
