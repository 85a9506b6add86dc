package imagein

import (
	"bytes"
	"context"
	"errors"
	"image"
	"slices"
	"strings"
	"testing"
)

// TestColourPrecedence has files whose segments contradict each other: JFIF
// wins over Adobe, and Adobe over component ids, as in libjpeg.
func TestColourPrecedence(t *testing.T) {
	jfif := segment(mAPP0, []byte("JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00")...)
	factors := []byte{0x11, 0x11, 0x11}
	rgbIDs := func(extra []byte) []byte {
		file := flatJPEG(40, 24, extra, factors, 50, 0, 100)
		for i, old := range []string{"\x01\x11\x00\x02\x11\x00\x03\x11\x00", "\x03\x01\x00\x02\x00\x03\x00\x00\x3f"} {
			at := bytes.Index(file, []byte(old))
			if at < 0 {
				t.Fatalf("the header has no %x", old)
			}
			for k, id := range []byte("RGB") {
				file[at+i+k*(3-i)] = id
			}
		}
		return file
	}
	asYCbCr, asRGB := []byte{255, 107, 178}, []byte{178, 128, 228}
	for _, c := range []struct {
		name string
		file []byte
		want []byte
	}{
		{"nothing said", flatJPEG(40, 24, nil, factors, 50, 0, 100), asYCbCr},
		{"Adobe 0", flatJPEG(40, 24, adobe(0), factors, 50, 0, 100), asRGB},
		{"JFIF, Adobe 0", flatJPEG(40, 24, join(jfif, adobe(0)), factors, 50, 0, 100), asYCbCr},
		{"Adobe 0, JFIF", flatJPEG(40, 24, join(adobe(0), jfif), factors, 50, 0, 100), asYCbCr},
		{"ids", rgbIDs(nil), asRGB},
		{"ids, Adobe 0", rgbIDs(adobe(0)), asRGB},
		{"ids, Adobe 1", rgbIDs(adobe(1)), asYCbCr},
		{"ids, JFIF", rgbIDs(jfif), asYCbCr},
		{"ids, JFIF, Adobe 0", rgbIDs(join(jfif, adobe(0))), asYCbCr},
	} {
		for _, side := range []int{0, 10} {
			got := mustDecode(t, c.file, Options{WorkingSide: side}).RGB.Pix[:3]
			for i := range got {
				if d := int(got[i]) - int(c.want[i]); d < -2 || d > 2 {
					t.Errorf("%s, working side %d: colour %v, want %v", c.name, side, got, c.want)
					break
				}
			}
		}
	}
}

// TestFillBytes puts fill bytes before every marker, restart markers included.
func TestFillBytes(t *testing.T) {
	for name, file := range variants(t, drawn(200, 131, 5), 85) {
		filled := bytes.Clone(file[:2])
		for i := 2; i < len(file); i++ {
			if m := file[min(i+1, len(file)-1)]; file[i] == 0xff && m >= mSOF0 && m != 0xff && i+1 < len(file) {
				filled = append(filled, 0xff, 0xff)
			}
			filled = append(filled, file[i])
		}
		for _, side := range []int{0, 50} {
			want := mustDecode(t, file, Options{WorkingSide: side})
			got, err := Decode(context.Background(), filled, Options{WorkingSide: side})
			if err != nil || !bytes.Equal(got.RGB.Pix, want.RGB.Pix) || got.Whole != want.Whole {
				t.Errorf("%s, working side %d: %v, want the pixels of the file without fill bytes", name, side, err)
			}
		}
	}
}

// TestMissingEnd: without its end marker alone, an image is whole.
func TestMissingEnd(t *testing.T) {
	for name, file := range variants(t, drawn(200, 131, 5), 85) {
		for cut := 1; cut <= 2 && name != "trailer"; cut++ {
			for _, side := range []int{0, 50} {
				want := mustDecode(t, file, Options{WorkingSide: side})
				got, err := Decode(context.Background(), file[:len(file)-cut], Options{WorkingSide: side})
				if err != nil {
					t.Errorf("%s without %d bytes: %v", name, cut, err)
				} else if !bytes.Equal(got.RGB.Pix, want.RGB.Pix) || got.Whole != want.Whole {
					t.Errorf("%s without %d bytes: other pixels, %v whole", name, cut, got.Whole)
				}
			}
		}
	}
}

// dataOf returns where the data of a file's first scan starts, and where that
// of its last scan ends.
func dataOf(file []byte) (start, end int) {
	start = bytes.Index(file, []byte{0xff, mSOS})
	return start + 2 + be16(file[start+2:]), bytes.LastIndex(file, []byte{0xff, mEOI})
}

// TestLostTail cuts files everywhere. What is reported as whole must be the
// pixels of the whole file; a file with too little data for its size is
// malformed; the more there is, the more is whole.
func TestLostTail(t *testing.T) {
	files := variants(t, drawn(200, 131, 5), 85)
	files["CMYK"] = stripes(200, 131, adobe(0), 4, true)
	files["YCCK"] = stripes(200, 131, adobe(2), 4, true)
	files["RGB"] = stripes(200, 131, adobe(0), 3, true)
	files["three scans"] = stripes(200, 131, nil, 3, false)
	for name, file := range files {
		start, end := dataOf(file)
		full := mustDecode(t, file, Options{})
		before, some := 0, false
		for i := 0; i <= 40; i++ {
			cut := file[:start+(end-start)*i/40]
			got, err := Decode(context.Background(), cut, Options{})
			if err != nil {
				if !errors.Is(err, ErrMalformed) || !strings.Contains(err.Error(), "truncated") || before > 0 {
					t.Fatalf("%s, %d of 40: %v", name, i, err)
				}
				continue
			}
			some = true
			if rows := got.Whole.Dy(); got.Whole.Dx() != 200 || rows < before {
				t.Fatalf("%s, %d of 40: %v whole, want at least %d rows", name, i, got.Whole, before)
			}
			before = got.Whole.Dy()
			n := before * 200 * 3
			if !bytes.Equal(got.RGB.Pix[:n], full.RGB.Pix[:n]) {
				t.Fatalf("%s, %d of 40: %d rows are reported as whole and are not", name, i, before)
			}
			if before == 131 && i < 36 {
				t.Errorf("%s, %d of 40: all rows are whole", name, i)
			}
			for _, side := range []int{100, 50, 25} {
				p, err := Decode(context.Background(), cut, Options{WorkingSide: side})
				if err != nil || p.Whole != got.Whole {
					t.Fatalf("%s, %d of 40, working side %d: %v, want %v whole", name, i, side, err, got.Whole)
				}
			}
		}
		if !some {
			t.Errorf("%s: no cut file is decoded", name)
		}
		if sequential := !strings.Contains(name, "progressive"); sequential && before < 100 && name != "three scans" {
			t.Errorf("%s: %d rows of 131 are whole at the end", name, before)
		}
	}
}

// stripes is a sequential image whose blocks are lighter and darker in turn, of
// n components, in one scan or in one each.
func stripes(w, h int, extra []byte, n int, interleaved bool) []byte {
	parts := [][]byte{extra, tables(0), sof(mSOF0, w, h, bytes.Repeat([]byte{0x11}, n)...)}
	scan := func(ids ...byte) {
		data := bitWriter{stuff: true}
		for i := range blocks(w, h) {
			for range ids {
				data.put(0b10001, 5) // a change of two bits
				data.put(2-uint64(i%2), 2)
				data.put(0, 1)
			}
		}
		parts = append(parts, sos(0, 63, 0, ids...), data.finish(1))
	}
	ids := []byte{1, 2, 3, 4}[:n]
	if interleaved {
		scan(ids...)
	} else {
		for _, id := range ids {
			scan(id)
		}
	}
	return jpegFile(parts...)
}

// TestTailOfZeros: a file whose end was never written is not whole, although
// zeros can be codes.
func TestTailOfZeros(t *testing.T) {
	for name, file := range variants(t, drawn(200, 131, 5), 85) {
		start, end := dataOf(file)
		cut := start + (end-start)*7/10
		zeroed := slices.Concat(file[:cut], make([]byte, len(file)-cut))
		want, err := Decode(context.Background(), file[:cut], Options{})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got, err := Decode(context.Background(), zeroed, Options{})
		if err != nil || got.Whole.Dy() > want.Whole.Dy() {
			t.Errorf("%s: %v, more is whole with zeros than without", name, err)
		}
	}
}

// TestEarlyEnd: a file that lost its tail and was given an end again. Of a
// progressive one nothing tells.
func TestEarlyEnd(t *testing.T) {
	for name, file := range variants(t, drawn(200, 131, 5), 85) {
		start, end := dataOf(file)
		cut := file[:start+(end-start)*7/10]
		for _, side := range []int{0, 50} {
			want, err := Decode(context.Background(), cut, Options{WorkingSide: side})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			got, err := Decode(context.Background(), append(bytes.Clone(cut), 0xff, mEOI), Options{WorkingSide: side})
			if err != nil || got.Whole != want.Whole && !strings.Contains(name, "progressive") {
				t.Errorf("%s, working side %d: %v %v, want %v whole", name, side, err, got, want.Whole)
			}
		}
	}
}

// TestUprightRows: the lost rows are where the orientation puts them.
func TestUprightRows(t *testing.T) {
	for orientation, want := range map[int]image.Rectangle{
		1: image.Rect(0, 0, 40, 7), 2: image.Rect(0, 0, 40, 7), 3: image.Rect(0, 23, 40, 30), 4: image.Rect(0, 23, 40, 30),
		5: image.Rect(0, 0, 7, 40), 6: image.Rect(23, 0, 30, 40), 7: image.Rect(23, 0, 30, 40), 8: image.Rect(0, 0, 7, 40),
	} {
		info := Info{Width: 40, Height: 30, Orientation: orientation}
		if orientation >= 5 {
			info.Width, info.Height = 30, 40
		}
		if got := uprightRows(info, 7); got != want {
			t.Errorf("orientation %d: %v, want %v", orientation, got, want)
		}
		// The place of a stored mark agrees with that of the rows.
		m := image.NewGray(image.Rect(0, 0, 40, 30))
		for i := range m.Pix[:7*40] {
			m.Pix[i] = 255
		}
		p, err := upright(context.Background(), m, orientation, 1)
		if err != nil {
			t.Fatalf("upright: %v", err)
		}
		for y := range p.H {
			for x := range p.W {
				if marked := p.Pix[(y*p.W+x)*3] == 255; marked != image.Pt(x, y).In(want) {
					t.Fatalf("orientation %d: the mark at %d,%d is %v", orientation, x, y, marked)
				}
			}
		}
	}
}
