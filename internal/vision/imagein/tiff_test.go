package imagein

import (
	"bytes"
	"compress/zlib"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"strings"
	"testing"

	"golang.org/x/image/tiff"
)

// tiffEntry is a field of a TIFF directory: SHORT or LONG values.
type tiffEntry struct {
	tag, kind uint16
	values    []uint32
}

// tiffOf writes one directory for each page; each page's data is one strip.
func tiffOf(order binary.AppendByteOrder, pages ...[]tiffEntry) []byte {
	b := order.AppendUint32(order.AppendUint16([]byte("II"), 42), 0)
	if order == binary.BigEndian {
		copy(b, "MM")
	}
	link := 4
	for _, entries := range pages {
		at := len(b)
		putTIFF(order, b[link:], uint32(at))
		b = order.AppendUint16(b, uint16(len(entries)))
		tail := at + 2 + 12*len(entries) + 4
		var extra []byte
		for _, e := range entries {
			b = order.AppendUint32(order.AppendUint16(order.AppendUint16(b, e.tag), e.kind), uint32(len(e.values)))
			var v []byte
			for _, x := range e.values {
				switch e.kind {
				case 1, 7:
					v = append(v, byte(x))
				case 3:
					v = order.AppendUint16(v, uint16(x))
				default:
					v = order.AppendUint32(v, x)
				}
			}
			if len(v) > 4 {
				b = order.AppendUint32(b, uint32(tail+len(extra)))
				extra = append(extra, v...)
			} else {
				b = append(b, append(v, 0, 0, 0, 0)[:4]...)
			}
		}
		link = len(b)
		b = append(order.AppendUint32(b, 0), extra...)
	}
	return b
}

func putTIFF(order binary.AppendByteOrder, b []byte, v uint32) { copy(b, order.AppendUint32(nil, v)) }

// plainTIFF is a grey image of one strip, whose data is appended; more entries
// replace or follow the usual ones.
func plainTIFF(order binary.AppendByteOrder, w, h, bits int, data []byte, more ...tiffEntry) []byte {
	entries := []tiffEntry{
		{tagWidth, 4, []uint32{uint32(w)}}, {tagHeight, 4, []uint32{uint32(h)}}, {tagBits, 3, []uint32{uint32(bits)}},
		{tagCompression, 3, []uint32{tiffPlain}}, {tagPhotometric, 3, []uint32{tiffBlackIsZero}},
		{tagStripOffsets, 4, []uint32{0}}, {tagRowsPerStrip, 4, []uint32{uint32(h)}}, {tagStripCounts, 4, []uint32{uint32(len(data))}},
	}
	for _, m := range more {
		replaced := false
		for i := range entries {
			if entries[i].tag == m.tag {
				entries[i], replaced = m, true
			}
		}
		if !replaced {
			entries = append(entries, m)
		}
	}
	for i := range entries {
		if entries[i].tag == tagStripOffsets && entries[i].values[0] == 0 {
			entries[i].values = []uint32{uint32(len(tiffOf(order, entries)))}
		}
	}
	return append(tiffOf(order, entries), data...)
}

// TestTIFF decodes files of golang.org/x/image/tiff and of our own.
func TestTIFF(t *testing.T) {
	m := drawn(61, 37, 3)
	for _, c := range []tiff.CompressionType{tiff.Uncompressed, tiff.Deflate} {
		for _, predictor := range []bool{false, true} {
			var b bytes.Buffer
			if err := tiff.Encode(&b, m, &tiff.Options{Compression: c, Predictor: predictor}); err != nil {
				t.Fatalf("tiff.Encode: %v", err)
			}
			wantPixels(t, mustDecode(t, b.Bytes(), Options{}).RGB, m)
		}
	}
	grey := image.NewGray16(image.Rect(0, 0, 3, 2))
	data := []byte{}
	for i := range 6 {
		grey.SetGray16(i%3, i/3, color.Gray16{uint16(i * 9000)})
		data = binary.BigEndian.AppendUint16(data, uint16(i*9000))
	}
	wantPixels(t, mustDecode(t, plainTIFF(binary.BigEndian, 3, 2, 16, data), Options{}).RGB, grey)
}

// TestTIFFPages: each page is read by its number, also as the first of a file.
func TestTIFFPages(t *testing.T) {
	page := func(w uint32) []tiffEntry {
		return []tiffEntry{{tagWidth, 4, []uint32{w}}, {tagHeight, 4, []uint32{1}}, {tagBits, 3, []uint32{8}}, {tagPhotometric, 3, []uint32{1}},
			{tagStripOffsets, 4, []uint32{0}}, {tagRowsPerStrip, 4, []uint32{1}}, {tagStripCounts, 4, []uint32{w}}}
	}
	for _, order := range []binary.AppendByteOrder{binary.LittleEndian, binary.BigEndian} {
		file := tiffOf(order, page(2), page(3), page(4))
		if n := Pages(file); n != 3 {
			t.Fatalf("Pages = %d, want 3", n)
		}
		for p, w := range map[int]int{0: 2, 1: 2, 2: 3, 3: 4} {
			got := mustDecode(t, file, Options{Page: p})
			first := mustDecode(t, PageFile(file, p), Options{})
			if got.Width != w || first.Width != w {
				t.Errorf("page %d is %d wide, as the first of a file %d; want %d", p, got.Width, first.Width, w)
			}
		}
		if _, err := Inspect(file, Options{Page: 4}); !errors.Is(err, ErrMalformed) {
			t.Errorf("page 4 of 3: %v, want ErrMalformed", err)
		}
	}
	loop := tiffOf(binary.LittleEndian, page(2))
	copy(loop[len(loop)-4:], []byte{8, 0, 0, 0}) // the next page is this one
	if n := Pages(loop); n != 1 {
		t.Errorf("Pages of a loop = %d, want 1", n)
	}
	if _, err := Inspect(plainPNG(2, 2, 8, 0, 8), Options{Page: 2}); !errors.Is(err, ErrMalformed) {
		t.Errorf("page 2 of a PNG: %v, want ErrMalformed", err)
	}
}

// TestTIFFRefused: what would cost more than the file is worth is refused from
// the directory.
func TestTIFFRefused(t *testing.T) {
	le := binary.LittleEndian
	var bomb bytes.Buffer
	z := zlib.NewWriter(&bomb)
	_, _ = z.Write(make([]byte, 5_000*5_000))
	_ = z.Close()
	tile := func(n uint32) []tiffEntry {
		return []tiffEntry{{tagTileWidth, 3, []uint32{16}}, {tagTileHeight, 3, []uint32{16}}, {tagTileOffsets, 4, make([]uint32, n)}, {tagTileCounts, 4, make([]uint32, n)}}
	}
	for name, c := range map[string]struct {
		file []byte
		kind error
		text string
	}{
		"truncated":     {[]byte("II*\x00\x08\x00"), ErrMalformed, "truncated"},
		"no directory":  {[]byte("II*\x00\x00\x00\x00\x00"), ErrMalformed, "no page 1"},
		"no size":       {tiffOf(le, []tiffEntry{{tagBits, 3, []uint32{8}}}), ErrMalformed, "0x0 pixels"},
		"large":         {plainTIFF(le, 100_000, 100_000, 8, nil), ErrTooLarge, "pixels"},
		"long":          {plainTIFF(le, 1_000_000, 2, 8, nil), ErrTooLarge, "longer side"},
		"short":         {plainTIFF(le, 100, 100, 8, make([]byte, 9_999)), ErrMalformed, "truncated"},
		"expands":       {plainTIFF(le, 5000, 5000, 8, bomb.Bytes()[:1000], tiffEntry{tagCompression, 3, []uint32{tiffDeflate}}), ErrMalformed, "cannot fill"},
		"floats":        {plainTIFF(le, 2, 2, 32, make([]byte, 16), tiffEntry{tagSampleFormat, 3, []uint32{3}}), ErrUnsupported, "floating"},
		"depth":         {plainTIFF(le, 2, 2, 12, make([]byte, 6)), ErrUnsupported, "12 bits"},
		"old JPEG":      {plainTIFF(le, 2, 2, 8, make([]byte, 6), tiffEntry{tagCompression, 3, []uint32{tiffOldJPEG}}), ErrUnsupported, "technical note"},
		"no JPEG":       {plainTIFF(le, 2, 2, 8, make([]byte, 6), tiffEntry{tagCompression, 3, []uint32{tiffJPEG}}), ErrMalformed, "no JPEG"},
		"few tiles":     {plainTIFF(le, 64, 64, 8, nil, tile(15)...), ErrMalformed, "want 16"},
		"overlap":       {plainTIFF(le, 8, 8, 8, make([]byte, 8), tiffEntry{tagRowsPerStrip, 4, []uint32{1}}, tiffEntry{tagStripOffsets, 4, []uint32{8, 8, 8, 8, 8, 8, 8, 8}}, tiffEntry{tagStripCounts, 4, []uint32{200, 200, 200, 200, 200, 200, 200, 200}}), ErrMalformed, ""},
		"short palette": {plainTIFF(le, 2, 2, 8, make([]byte, 4), tiffEntry{tagPhotometric, 3, []uint32{tiffPalette}}, tiffEntry{tagColourMap, 3, make([]uint32, 12)}), ErrMalformed, "colour map"},
	} {
		_, err := Inspect(c.file, Options{})
		if !errors.Is(err, c.kind) || !strings.Contains(err.Error(), c.text) {
			t.Errorf("%s: Inspect = %v, want %v with %q", name, err, c.kind, c.text)
		}
	}
}

// TestTIFFStops: a cancelled context ends decoding between strips and within one.
func TestTIFFStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	file := plainTIFF(binary.LittleEndian, 50, 50, 8, make([]byte, 2500))
	if _, err := Decode(ctx, file, Options{}); !errors.Is(err, context.Canceled) {
		t.Errorf("Decode = %v, want context.Canceled", err)
	}
}

// FuzzDecodeTIFF covers our TIFF reader with the decoders of CCITT, LZW and JPEG.
func FuzzDecodeTIFF(f *testing.F) {
	for _, s := range tiffSeeds(f) {
		f.Add(s, 0)
		f.Add(s, 9)
	}
	f.Fuzz(checkDecode)
}

// tiffSeeds are small files of each kind of coding and colours.
func tiffSeeds(tb testing.TB) (seeds [][]byte) {
	le, be := binary.LittleEndian, binary.BigEndian
	number := func(tag uint16, v ...uint32) tiffEntry { return tiffEntry{tag, 3, v} }
	coding := func(v uint32) tiffEntry { return number(tagCompression, v) }
	rgb := []tiffEntry{number(tagPhotometric, tiffRGB), number(tagSamples, 3), number(tagBits, 8, 8, 8)}
	raw := make([]byte, 300)
	for i := range raw {
		raw[i] = byte(i * 37)
	}
	jpegs := variants(tb, drawn(16, 16, 2), 60)
	for _, order := range []binary.AppendByteOrder{le, be} {
		seeds = append(seeds,
			plainTIFF(order, 10, 10, 8, raw), plainTIFF(order, 10, 10, 1, raw), plainTIFF(order, 10, 10, 4, raw), plainTIFF(order, 6, 5, 16, raw),
			plainTIFF(order, 10, 10, 8, raw, rgb...),
			plainTIFF(order, 10, 5, 8, deflated(raw), append(rgb, coding(tiffDeflate), number(tagPredictor, 2))...),
			plainTIFF(order, 8, 3, 16, deflated(raw), append(rgb[:2:2], number(tagBits, 16, 16, 16), coding(tiffDeflate), number(tagPredictor, 2))...),
			plainTIFF(order, 10, 10, 8, raw, number(tagPhotometric, tiffCMYK), number(tagSamples, 4), number(tagBits, 8, 8, 8, 8), number(tagHeight, 5)),
			plainTIFF(order, 5, 5, 8, raw, number(tagPhotometric, tiffRGB), number(tagSamples, 4), number(tagBits, 8, 8, 8, 8), number(tagExtraSamples, 1)),
			plainTIFF(order, 10, 10, 2, raw, number(tagPhotometric, tiffPalette), tiffEntry{tagColourMap, 3, make([]uint32, 12)}),
			plainTIFF(order, 24, 9, 1, raw, coding(tiffFax4)), plainTIFF(order, 24, 9, 1, raw, coding(tiffFax3), number(tagFillOrder, 2)),
			plainTIFF(order, 10, 10, 8, []byte{129, 7, 129, 9}, coding(tiffPackBits)),
			plainTIFF(order, 10, 10, 8, []byte{0x80, 0x0b, 0x60, 0x50, 0x22, 0x0c, 0x0c, 0x85, 0x01}, coding(tiffLZW)),
		)
	}
	for _, file := range jpegs {
		seeds = append(seeds, plainTIFF(le, 16, 16, 8, file, number(tagPhotometric, tiffYCbCr), number(tagSamples, 3), number(tagBits, 8, 8, 8), coding(tiffJPEG)))
	}
	return seeds
}
