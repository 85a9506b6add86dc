package imagein

import (
	"bytes"
	"compress/zlib"
	"image"
	"math/bits"
	"math/rand/v2"
	"testing"

	"github.com/gen2brain/jpegn"
)

// family is a format with the choices that its files offer, of which the search
// finds the costliest.
type family struct {
	name    string
	choices []int // how many there are, one by one
	build   func(t testing.TB, c []int, w, h int) []byte
}

var families = []family{
	{"PNG", []int{15, 2, 5, 3, 2}, buildPNG},
	{"JPEG", []int{2, 5, 3, 3, 2, 2}, buildJPEG},
	{"JPEG scans", []int{5, 3, 3, 2, 2}, buildScans},
	{"BMP", []int{6, 2, 2}, buildBMP},
	{"WebP lossy", []int{4, 3, 2}, buildLossy},
	{"WebP lossless", []int{8, 2, 2}, buildLossless},
}

// turned has no orientation, or one that costs a turn.
var turned = []int{1, 6}

// content returns n bytes that compress differently: zeros, noise, or noise of
// few values.
func content(kind, n int) []byte {
	b := make([]byte, n)
	rng := rand.NewChaCha8([32]byte{})
	if kind > 0 {
		_, _ = rng.Read(b)
	}
	for i := range b {
		if kind == 2 {
			b[i] &= 3
		}
	}
	return b
}

func buildPNG(_ testing.TB, c []int, w, h int) []byte {
	kinds := [][3]int{ // depth, colour type, channels
		{1, 0, 1}, {2, 0, 1}, {4, 0, 1}, {8, 0, 1}, {16, 0, 1}, {8, 2, 3}, {16, 2, 3}, {1, 3, 1}, {2, 3, 1}, {4, 3, 1}, {8, 3, 1},
		{8, 4, 2}, {16, 4, 2}, {8, 6, 4}, {16, 6, 4},
	}
	k, interlace, filter := kinds[c[0]], c[1], byte(c[2])
	passes := [][4]int{{0, 0, 1, 1}}
	if interlace == 1 { // Adam7
		passes = [][4]int{{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4}, {1, 0, 2, 2}, {0, 1, 1, 2}}
	}
	var coded bytes.Buffer
	z, _ := zlib.NewWriterLevel(&coded, zlib.BestSpeed)
	for _, p := range passes {
		pw, ph := (w-p[0]+p[2]-1)/p[2], (h-p[1]+p[3]-1)/p[3]
		row := append([]byte{filter}, content(c[3], (pw*k[0]*k[2]+7)/8)...)
		for range ph {
			if len(row) > 1 {
				_, _ = z.Write(row)
			}
		}
	}
	_ = z.Close()
	chunks := [][]byte{ihdr(uint32(w), uint32(h), byte(k[0]), byte(k[1]), byte(interlace))}
	if k[1] == 3 {
		chunks = append(chunks, chunk("PLTE", content(1, 3<<k[0])), chunk("tRNS", content(1, 1<<k[0])))
	}
	chunks = append(chunks, chunk("eXIf", exifBlock(turned[c[4]], true)), chunk("IDAT", coded.Bytes()))
	return pngFile(chunks...)
}

func noiseImage(w, h int) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	copy(m.Pix, content(1, len(m.Pix)))
	return m
}

func buildJPEG(t testing.TB, c []int, w, h int) []byte {
	o := jpegn.EncodeOptions{
		Progressive: c[0] == 1, Quality: []int{100, 90, 40}[c[2]], RestartInterval: []int{0, 1, 100}[c[3]],
		Subsampling: []jpegn.Subsampling{jpegn.Subsample420, jpegn.Subsample444, jpegn.Subsample422, jpegn.Subsample440, jpegn.SubsampleGray}[c[1]],
	}
	var b bytes.Buffer
	if err := jpegn.Encode(&b, noiseImage(w, h), &o); err != nil {
		t.Fatalf("jpegn.Encode: %v", err)
	}
	file := b.Bytes()
	if c[4] == 1 { // without its end
		file = file[:len(file)-40]
	}
	return withExif(file, turned[c[5]], true)
}

// buildScans makes progressive files of many scans that hold next to nothing,
// and sequential ones of one colour.
func buildScans(_ testing.TB, c []int, w, h int) []byte {
	n := []int{1, 3, 4}[c[1]]
	ids := []byte{1, 2, 3, 4}[:n]
	factors := bytes.Repeat([]byte{0x11}, n)
	b := blocks(w, h)
	count := []int{3, 15, 95}[c[2]]
	means := join(sos(0, 0, 1, ids...), zeros(n*b))
	parts := [][]byte{adobe(0), tables(endOfBandRun), sof(mSOF2, w, h, factors...), means}
	switch c[0] {
	case 0: // bands
		for i := range count {
			parts = append(parts, sos(1, 63, 0, ids[i%n]), runs(b))
		}
	case 1: // means refined
		for range count {
			parts = append(parts, sos(0, 0, 0x10, ids...), zeros(n*b))
		}
	case 2: // bands refined
		for i := range count {
			parts = append(parts, sos(1, 63, 1, ids[i%n]), runs(b), sos(1, 63, 0x10, ids[i%n]), runs(b))
		}
	case 3: // sequential, of one colour
		parts = [][]byte{flatJPEG(w, h, adobe(0), factors, make([]int, n)...)[2:]}
	case 4: // sequential, in stripes, in one scan each
		parts = [][]byte{stripes(w, h, adobe(2), n, false)[2:]}
	}
	file := jpegFile(parts...)
	if c[3] == 1 {
		file = bytes.TrimSuffix(file, []byte{0xff, mEOI})
	}
	return withExif(file, turned[c[4]], true)
}

func buildBMP(_ testing.TB, c []int, w, h int) []byte {
	bpp := []int{1, 2, 4, 8, 24, 32}[c[0]]
	palette := 0
	if bpp <= 8 {
		palette = 1 << bpp
	}
	rows := content(1, (w*bpp+31)/32*4*h)
	file := bmpBytes(int32(w), int32(h-2*h*c[1]), uint16(bpp), 0, uint32(palette), append(content(1, 4*palette), rows...)...)
	return file
}

func buildLossy(_ testing.TB, c []int, w, h int) []byte {
	w, h = min(w, 16000), min(h, 16000)
	exif := riffChunk("EXIF", exifBlock(turned[c[2]], true))
	frame := riffChunk("VP8 ", vp8Large(w, h, uint64(c[0])))
	alpha := [][]byte{nil, append([]byte{0}, content(1, w*h)...), append([]byte{1}, vp8lLarge(w, h, c[0], false)[5:]...)}[c[1]]
	if alpha == nil {
		return riff(vp8x(8, w, h), frame, exif)
	}
	return riff(vp8x(16+8, w, h), riffChunk("ALPH", alpha), frame, exif)
}

// vp8Large is vp8 with a first partition of the size that its header can state.
func vp8Large(w, h int, seed uint64) []byte {
	first := min(400+w*h/8, 1<<19-1)
	b := []byte{byte(first<<5) | 0x10, byte(first >> 3), byte(first >> 11), 0x9d, 1, 0x2a, byte(w), byte(w >> 8), byte(h), byte(h >> 8)}
	body := content(1, first+1000+w*h*2)
	for i := range 4 {
		body[i] = 0
	}
	body[5] += byte(seed * 77)
	return append(b, body...)
}

func buildLossless(_ testing.TB, c []int, w, h int) []byte {
	w, h = min(w, 16000), min(h, 16000)
	return riff(vp8x(8+16, w, h), riffChunk("VP8L", vp8lLarge(w, h, c[0], c[1] == 1)), riffChunk("EXIF", exifBlock(turned[c[2]], true)))
}

// vp8lLarge is vp8l of noise or of one colour, with transforms.
func vp8lLarge(w, h, transforms int, noisy bool) []byte {
	b := bitWriter{}
	b.putLow(0x2f, 8)
	b.putLow(uint64(w-1), 14)
	b.putLow(uint64(h-1), 14)
	b.putLow(1, 4)
	one := func(symbols ...uint64) { // codes of no bits
		for _, s := range symbols {
			b.putLow(0b101, 3)
			b.putLow(s, 8)
		}
	}
	if transforms&1 != 0 { // predictor 13 in blocks of 512
		b.putLow(0b111_00_1, 6)
		b.putLow(0, 1)
		one(13, 0, 0, 0, 0)
	}
	if transforms&2 != 0 { // cross-colour
		b.putLow(0b111_01_1, 6)
		b.putLow(0, 1)
		one(55, 77, 99, 11, 0)
	}
	if transforms&4 != 0 { // subtract green
		b.putLow(0b10_1, 3)
	}
	b.putLow(0, 3)
	if !noisy {
		one(1, 2, 3, 4, 0)
	} else {
		for range 4 {
			b.putLow(0, 1)
			b.putLow(8, 4)
			b.putLow(0, 33)
			b.putLow(1, 3)
			b.putLow(1, 1)
			b.putLow(3, 3)
			b.putLow(254, 8)
		}
		one(0)
	}
	data := b.finish(0)
	for i := range data {
		data[i] = bits.Reverse8(data[i])
	}
	if noisy {
		data = append(data, content(1, 4*w*h)...)
	}
	return data
}
