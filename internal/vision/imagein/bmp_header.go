package imagein

import (
	"bytes"
	"io"
)

// bmpFile is a bitmap cut into parts. The decoder requires the pixels directly
// after the header or the palette, but files may have anything in between.
type bmpFile struct {
	info    Info
	head    []byte // file header, info header and palette, of an uncompressed file
	palette []byte
	pixels  []byte
}

func inspectBMP(data []byte, o Options) (Info, error) {
	f, err := openBMP(data, o)
	if err != nil {
		return Info{}, err
	}
	f.info.bitmap = &f
	return f.info, nil
}

// openBMP checks the headers of a device-independent bitmap. Heights may be
// negative: then rows run from the top.
func openBMP(data []byte, o Options) (bmpFile, error) {
	none := bmpFile{}
	offset, headerLen := int64(le32(data[10:])), int64(le32(data[14:]))
	switch headerLen {
	case 40, 108, 124:
	default:
		return none, unsupported(BMP, "header of %d bytes; 40, 108 or 124 are read", headerLen)
	}
	if int64(len(data)) < 14+headerLen {
		return none, malformed(BMP, "truncated: %d bytes, the header has %d", len(data), 14+headerLen)
	}
	w, h := int64(int32(le32(data[18:]))), int64(int32(le32(data[22:])))
	if h < 0 {
		h = -h
	}
	if err := checkSize(BMP, w, h, o); err != nil {
		return none, err
	}
	planes, bpp, compression := le16(data[26:]), int64(le16(data[28:])), le32(data[30:])
	if planes != 1 {
		return none, malformed(BMP, "%d planes, there must be 1", planes)
	}
	pixel := int64(4)
	switch bpp {
	case 1, 2, 4, 8:
		pixel = 1
	case 24, 32:
	case 0, 16:
		return none, unsupported(BMP, "%d bits a pixel", bpp)
	default:
		return none, malformed(BMP, "%d bits a pixel", bpp)
	}
	if compression != 0 && !plainFields(data, compression, bpp) {
		return none, unsupported(BMP, "compression %d, only plain pixels are read", compression)
	}
	f := bmpFile{head: bytes.Clone(data[:14+headerLen])}
	colours := int64(0)
	if pixel == 1 {
		if colours = int64(le32(data[46:])); colours == 0 {
			colours = 1 << bpp
		}
		if colours > 1<<bpp {
			return none, malformed(BMP, "%d colours of %d bits", colours, bpp)
		}
	}
	start := 14 + headerLen + colours*4
	row := (w*bpp + 31) / 32 * 4
	if offset < start || offset > int64(len(data)) {
		return none, malformed(BMP, "pixels at byte %d, headers end at %d of %d", offset, start, len(data))
	}
	if have := int64(len(data)) - offset; row*h > have {
		return none, malformed(BMP, "truncated: %d bytes of pixels, %dx%d of %d bits take %d", have, w, h, bpp, row*h)
	}
	f.palette, f.pixels = data[14+headerLen:start], data[offset:]
	copy(f.head[10:], []byte{byte(start), byte(start >> 8), 0, 0})
	copy(f.head[30:], []byte{0, 0, 0, 0})
	f.info = Info{
		Format: BMP, Orientation: 1, coded: size{int(w), int(h)},
		Memory: w*h*(pixel+3) + 2*row, DecodeTime: estimate(w*h, bmpPixel),
	}
	return f, nil
}

// plainFields reports whether BI_BITFIELDS (3) only spells out the order that
// uncompressed 32-bit pixels have anyway.
func plainFields(data []byte, compression uint32, bpp int64) bool {
	return compression == 3 && bpp == 32 && len(data) >= 66 &&
		le32(data[54:]) == 0xff0000 && le32(data[58:]) == 0xff00 && le32(data[62:]) == 0xff
}

// reader returns the file as the decoder requires it.
func (f *bmpFile) reader() io.Reader {
	return io.MultiReader(bytes.NewReader(f.head), bytes.NewReader(f.palette), bytes.NewReader(f.pixels))
}
