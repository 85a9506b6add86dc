package imagein

import "bytes"

// inspectWebP walks the chunks of the container (RFC 9649, section 2).
func inspectWebP(data []byte, o Options) (Info, error) {
	info := Info{Format: WebP, Orientation: 1}
	end := int64(le32(data[4:])) + 8
	if end > int64(len(data)) {
		return Info{}, malformed(WebP, "truncated: %d bytes of %d", len(data), end)
	}
	var canvas size
	body := data[12:max(12, end)]
	for len(body) > 0 {
		if len(body) < 8 {
			return Info{}, malformed(WebP, "truncated: %d bytes of a chunk header", len(body))
		}
		name, n := string(body[:4]), int64(le32(body[4:]))
		if body = body[8:]; n > int64(len(body)) {
			return Info{}, malformed(WebP, "truncated: a chunk of %d bytes, %d left", n, len(body))
		}
		chunk := body[:n]
		body = body[min(n+n&1, int64(len(body))):]
		var err error
		switch name {
		case "VP8X":
			if canvas != (size{}) || info.coded != (size{}) {
				return Info{}, malformed(WebP, "a second canvas")
			}
			canvas, err = webpCanvas(chunk, o)
		case "ANIM", "ANMF":
			err = unsupported(WebP, "animated, only single images are read")
		case "VP8 ", "VP8L":
			if info.coded != (size{}) {
				return Info{}, malformed(WebP, "a second image")
			}
			err = info.webpFrame(name, chunk, canvas, o)
		case "ICCP":
			info.profile = chunk
		case "EXIF":
			info.Orientation = exifOrientation(bytes.TrimPrefix(chunk, []byte("Exif\x00\x00")))
		}
		if err != nil {
			return Info{}, err
		}
	}
	if info.coded == (size{}) {
		return Info{}, malformed(WebP, "no image data")
	}
	w, h := int64(info.coded.w), int64(info.coded.h)
	return info, checkExpansion(WebP, w, h, len(data))
}

// webpCanvas reads the extended header (2.7).
func webpCanvas(b []byte, o Options) (size, error) {
	if len(b) != 10 {
		return size{}, malformed(WebP, "extended header of %d bytes, it has 10", len(b))
	}
	if b[0]&2 != 0 {
		return size{}, unsupported(WebP, "animated, only single images are read")
	}
	w := int64(le32(b[3:])>>8) + 1
	h := int64(le32(b[6:])>>8) + 1
	return size{int(w), int(h)}, checkSize(WebP, w, h, o)
}

// webpFrame reads the size of a VP8 key frame (RFC 6386, 9.1) or of a
// lossless image (RFC 9649, 3.4).
func (info *Info) webpFrame(name string, b []byte, canvas size, o Options) error {
	var w, h, pixel int64
	perPixel := int64(losslessPixel)
	if name == "VP8 " {
		if len(b) < 10 || b[0]&1 != 0 || string(b[3:6]) != "\x9d\x01\x2a" {
			return malformed(WebP, "no key frame in the first chunk of image data")
		}
		w, h, pixel = int64(le16(b[6:])&0x3fff), int64(le16(b[8:])&0x3fff), 2
		perPixel = lossyPixel
		if canvas != (size{}) {
			pixel += 5 // an alpha plane, decoded as an image of its own
			perPixel += losslessPixel
		}
	} else {
		if len(b) < 5 || b[0] != 0x2f || b[4]>>5 != 0 {
			return malformed(WebP, "no lossless header in the first chunk of image data")
		}
		bits := le32(b[1:])
		w, h, pixel = int64(bits&0x3fff)+1, int64(bits>>14&0x3fff)+1, 10
	}
	if err := checkSize(WebP, w, h, o); err != nil {
		return err
	}
	if canvas != (size{}) && canvas != (size{int(w), int(h)}) {
		return malformed(WebP, "an image of %dx%d pixels on a canvas of %dx%d", w, h, canvas.w, canvas.h)
	}
	info.coded = size{int(w), int(h)}
	info.Memory = w*h*(pixel+3) + int64(len(b))*2
	info.DecodeTime = estimate(w*h, perPixel)
	return nil
}
