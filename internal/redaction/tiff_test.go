package redaction

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/png"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// tiffOf writes a TIFF of one page, little-endian, with its directory at the end.
func tiffOf(t *testing.T, m image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := tiff.Encode(&b, m, nil); err != nil {
		t.Fatalf("tiff.Encode: %v", err)
	}
	return b.Bytes()
}

// withField returns a TIFF whose directory, moved to the end, has a field more
// and links to the next directory.
func withField(file []byte, tag uint16, kind uint16, value []byte, next uint32) []byte {
	le := binary.LittleEndian
	at := le.Uint32(file[4:])
	n := le.Uint16(file[at:])
	fields := bytes.Clone(file[at+2:][:12*int(n)])
	out := bytes.Clone(file)
	if tag != 0 {
		n++
		fields = le.AppendUint16(fields, tag)
		fields = le.AppendUint16(fields, kind)
		size := len(value)
		if kind == 4 {
			size /= 4
		}
		fields = le.AppendUint32(fields, uint32(size))
		if len(value) > 4 {
			fields = le.AppendUint32(fields, uint32(len(out)))
			out = append(out, value...)
		} else {
			fields = append(fields, append(bytes.Clone(value), 0, 0, 0, 0)[:4]...)
		}
	}
	if len(out)%2 == 1 {
		out = append(out, 0)
	}
	le.PutUint32(out[4:], uint32(len(out)))
	out = le.AppendUint16(out, n)
	return le.AppendUint32(append(out, fields...), next)
}

// deep returns an image of 16 bits in which every pixel differs from its
// neighbours in its low bits.
func deep() *image.NRGBA64 {
	m := image.NewNRGBA64(image.Rect(0, 0, 300, 200))
	for y := range 200 {
		for x := range 300 {
			m.SetNRGBA64(x, y, color.NRGBA64{uint16(x*211 + y), uint16(y * 307), uint16(x * y), 0xffff})
		}
	}
	return m
}

// TestTIFF: a page becomes a PNG with the same pixels outside the covers, and with
// its colour profile.
func TestTIFF(t *testing.T) {
	profile := make([]byte, 200)
	copy(profile[16:], "RGB XYZ ")
	original := deep()
	file := withField(tiffOf(t, original), 34675, 7, profile, 0)
	r := redact(t, &fixed{regions: []pipeline.Region{line(pipeline.RegionLine, false, 40, 100, 12)}}, file, usual)
	if r.From != imagein.TIFF || r.Format != imagein.PNG || r.Verdict != Redacted {
		t.Fatalf("from %v to %v, %s; want from TIFF to PNG, redacted", r.From, r.Format, r.Verdict)
	}
	m, err := png.Decode(bytes.NewReader(r.File))
	if err != nil {
		t.Fatalf("png.Decode: %v", err)
	}
	if !bytes.Contains(r.File, []byte("iCCP")) {
		t.Error("the colour profile is lost")
	}
	same, covered := 0, 0
	for y := range 200 {
		for x := range 300 {
			ar, ag, ab, _ := original.At(x, y).RGBA()
			br, bg, bb, _ := m.At(x, y).RGBA()
			inside := r.covers(x, y)
			switch {
			case ar == br && ag == bg && ab == bb:
				same++
			case !inside:
				t.Fatalf("the pixel at %d, %d is %x %x %x, want %x %x %x", x, y, br, bg, bb, ar, ag, ab)
			case br|bg|bb == 0:
				covered++
			}
		}
	}
	if same < 20_000 || covered < 500 {
		t.Errorf("%d pixels are the same and %d black, want at least 20000 and 500", same, covered)
	}
}

// covers reports whether a pixel is in a cover or at its edge.
func (r *Result) covers(x, y int) bool {
	for _, c := range r.Covers {
		b := c.Quad.Bounds()
		if float64(x) > b.X0-2 && float64(x) < b.X1+2 && float64(y) > b.Y0-2 && float64(y) < b.Y1+2 {
			return true
		}
	}
	return false
}

// TestTIFFColours: every kind of pixels can be painted and written.
func TestTIFFColours(t *testing.T) {
	r := image.Rect(0, 0, 300, 200)
	palette := image.NewPaletted(r, color.Palette{color.White, color.RGBA{200, 0, 0, 255}})
	for name, m := range map[string]image.Image{"grey": image.NewGray(r), "grey of 16 bits": image.NewGray16(r), "palette": palette, "RGBA": image.NewRGBA(r)} {
		got := redact(t, &fixed{regions: []pipeline.Region{line(pipeline.RegionLine, false, 40, 100, 12)}}, tiffOf(t, m), usual)
		if got.Verdict != Redacted || imagein.FormatOf(got.File) != imagein.PNG {
			t.Errorf("%s: %s, %v; want a redacted PNG", name, got.Verdict, imagein.FormatOf(got.File))
		}
	}
	if m := paintable(image.NewCMYK(r), imagein.PNG); m.ColorModel() != color.NRGBAModel {
		t.Errorf("CMYK is painted as %T, want *image.NRGBA", m)
	}
}

// TestTIFFNothing: a page without a number stays as it is.
func TestTIFFNothing(t *testing.T) {
	file := tiffOf(t, deep())
	r := redact(t, &fixed{}, file, usual)
	if r.Verdict != Nothing || r.Format != imagein.TIFF || !bytes.Equal(r.File, file) {
		t.Errorf("%s, %v, %d bytes; want nothing and the file itself", r.Verdict, r.Format, len(r.File))
	}
}

// TestTIFFPages: a number on another page, or in an image besides the page, would
// stay. So such files are refused, whatever the first page shows.
func TestTIFFPages(t *testing.T) {
	one := tiffOf(t, deep())
	first := binary.LittleEndian.Uint32(one[4:])
	offset := binary.LittleEndian.AppendUint32(nil, first)
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"two pages":                 {withField(one, 0, 0, nil, first), "2 pages"},
		"a next page out of bounds": {withField(one, 0, 0, nil, 1<<30), "more images than one"},
		"a loop of pages":           {loop(withField(one, 0, 0, nil, 0)), "more images than one"},
		"an image besides the page": {withField(one, 330, 4, offset, 0), "more images than one"},
	} {
		for _, f := range []Finder{&fixed{}, &fixed{regions: []pipeline.Region{line(pipeline.RegionLine, false, 40, 100, 12)}}} {
			r, err := Redact(context.Background(), f, c.file, imagein.Options{}, usual)
			if r != nil || !errors.Is(err, imagein.ErrUnsupported) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: %v, %v; want an unsupported file of %q", name, r, err, c.want)
			}
		}
	}
}

// loop links the directory at the end of a file to itself.
func loop(file []byte) []byte {
	copy(file[len(file)-4:], file[4:8])
	return file
}

// TestHEICProfile: the colours of a phone's photograph stay what they are.
func TestHEICProfile(t *testing.T) {
	original := file(t, filepath.Join("..", "vision", "imagein", "testdata", "heif", "display-p3.heic"))
	from, err := imagein.Inspect(original, imagein.Options{})
	if err != nil {
		t.Fatalf("Inspect: %v", err)
	}
	r := redact(t, &fixed{regions: []pipeline.Region{line(pipeline.RegionLine, false, 4, 4, 12)}}, original, usual)
	to, err := imagein.Inspect(r.File, imagein.Options{})
	if err != nil || len(from.Profile()) == 0 || !bytes.Equal(from.Profile(), to.Profile()) {
		t.Errorf("a profile of %d bytes, %v; want that of the original, %d bytes", len(to.Profile()), err, len(from.Profile()))
	}
	long := make([]byte, 150_000)
	copy(long[16:], "RGB ")
	segments := profileSegments(long, image.NewRGBA(image.Rect(0, 0, 1, 1)))
	if len(segments) != 3 || segments[2][12] != 3 || segments[2][13] != 3 {
		t.Errorf("a profile of 150,000 bytes has %d segments, want three", len(segments))
	}
}
