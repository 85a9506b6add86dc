package imagein

import "slices"

// Tags of a TIFF directory (TIFF 6.0, 8; the two technical notes for 7 and 8 of
// tagCompression).
const (
	tagWidth        = 256
	tagHeight       = 257
	tagBits         = 258
	tagCompression  = 259
	tagPhotometric  = 262
	tagFillOrder    = 266
	tagStripOffsets = 273
	tagOrientation  = 274
	tagSamples      = 277
	tagRowsPerStrip = 278
	tagStripCounts  = 279
	tagPlanar       = 284
	tagT4Options    = 292
	tagPredictor    = 317
	tagColourMap    = 320
	tagTileWidth    = 322
	tagTileHeight   = 323
	tagTileOffsets  = 324
	tagTileCounts   = 325
	tagExtraSamples = 338
	tagSampleFormat = 339
	tagJPEGTables   = 347
	tagProfile      = 34675
)

// Values of tagCompression.
const (
	tiffPlain      = 1
	tiffFax3       = 3
	tiffFax4       = 4
	tiffLZW        = 5
	tiffOldJPEG    = 6
	tiffJPEG       = 7
	tiffDeflate    = 8
	tiffOldDeflate = 32946
	tiffPackBits   = 32773
)

// Values of tagPhotometric.
const (
	tiffWhiteIsZero = 0
	tiffBlackIsZero = 1
	tiffRGB         = 2
	tiffPalette     = 3
	tiffCMYK        = 5
	tiffYCbCr       = 6
)

// maxTIFFPages bounds the walk over directories.
const maxTIFFPages = 10_000

// tiffFile is one page of a TIFF file.
type tiffFile struct {
	data    []byte
	u16     func([]byte) int
	u32     func([]byte) uint32
	at      uint32 // of the page's directory
	fields  map[int]tiffField
	w, h    int
	bits    int // of a sample
	samples int // of a pixel
	planes  int // 1, or as many as samples if each is stored by itself
	alpha   int // of the samples after the colours the first: 0 none, 1 premultiplied, 2 not
	coding  int
	colours int // tagPhotometric
	flipped bool
	twoD    bool
	predict bool
	palette []uint32
	tables  []byte // of JPEG
	tileW   int
	tileH   int
	across  int // tiles in a row; a strip is a tile of the full width
	down    int
	offsets []uint32
	counts  []uint32
}

type tiffField struct {
	kind  int
	count uint32
	value []byte // four bytes: the values, or their offset
}

// inspectTIFF reads the directory of a page.
func inspectTIFF(data []byte, o Options) (Info, error) {
	t := newTIFF(data)
	pages, err := t.directory(max(o.Page, 1))
	if err != nil {
		return Info{}, err
	}
	info := Info{Format: TIFF, Orientation: t.number(tagOrientation, 1), Pages: pages, tiff: t}
	if err := t.size(o); err != nil {
		return Info{}, err
	}
	for _, read := range []func() error{t.pixels, t.coded, t.tiles} {
		if err := read(); err != nil {
			return Info{}, err
		}
	}
	info.coded = size{t.w, t.h}
	if err := t.cost(&info, o); err != nil {
		return Info{}, err
	}
	info.profile = t.bytes(tagProfile)
	return info, nil
}

func newTIFF(data []byte) *tiffFile {
	t := &tiffFile{data: data, u16: le16, u32: le32}
	if data[0] == 'M' {
		t.u16, t.u32 = be16, be32
	}
	return t
}

// directory finds the directory of a page and counts all.
func (t *tiffFile) directory(page int) (pages int, err error) {
	if len(t.data) < 8 {
		return 0, malformed(TIFF, "truncated: %d bytes", len(t.data))
	}
	seen := map[uint32]bool{}
	for at := t.u32(t.data[4:]); at != 0; {
		if seen[at] || pages == maxTIFFPages {
			break // a loop ends like the last page
		}
		seen[at] = true
		if int64(at)+2 > int64(len(t.data)) {
			if pages >= page {
				break // the pages before it are whole
			}
			return 0, malformed(TIFF, "truncated: a directory at %d in %d bytes", at, len(t.data))
		}
		entries := t.u16(t.data[at:])
		body := int64(at) + 2
		end := body + 12*int64(entries)
		if end > int64(len(t.data)) {
			if pages >= page {
				break
			}
			return 0, malformed(TIFF, "truncated: a directory of %d entries at %d in %d bytes", entries, at, len(t.data))
		}
		if pages++; pages == page {
			t.at, t.fields = at, map[int]tiffField{}
			for p := body; p < end; p += 12 {
				e := t.data[p : p+12]
				tag := t.u16(e)
				if _, twice := t.fields[tag]; !twice {
					t.fields[tag] = tiffField{t.u16(e[2:]), t.u32(e[4:]), e[8:]}
				}
			}
		}
		if end+4 > int64(len(t.data)) {
			break // some writers leave the last offset out
		}
		at = t.u32(t.data[end:])
	}
	if t.fields == nil {
		return 0, malformed(TIFF, "no page %d: the file has %d", page, pages)
	}
	return pages, nil
}

// tiffSizes are the bytes of a value of each type that is read here.
var tiffSizes = map[int]int64{1: 1, 2: 1, 3: 2, 4: 4, 7: 1}

// bytes returns the values of a field as they are stored, or nil if there is no
// such field or its values are not all in the file.
func (t *tiffFile) bytes(tag int) []byte {
	f, ok := t.fields[tag]
	if !ok {
		return nil
	}
	n := tiffSizes[f.kind] * int64(f.count)
	if n <= 4 {
		return f.value[:n]
	}
	at := int64(t.u32(f.value))
	if at+n > int64(len(t.data)) {
		return nil
	}
	return t.data[at : at+n]
}

// numbers returns the values of a field.
func (t *tiffFile) numbers(tag int) []uint32 {
	b := t.bytes(tag)
	n := tiffSizes[t.fields[tag].kind]
	if n == 0 {
		return nil
	}
	values := make([]uint32, int64(len(b))/n)
	for i := range values {
		switch n {
		case 1:
			values[i] = uint32(b[i])
		case 2:
			values[i] = uint32(t.u16(b[2*i:]))
		default:
			values[i] = t.u32(b[4*i:])
		}
	}
	return values
}

// number returns the first value of a field, or what it means to leave it out.
func (t *tiffFile) number(tag, missing int) int {
	if v := t.numbers(tag); len(v) > 0 {
		return int(min(v[0], 1<<31-1))
	}
	return missing
}

func (t *tiffFile) size(o Options) error {
	w, h := int64(t.number(tagWidth, 0)), int64(t.number(tagHeight, 0))
	if err := checkSize(TIFF, w, h, o); err != nil {
		return err
	}
	t.w, t.h = int(w), int(h)
	return nil
}

// pixels reads what a pixel is made of.
func (t *tiffFile) pixels() error {
	t.samples, t.colours = t.number(tagSamples, 1), t.number(tagPhotometric, tiffBlackIsZero)
	if t.samples < 1 || t.samples > 8 {
		return unsupported(TIFF, "%d samples a pixel, from 1 to 8 are read", t.samples)
	}
	bits := t.numbers(tagBits)
	if len(bits) == 0 {
		bits = []uint32{1}
	}
	t.bits = int(bits[0])
	if slices.ContainsFunc(bits, func(b uint32) bool { return b != bits[0] }) {
		return unsupported(TIFF, "samples of different depths: %v bits", bits)
	}
	for _, f := range t.numbers(tagSampleFormat) {
		if f != 1 && f != 4 {
			return unsupported(TIFF, "signed or floating-point samples (format %d)", f)
		}
	}
	need := map[int]int{tiffWhiteIsZero: 1, tiffBlackIsZero: 1, tiffRGB: 3, tiffPalette: 1, tiffCMYK: 4, tiffYCbCr: 3}[t.colours]
	depths := map[int][]int{
		tiffWhiteIsZero: {1, 2, 4, 8, 16}, tiffBlackIsZero: {1, 2, 4, 8, 16}, tiffRGB: {8, 16}, tiffPalette: {1, 2, 4, 8}, tiffCMYK: {8}, tiffYCbCr: {8},
	}[t.colours]
	switch {
	case need == 0:
		return unsupported(TIFF, "colours of kind %d; grey, RGB, palette, CMYK and YCbCr are read", t.colours)
	case t.samples < need:
		return malformed(TIFF, "%d samples a pixel, colours of kind %d need %d", t.samples, t.colours, need)
	case !slices.Contains(depths, t.bits):
		return unsupported(TIFF, "%d bits a sample of colours of kind %d", t.bits, t.colours)
	}
	if extra := t.numbers(tagExtraSamples); t.samples > need && len(extra) > 0 && extra[0] <= 2 && t.colours != tiffPalette && t.colours != tiffCMYK {
		t.alpha = int(extra[0])
	}
	t.planes = 1
	if t.number(tagPlanar, 1) == 2 {
		t.planes = t.samples
	}
	if t.colours == tiffPalette {
		t.palette = t.numbers(tagColourMap)
		if len(t.palette) != 3<<t.bits {
			return malformed(TIFF, "a colour map of %d values, want %d", len(t.palette), 3<<t.bits)
		}
	}
	return nil
}

// coded reads how the pixels are compressed.
func (t *tiffFile) coded() error {
	t.coding = t.number(tagCompression, tiffPlain)
	t.flipped = t.number(tagFillOrder, 1) == 2
	t.predict = t.number(tagPredictor, 1) == 2
	t.twoD = t.number(tagT4Options, 0)&1 != 0
	bilevel := t.bits == 1 && t.samples == 1
	switch t.coding {
	case tiffPlain, tiffPackBits:
		t.predict = false
	case tiffLZW, tiffDeflate, tiffOldDeflate:
		if t.number(tagPredictor, 1) > 2 {
			return unsupported(TIFF, "predictor %d", t.number(tagPredictor, 1))
		}
		if t.predict && t.bits < 8 {
			return unsupported(TIFF, "a predictor of %d-bit samples", t.bits)
		}
	case tiffFax3, tiffFax4:
		t.predict = false
		if t.coding == tiffFax3 && t.twoD {
			return unsupported(TIFF, "two-dimensional CCITT Group 3")
		}
		if !bilevel {
			return malformed(TIFF, "CCITT coding of %d samples of %d bits", t.samples, t.bits)
		}
	case tiffJPEG:
		if t.bits != 8 || t.planes != 1 || t.samples != 1 && t.samples != 3 {
			return unsupported(TIFF, "JPEG coding of %d samples of %d bits in %d planes", t.samples, t.bits, t.planes)
		}
		t.tables = t.bytes(tagJPEGTables)
	case tiffOldJPEG:
		return unsupported(TIFF, "JPEG in the form that TIFF 6.0 had before technical note 2")
	default:
		return unsupported(TIFF, "compression %d; none, CCITT, LZW, JPEG, Deflate and PackBits are read", t.coding)
	}
	if t.colours == tiffYCbCr && t.coding != tiffJPEG {
		return unsupported(TIFF, "YCbCr that is not JPEG")
	}
	return nil
}

// tiles reads where the coded data is. A strip is a tile of the full width.
func (t *tiffFile) tiles() error {
	counts := t.numbers(tagStripCounts)
	t.offsets = t.numbers(tagStripOffsets)
	t.tileW, t.tileH = t.w, min(t.number(tagRowsPerStrip, t.h), t.h)
	if _, tiled := t.fields[tagTileOffsets]; tiled {
		t.offsets, counts = t.numbers(tagTileOffsets), t.numbers(tagTileCounts)
		t.tileW, t.tileH = t.number(tagTileWidth, 0), t.number(tagTileHeight, 0)
		if t.tileW > t.w+1024 || t.tileH > t.h+1024 {
			return malformed(TIFF, "tiles of %dx%d pixels in %dx%d", t.tileW, t.tileH, t.w, t.h)
		}
	}
	if t.tileW < 1 || t.tileH < 1 {
		return malformed(TIFF, "tiles or strips of %dx%d pixels", t.tileW, t.tileH)
	}
	t.across, t.down = (t.w+t.tileW-1)/t.tileW, (t.h+t.tileH-1)/t.tileH
	n := t.across * t.down * t.planes
	if len(t.offsets) < n {
		return malformed(TIFF, "%d tiles or strips, want %d", len(t.offsets), n)
	}
	if len(counts) < n {
		if n > 1 || t.offsets[0] > uint32(len(t.data)) {
			return malformed(TIFF, "the sizes of %d tiles or strips, want %d", len(counts), n)
		}
		counts = []uint32{uint32(len(t.data)) - t.offsets[0]} // the one strip goes to the end
	}
	t.offsets, t.counts = t.offsets[:n], counts[:n]
	var sum int64
	for i, at := range t.offsets {
		sum += int64(t.counts[i])
		if int64(at)+int64(t.counts[i]) > int64(len(t.data)) {
			return malformed(TIFF, "truncated: %d bytes at %d in %d", t.counts[i], at, len(t.data))
		}
	}
	if sum > int64(len(t.data)) {
		return malformed(TIFF, "tiles or strips overlap: %d bytes of them in %d", sum, len(t.data))
	}
	return nil
}

// tile returns the coded data of a tile.
func (t *tiffFile) tile(i int) []byte { return t.data[t.offsets[i]:][:t.counts[i]] }
