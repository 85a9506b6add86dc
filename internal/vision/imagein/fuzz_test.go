package imagein

import (
	"context"
	"errors"
	"image"
	"testing"
)

// fuzzLimits are small, so that a run tries many files a second.
var fuzzLimits = Options{MaxBytes: 1 << 18, MaxPixels: 1 << 18, MaxMemory: 40 << 20, MaxWork: 1 << 16, MaxScans: 20}

// checkDecode is the oracle of all targets (requirements, 1.5): no panic,
// one of the kinds, both ways agree, sizes are those announced, and
// memory stays within what the headers foretold.
func checkDecode(t *testing.T, data []byte, side int) {
	opt := fuzzLimits
	opt.WorkingSide = side
	info, inspected := Inspect(data, opt)
	if inspected != nil {
		checkKind(t, inspected)
	}
	before := allocated()
	p, err := Decode(context.Background(), data, opt)
	used := int64(allocated() - before)
	if err != nil {
		checkKind(t, err)
		if inspected != nil && err.Error() != inspected.Error() {
			t.Fatalf("Decode: %v; Inspect: %v", err, inspected)
		}
	}
	// A JPEG may be tried by two decoders, a cut progressive one by three. Their
	// tables and buffers, and those of inflate, are below 1 MiB; Huffman trees of
	// WebP are not.
	limit := 2*info.Memory + 4*int64(len(data)) + 1<<20
	if info.cut && info.progressive {
		limit += info.Memory
	}
	if info.Format == WebP {
		limit += 64 << 20
	}
	if used > limit {
		t.Fatalf("%d bytes allocated, headers announced %d", used, info.Memory)
	}
	if err != nil {
		return
	}
	if inspected != nil {
		t.Fatalf("decoded what Inspect refuses: %v", inspected)
	}
	denom := Options{WorkingSide: side}.denominator(max(info.Width, info.Height))
	if p.Width != info.Width || p.Height != info.Height || p.Format != info.Format {
		t.Fatalf("Decode = %dx%d %v, Inspect says %+v", p.Width, p.Height, p.Format, info)
	}
	if frame := image.Rect(0, 0, p.Width, p.Height); !p.Whole.In(frame) || !info.cut && info.Format != JPEG && p.Whole != frame {
		t.Fatalf("%v is whole of %v", p.Whole, frame)
	}
	w, h := (info.Width+denom-1)/denom, (info.Height+denom-1)/denom
	if p.Scale != 1/float64(denom) || p.RGB.W != w || p.RGB.H != h || len(p.RGB.Pix) != w*h*3 {
		t.Fatalf("decoded %dx%d at scale %v, want %dx%d at 1/%d", p.RGB.W, p.RGB.H, p.Scale, w, h, denom)
	}
}

func checkKind(t *testing.T, err error) {
	n := 0
	for _, kind := range []error{ErrEmpty, ErrMalformed, ErrUnsupported, ErrTooLarge} {
		if errors.Is(err, kind) {
			n++
		}
	}
	if n != 1 {
		t.Fatalf("%v is of %d kinds", err, n)
	}
}

// FuzzInspect reads headers of any kind under the default limits.
func FuzzInspect(f *testing.F) {
	for _, b := range bombs() {
		if len(b.data) < 4096 {
			f.Add(b.data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		before := allocated()
		info, err := Inspect(data, Options{})
		if used := allocated() - before; used > 1<<18 {
			t.Fatalf("%d bytes allocated for headers", used)
		}
		if err != nil {
			checkKind(t, err)
			return
		}
		w, h := int64(info.Width), int64(info.Height)
		if w <= 0 || h <= 0 || w*h > 50_000_000 {
			t.Fatalf("Inspect accepts %dx%d pixels", w, h)
		}
		if max(w, h) > max(1000, 100*min(w, h)) {
			t.Fatalf("Inspect accepts %dx%d pixels, in which no line of digits fits", w, h)
		}
		if info.Memory > 512<<20 || info.Scans > 100 {
			t.Fatalf("Inspect accepts %d bytes of memory and %d scans", info.Memory, info.Scans)
		}
		if info.Orientation < 1 || info.Orientation > 8 || info.Format == FormatUnknown {
			t.Fatalf("Inspect accepts orientation %d, format %v", info.Orientation, info.Format)
		}
	})
}

// FuzzDecodeJPEG covers jpegn, image/jpeg and the reduction.
func FuzzDecodeJPEG(f *testing.F) {
	for _, file := range variants(f, drawn(37, 21, 1), 60) {
		f.Add(file, 0)
		f.Add(withExif(file, 6, true), 9)
	}
	f.Add(flatJPEG(40, 24, adobe(0), []byte{0x22, 0x11, 0x11, 0x22}, 9, 9, 9, 9), 20)
	f.Add(flatJPEG(40, 24, adobe(2), []byte{0x11, 0x11, 0x11, 0x11}, 9, 9, 9, 9), 0)
	f.Add(flatJPEG(40, 24, nil, []byte{0x31, 0x11, 0x11}, 9, 9, 9), 0)
	f.Add(flatJPEG(40, 24, nil, []byte{0x41, 0x11, 0x11}, 9, 9, 9), 20)
	f.Add(flatJPEG(40, 24, nil, []byte{0x22, 0x21, 0x12}, 9, 9, 9), 20)
	f.Add(scanBomb(64, 64, 9), 0)
	for name, file := range variants(f, drawn(37, 21, 1), 60) {
		start, end := dataOf(file)
		f.Add(file[:start+(end-start)*7/10], 9*(len(name)%2)) // without its tail
	}
	f.Add(stripes(40, 24, nil, 3, false)[:200], 0)
	f.Add(flatJPEG(40, 24, join(segment(mAPP0, []byte("JFIF\x00")...), adobe(0)), []byte{0x22, 0x11, 0x11}, 9, 9, 9), 20)
	f.Fuzz(checkDecode)
}

// FuzzDecodePNG covers image/png.
func FuzzDecodePNG(f *testing.F) {
	for _, c := range []struct{ depth, kind, bits byte }{{1, 0, 1}, {8, 0, 8}, {16, 0, 16}, {8, 2, 24}, {16, 2, 48}, {8, 4, 16}, {16, 6, 64}} {
		f.Add(plainPNG(9, 5, c.depth, c.kind, uint32(c.bits)), 0)
	}
	f.Add(pngFile(ihdr(5, 5, 8, 3, 1), chunk("PLTE", make([]byte, 6)), chunk("tRNS", []byte{7}), chunk("IDAT", deflated(make([]byte, 40)))), 2)
	f.Fuzz(checkDecode)
}

// FuzzDecodeBMP covers golang.org/x/image/bmp, which has no fuzz test.
func FuzzDecodeBMP(f *testing.F) {
	for _, bpp := range []uint16{1, 2, 4, 8} {
		f.Add(bmpBytes(5, 3, bpp, 0, 1<<bpp, make([]byte, 4<<bpp+40)...), 0)
	}
	f.Add(bmpBytes(5, -3, 24, 0, 0, make([]byte, 60)...), 2)
	f.Add(bmpBytes(5, 3, 32, 3, 0, append([]byte{0, 0, 255, 0, 0, 255, 0, 0, 255, 0, 0, 0}, make([]byte, 60)...)...), 0)
	f.Fuzz(checkDecode)
}

// FuzzDecodeWebP covers golang.org/x/image/webp, vp8 and vp8l, which have
// no fuzz tests.
func FuzzDecodeWebP(f *testing.F) {
	lossless := riffChunk("VP8L", vp8l(4, 3, make([]byte, 48)))
	f.Add(riff(lossless), 0)
	f.Add(riff(riffChunk("VP8L", vp8l(40, 30, []byte{1, 2, 3, 4}))), 10)
	f.Add(riff(vp8x(8, 4, 3), lossless, riffChunk("EXIF", exifBlock(6, true))), 0)
	f.Add(riff(riffChunk("VP8 ", vp8(20, 18, 1))), 0)
	f.Add(riff(vp8x(16, 20, 18), riffChunk("ALPH", append([]byte{0}, make([]byte, 360)...)), riffChunk("VP8 ", vp8(20, 18, 1))), 5)
	f.Fuzz(checkDecode)
}
