package imagein

// deflateRatio is the greatest expansion of deflate: 258 bytes from a length and
// a distance code of one bit each (RFC 1951, 3.2.5).
const deflateRatio = 1032

// inspectPNG walks the chunks (PNG 3rd edition, 5.3). Checksums are left to
// the decoder, which checks them all.
func inspectPNG(data []byte, o Options) (Info, error) {
	info := Info{Format: PNG, Orientation: 1}
	var rowBits, coded int64
	for pos, first := 8, true; ; first = false {
		if len(data)-pos < 12 {
			return Info{}, malformed(PNG, "truncated: no end chunk in %d bytes", len(data))
		}
		n := int64(be32(data[pos:]))
		name := string(data[pos+4 : pos+8])
		if n > int64(len(data)-pos-12) {
			return Info{}, malformed(PNG, "truncated: a chunk of %d bytes, %d left", n, len(data)-pos-12)
		}
		body := data[pos+8 : pos+8+int(n)]
		pos += int(n) + 12
		if first != (name == "IHDR") {
			return Info{}, malformed(PNG, "the header is not the first and only one of its kind")
		}
		switch name {
		case "IHDR":
			var err error
			if rowBits, err = info.header(body, o); err != nil {
				return Info{}, err
			}
		case "IDAT":
			coded += n
		case "acTL", "fcTL", "fdAT":
			return Info{}, unsupported(PNG, "animated, only single images are read")
		case "iCCP":
			if info.profile == nil {
				info.profile = inflatedProfile(body)
			}
		case "cICP": // RGB of full range; other samples are none of a PNG's (11.3.2.6)
			if len(body) == 4 && body[2] == 0 && body[3] == 1 {
				info.colours = colourCode{int(body[0]), int(body[1])}
			}
		case "eXIf":
			info.Orientation = exifOrientation(body)
		case "IEND":
			w, h := int64(info.coded.w), int64(info.coded.h)
			if coded == 0 {
				return Info{}, malformed(PNG, "no image data")
			}
			raw := (rowBits + 7) / 8 * h
			if raw/deflateRatio > coded {
				return Info{}, malformed(PNG, "truncated: %d bytes of coded data cannot fill %dx%d pixels", coded, w, h)
			}
			info.DecodeTime += estimate(w*h, pngPixel) + estimate(raw, pngByte)
			return info, checkExpansion(PNG, w, h, len(data))
		}
	}
}

// header reads IHDR (11.2.1) and returns the bits of a row.
func (info *Info) header(b []byte, o Options) (int64, error) {
	if len(b) != 13 {
		return 0, malformed(PNG, "header of %d bytes, it has 13", len(b))
	}
	w, h := int64(be32(b)), int64(be32(b[4:]))
	if w > 1<<31-1 || h > 1<<31-1 {
		return 0, malformed(PNG, "%dx%d pixels", w, h)
	}
	if err := checkSize(PNG, w, h, o); err != nil {
		return 0, err
	}
	depth, kind := int64(b[8]), b[9]
	var channels, pixel int64 // pixel is its bytes when decoded
	ok := depth == 8 || depth == 16
	switch kind {
	case 0:
		channels, pixel, ok = 1, 4, ok || depth == 1 || depth == 2 || depth == 4
	case 2:
		channels, pixel = 3, 4
	case 3:
		channels, pixel, ok = 1, 1, depth == 1 || depth == 2 || depth == 4 || depth == 8
	case 4:
		channels, pixel = 2, 4
	case 6:
		channels, pixel = 4, 4
	default:
		ok = false
	}
	if !ok || b[10] != 0 || b[11] != 0 || b[12] > 1 {
		return 0, malformed(PNG, "header of depth %d, colour type %d, methods %d, %d, interlace %d", depth, kind, b[10], b[11], b[12])
	}
	if depth == 16 {
		pixel *= 2
	}
	memory := w * h * (pixel + 3)
	if b[12] == 1 {
		memory += w * h * pixel / 2 // the last pass of Adam7 has a buffer of its own
		info.DecodeTime = estimate(w*h, pngInterlaced)
	}
	info.coded, info.Memory = size{int(w), int(h)}, memory+(w*channels*depth/8+1)*2
	return w * channels * depth, nil
}
