package imagein

import (
	"image"
	"slices"

	"github.com/kahao/kahao/internal/vision/imagein/sandbox"
)

// heifImage is what the header says of the primary image.
type heifImage struct {
	size     image.Point // as the decoder gives it
	nclx     []byte      // how its samples code colours, or nil
	hasAlpha bool
}

// property returns the body of an item's first property of a kind.
func (i *heifItem) property(kind string) []byte {
	for _, p := range i.properties {
		if p.kind == kind {
			return p.body
		}
	}
	return nil
}

// extent returns the width and height of an item (ispe).
func (i *heifItem) extent() (w, h int64) {
	f := newFields(i.property("ispe"))
	f.version()
	w, h = int64(f.number(4)), int64(f.number(4))
	if !f.ok {
		return 0, 0
	}
	return w, h
}

func inspectHEIC(data []byte, o Options) (Info, error) { return inspectHEIF(HEIC, "hvc1", data, o) }
func inspectAVIF(data []byte, o Options) (Info, error) { return inspectHEIF(AVIF, "av01", data, o) }

// inspectHEIF reads the primary image's header. Its codec is hvc1 or av01.
func inspectHEIF(format Format, codec string, data []byte, o Options) (Info, error) {
	h, err := readHEIF(format, data)
	if err != nil {
		return Info{}, err
	}
	item := h.items[h.primary]
	if item == nil {
		return Info{}, malformed(format, "no primary image")
	}
	w, high := item.extent()
	if w > 1<<31-1 || high > 1<<31-1 {
		return Info{}, malformed(format, "%dx%d pixels", w, high)
	}
	if err := checkSize(format, w, high, o); err != nil {
		return Info{}, err
	}
	coded := w * high
	switch item.kind {
	case codec:
	case "grid":
		if coded, err = h.grid(item, codec, o); err != nil {
			return Info{}, err
		}
	default:
		return Info{}, unsupported(format, "an image of kind %q; %s and grids of it are read", printable([]byte(item.kind)), codec)
	}
	if err := checkExpansion(format, w, high, len(data)); err != nil {
		return Info{}, err
	}
	m := &heifImage{size: image.Pt(int(w), int(high)), hasAlpha: item.auxiliary > 0}
	info := Info{Format: format, Orientation: 1, heif: m}
	if err := m.transforms(item, &info); err != nil {
		return Info{}, err
	}
	for _, p := range item.properties {
		if p.kind != "colr" || len(p.body) < 4 {
			continue
		}
		switch string(p.body[:4]) {
		case "nclx":
			if m.nclx = p.body[4:]; len(m.nclx) >= 4 {
				info.colours = colourCode{be16(m.nclx), be16(m.nclx[2:])}
			}
		case "prof", "rICC":
			info.profile = p.body[4:]
		}
	}
	info.coded = size{m.size.X, m.size.Y}
	perPixel, ns, byteTime, start := int64(heicMemory), int64(heicPixel), int64(heicByte), int64(heicStart)
	if format == AVIF {
		perPixel, ns, byteTime, start = avifMemory, avifPixel, avifByte, avifStart
	}
	if m.hasAlpha {
		coded *= 2
	}
	info.Memory = coded*perPixel + 7*w*high + 2*int64(len(data)) + 16<<20
	info.DecodeTime = estimate(coded, ns) + estimate(int64(len(data)), byteTime) + estimate(1, start)
	if sandbox.Interpreted() {
		info.DecodeTime *= interpretedFactor
	}
	return info, nil
}

// grid returns the pixels that are coded for a grid (ISO/IEC 23008-12, 6.6.2.3).
func (h *heifFile) grid(item *heifItem, codec string, o Options) (coded int64, err error) {
	f := newFields(h.content(item))
	_, flags := f.number(1), f.number(1)
	rows, columns := int(f.number(1))+1, int(f.number(1))+1
	n := 2 + 2*int(flags&1)
	w, high := int64(f.number(n)), int64(f.number(n))
	if iw, ih := item.extent(); !f.ok || w != iw || high != ih {
		return 0, malformed(h.format, "a grid of %dx%d pixels in an image of %dx%d", w, high, iw, ih)
	}
	if len(item.tiles) != rows*columns {
		return 0, malformed(h.format, "%d tiles in a grid of %dx%d", len(item.tiles), columns, rows)
	}
	first := h.items[item.tiles[0]]
	for _, id := range item.tiles {
		t := h.items[id]
		if t == nil || t.kind != codec {
			return 0, unsupported(h.format, "a grid of other images than %s", codec)
		}
		tw, th := t.extent()
		fw, fh := first.extent()
		if tw != fw || th != fh {
			return 0, malformed(h.format, "tiles of %dx%d and of %dx%d pixels", fw, fh, tw, th)
		}
		coded += tw * th
	}
	tw, th := first.extent()
	if err := checkSize(h.format, tw, th, o); err != nil {
		return 0, err
	}
	if tw*int64(columns) < w || th*int64(rows) < high || tw*int64(columns-1) >= w || th*int64(rows-1) >= high {
		return 0, malformed(h.format, "%dx%d tiles of %dx%d pixels for an image of %dx%d", columns, rows, tw, th, w, high)
	}
	return coded, nil
}

// orientations are those of Exif by a rotation in quarter turns to the left
// (irot) and then a mirroring (imir): none, top with bottom, left with right.
var orientations = [4][3]int{{1, 4, 2}, {8, 5, 7}, {3, 2, 4}, {6, 7, 5}}

// transforms applies the cropping and the turns of the item. libheif does all of
// them; libavif leaves them to its caller.
func (m *heifImage) transforms(item *heifItem, info *Info) error {
	var kinds []string
	turns, mirror := 0, 0
	for _, p := range item.properties {
		switch p.kind {
		case "irot":
			if len(p.body) < 1 {
				return malformed(info.Format, "a rotation of no size")
			}
			turns = int(p.body[0] & 3)
			if info.Format == HEIC && turns%2 == 1 {
				m.size.X, m.size.Y = m.size.Y, m.size.X
			}
		case "imir":
			if len(p.body) < 1 {
				return malformed(info.Format, "a mirroring of no axis")
			}
			mirror = 1 + int(p.body[0]&1)
		case "clap":
			if info.Format == AVIF {
				return unsupported(AVIF, "a cropped image (clap)")
			}
			var err error
			if m.size, err = cropped(p.body, m.size); err != nil {
				return err
			}
		default:
			continue
		}
		if slices.Contains(kinds, p.kind) {
			return malformed(info.Format, "two properties %q", p.kind)
		}
		kinds = append(kinds, p.kind)
	}
	if info.Format == AVIF {
		info.Orientation = orientations[turns][mirror]
	}
	return nil
}

// cropped returns the size that a clean aperture leaves (ISO/IEC 14496-12, 12.1.4).
func cropped(b []byte, from image.Point) (image.Point, error) {
	f := newFields(b)
	wn, wd, hn, hd := f.number(4), f.number(4), f.number(4), f.number(4)
	if !f.ok || wd == 0 || hd == 0 {
		return from, malformed(HEIC, "a cropping of no size")
	}
	w, h := wn/wd, hn/hd
	if w < 1 || h < 1 || w > uint64(from.X) || h > uint64(from.Y) {
		return from, malformed(HEIC, "%dx%d pixels cropped out of %dx%d", w, h, from.X, from.Y)
	}
	return image.Pt(int(w), int(h)), nil
}
