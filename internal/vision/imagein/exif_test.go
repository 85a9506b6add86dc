package imagein

import (
	"bytes"
	"image"
	"testing"
)

// withExif puts an EXIF segment with an orientation behind a JPEG's start.
func withExif(file []byte, orientation int, bigEndian bool) []byte {
	tiff := exifBlock(orientation, bigEndian)
	seg := append([]byte{0xff, mAPP1, 0, byte(2 + 6 + len(tiff))}, "Exif\x00\x00"...)
	seg = append(seg, tiff...)
	return append(append(append([]byte{}, file[:2]...), seg...), file[2:]...)
}

// exifBlock is a TIFF block of two entries, the second the orientation.
func exifBlock(orientation int, bigEndian bool) []byte {
	if bigEndian {
		return []byte{'M', 'M', 0, 42, 0, 0, 0, 8, 0, 2,
			1, 0x0f, 0, 2, 0, 0, 0, 4, 'k', 'a', 'h', 0,
			1, 0x12, 0, 3, 0, 0, 0, 1, 0, byte(orientation), 0, 0,
			0, 0, 0, 0}
	}
	return []byte{'I', 'I', 42, 0, 8, 0, 0, 0, 2, 0,
		0x0f, 1, 2, 0, 4, 0, 0, 0, 'k', 'a', 'h', 0,
		0x12, 1, 3, 0, 1, 0, 0, 0, byte(orientation), 0, 0, 0,
		0, 0, 0, 0}
}

// sides says where the stored first row and first column belong (Exif 2.32,
// 4.6.4 A, tag 0x0112).
var sides = [9][2]string{1: {"top", "left"}, 2: {"top", "right"}, 3: {"bottom", "right"}, 4: {"bottom", "left"},
	5: {"left", "top"}, 6: {"right", "top"}, 7: {"right", "bottom"}, 8: {"left", "bottom"}}

// stored returns the raster that a camera writes under an orientation so
// that m is seen.
func stored(m *image.RGBA, orientation int) *image.RGBA {
	w, h := m.Bounds().Dx(), m.Bounds().Dy()
	rows, cols := h, w
	if orientation >= 5 {
		rows, cols = w, h
	}
	s := image.NewRGBA(image.Rect(0, 0, cols, rows))
	for r := range rows {
		for c := range cols {
			var x, y int
			for _, at := range []struct {
				side string
				n    int
			}{{sides[orientation][0], r}, {sides[orientation][1], c}} {
				switch at.side {
				case "top":
					y = at.n
				case "bottom":
					y = h - 1 - at.n
				case "left":
					x = at.n
				case "right":
					x = w - 1 - at.n
				}
			}
			s.SetRGBA(c, r, m.RGBAAt(x, y))
		}
	}
	return s
}

// TestOrientation shows the same image for all eight values, in sizes below,
// at and above a band of rows.
func TestOrientation(t *testing.T) {
	for _, size := range []image.Point{{5, 3}, {16, 16}, {37, 50}} {
		m := drawn(size.X, size.Y, 9)
		for o := 1; o <= 8; o++ {
			for _, big := range []bool{false, true} {
				file := pngOf(t, stored(m, o))
				file = join(file[:33], chunk("eXIf", exifBlock(o, big)), file[33:])
				p := mustDecode(t, file, Options{})
				wantPixels(t, p.RGB, m)
			}
		}
	}
}

// TestOrientationJPEG: the orientation of a JPEG, at full and reduced size,
// gives what turning its pixels gives.
func TestOrientationJPEG(t *testing.T) {
	m := drawn(160, 120, 9)
	for o := 1; o <= 8; o++ {
		s := stored(m, o)
		file := jpegOf(t, s, 95)
		for _, side := range []int{0, 40} {
			plain := mustDecode(t, file, Options{WorkingSide: side})
			turned := mustDecode(t, withExif(file, o, o%2 == 0), Options{WorkingSide: side})
			if turned.Width != 160 || turned.Height != 120 || turned.Scale != plain.Scale {
				t.Fatalf("orientation %d: %dx%d at %v", o, turned.Width, turned.Height, turned.Scale)
			}
			back := image.NewRGBA(image.Rect(0, 0, turned.RGB.W, turned.RGB.H))
			for i := range turned.RGB.W * turned.RGB.H {
				copy(back.Pix[i*4:], append(turned.RGB.Pix[i*3:i*3+3:i*3+3], 255))
			}
			wantPixels(t, plain.RGB, stored(back, o))
		}
	}
}

// TestExifNonsense: metadata is never a reason to refuse, or to turn.
func TestExifNonsense(t *testing.T) {
	good := exifBlock(6, false)
	edit := func(at int, b ...byte) []byte {
		c := bytes.Clone(good)
		copy(c[at:], b)
		return c
	}
	for name, b := range map[string][]byte{
		"empty": nil, "short": good[:7], "magic": edit(0, 'X'), "value 0": exifBlock(0, true), "value 9": exifBlock(9, true),
		"directory beyond the end": edit(4, 0xff, 0xff, 0xff, 0xff), "directory in the header": edit(4, 4),
		"65535 entries, none fits": edit(8, 0xff, 0xff, 1, 1)[:11], "type": edit(24, 7), "count": edit(26, 2), "cut": good[:30],
	} {
		if o := exifOrientation(b); o != 1 {
			t.Errorf("%s: orientation %d", name, o)
		}
	}
	if o := exifOrientation(edit(24, 4)); o != 6 {
		t.Errorf("a LONG: %d", o)
	}
	photo := jpegOf(t, drawn(32, 16, 1), 80)
	if p := mustDecode(t, withExif(photo, 200, true), Options{}); p.Width != 32 {
		t.Error("turned by orientation 200")
	}
}
