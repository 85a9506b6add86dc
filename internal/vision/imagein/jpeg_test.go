package imagein

import (
	"bytes"
	"context"
	"image"
	"image/jpeg"
	"math"
	"testing"

	"github.com/gen2brain/jpegn"

	"github.com/kahao/kahao/internal/pixel"
)

// variants are the forms of JPEG that a camera or an editor writes.
func variants(t testing.TB, m *image.RGBA, quality int) map[string][]byte {
	files := map[string][]byte{
		"grey":    jpegOf(t, grey(m), quality),
		"4:2:0":   jpegOf(t, m, quality),
		"trailer": append(jpegOf(t, m, quality), "appended"...),
	}
	for name, o := range map[string]jpegn.EncodeOptions{
		"4:4:4": {Subsampling: jpegn.Subsample444}, "4:2:2": {Subsampling: jpegn.Subsample422},
		"4:4:0":               {Subsampling: jpegn.Subsample440},
		"restarts":            {Subsampling: jpegn.Subsample420, RestartInterval: 3},
		"optimised":           {Subsampling: jpegn.Subsample420, OptimizeCoding: true},
		"progressive":         {Subsampling: jpegn.Subsample420, Progressive: true},
		"progressive 4:4:4":   {Subsampling: jpegn.Subsample444, Progressive: true},
		"progressive restart": {Subsampling: jpegn.SubsampleGray, Progressive: true, RestartInterval: 2},
	} {
		o.Quality = quality
		var b bytes.Buffer
		if err := jpegn.Encode(&b, m, &o); err != nil {
			t.Fatalf("%s: jpegn.Encode: %v", name, err)
		}
		files[name] = b.Bytes()
	}
	return files
}

// second decodes with image/jpeg alone.
func second(t testing.TB, data []byte) *pixel.RGB {
	m, err := jpeg.Decode(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("jpeg.Decode: %v", err)
	}
	rgb, err := upright(context.Background(), m, 1, 1)
	if err != nil {
		t.Fatalf("upright: %v", err)
	}
	return rgb
}

// difference returns the largest and the mean absolute one.
func difference(t testing.TB, a, b *pixel.RGB) (largest int, mean float64) {
	t.Helper()
	if a.W != b.W || a.H != b.H {
		t.Fatalf("%dx%d and %dx%d pixels", a.W, a.H, b.W, b.H)
	}
	sum := 0
	for i, v := range a.Pix {
		d := int(math.Abs(float64(v) - float64(b.Pix[i])))
		largest, sum = max(largest, d), sum+d
	}
	return largest, float64(sum) / float64(len(a.Pix))
}

// TestAgainstSecondDecoder compares with image/jpeg on odd sizes. The
// inverse transforms round differently by one level in each plane.
func TestAgainstSecondDecoder(t *testing.T) {
	for _, size := range []image.Point{{1, 1}, {8, 8}, {17, 9}, {63, 65}, {200, 131}} {
		m := drawn(size.X, size.Y, 5)
		for _, quality := range []int{30, 75, 97} {
			for name, file := range variants(t, m, quality) {
				p := mustDecode(t, file, Options{})
				if largest, mean := difference(t, p.RGB, second(t, file)); largest > 4 || mean > 0.7 {
					t.Errorf("%s %v at quality %d: largest difference %d, mean %.2f", name, size, quality, largest, mean)
				}
			}
		}
	}
}

// TestReduced compares the luma of images reduced inside the inverse
// transform with that of the average of squares of the full image. Chroma
// is left out: a plane of half the size is reduced as much as luma is, and
// then has one sample for four pixels of an image of this much detail.
func TestReduced(t *testing.T) {
	for _, size := range []image.Point{{256, 192}, {250, 131}, {131, 250}} {
		m := drawn(size.X, size.Y, 5)
		for name, file := range variants(t, m, 90) {
			for _, denom := range []int{2, 4, 8} {
				side := max(size.X, size.Y) / denom
				p := mustDecode(t, file, Options{WorkingSide: side})
				if p.Scale != 1/float64(denom) || p.RGB.W != (size.X+denom-1)/denom || p.RGB.H != (size.Y+denom-1)/denom {
					t.Fatalf("%v at working side %d: %dx%d, scale %v", size, side, p.RGB.W, p.RGB.H, p.Scale)
				}
				full, err := jpeg.Decode(bytes.NewReader(file))
				if err != nil {
					t.Fatalf("jpeg.Decode: %v", err)
				}
				want, _ := upright(context.Background(), full, 1, denom)
				if _, mean := difference(t, luma(p.RGB), luma(want)); mean > 2 {
					t.Errorf("%s %v at 1/%d: mean difference %.2f", name, size, denom, mean)
				}
			}
		}
	}
}

func luma(p *pixel.RGB) *pixel.RGB {
	l := pixel.New(p.W, p.H)
	for i := range p.W * p.H {
		y := (299*int(p.Pix[i*3]) + 587*int(p.Pix[i*3+1]) + 114*int(p.Pix[i*3+2]) + 500) / 1000
		l.Pix[i*3], l.Pix[i*3+1], l.Pix[i*3+2] = uint8(y), uint8(y), uint8(y)
	}
	return l
}

func TestDenominator(t *testing.T) {
	for _, c := range []struct{ side, wanted, want int }{
		{4000, 0, 1}, {4000, 1000, 4}, {4000, 1001, 2}, {4000, 2000, 2}, {4000, 2001, 1}, {4000, 1, 8},
		{800, 1200, 1}, {16000, 1000, 8}, {1, 1, 1},
	} {
		if d := (Options{WorkingSide: c.wanted}.denominator(c.side)); d != c.want {
			t.Errorf("side %d, wanted %d: 1/%d, want 1/%d", c.side, c.wanted, d, c.want)
		}
	}
}

// TestMarkers has the files whose scans two readers might count differently.
func TestMarkers(t *testing.T) {
	grey8 := join(tables(0), sof(mSOF0, 8, 8, 0x11))
	scan := join(sos(0, 63, 0, 1), zeros(8))
	for _, c := range []struct {
		name string
		data []byte
		ok   bool
	}{
		{"plain", jpegFile(grey8, scan), true},
		{"fill bytes", jpegFile(grey8, []byte{0xff, 0xff, 0xff}, scan), true},
		{"comment", jpegFile(segment(0xfe, 'h', 'i'), grey8, scan), true},
		{"start inside", jpegFile(grey8, []byte{0xff, mSOI}, scan), false},
		{"scan before frame", jpegFile(tables(0), scan), false},
		{"no scan", jpegFile(grey8), false},
		{"no frame", jpegFile(tables(0)), false},
		{"reserved marker", jpegFile(grey8, segment(0x05, 1, 2), scan), false},
		{"length 1", jpegFile(grey8, []byte{0xff, 0xfe, 0, 1}, scan), false},
		{"long scan header", jpegFile(grey8, segment(mSOS, 1, 1, 0, 0, 63, 0, 0), zeros(8)), false},
		{"unknown component", jpegFile(grey8, sos(0, 63, 0, 7), zeros(8)), false},
		{"component twice", jpegFile(grey8, sos(0, 63, 0, 1, 1), zeros(8)), false},
		{"factor 0", jpegFile(tables(0), sof(mSOF0, 8, 8, 0x01), scan), false},
		{"factor 5", jpegFile(tables(0), sof(mSOF0, 8, 8, 0x15), scan), false},
		{"12 bits", jpegFile(tables(0), segment(mSOF0, 12, 0, 8, 0, 8, 1, 1, 0x11, 0), scan), false},
		{"bad band", jpegFile(tables(0), sof(mSOF2, 8, 8, 0x11), sos(0, 63, 0, 1), zeros(8)), false},
		{"bad bits", jpegFile(tables(0), sof(mSOF2, 8, 8, 0x11), sos(0, 0, 0x31, 1), zeros(8)), false},
	} {
		_, inspected := Inspect(c.data, Options{})
		_, decoded := Decode(context.Background(), c.data, Options{})
		if (inspected == nil) != c.ok || (decoded == nil) != c.ok {
			t.Errorf("%s: Inspect %v, Decode %v", c.name, inspected, decoded)
		}
	}
}

func TestInspectCounts(t *testing.T) {
	info, err := Inspect(flatJPEG(33, 17, nil, []byte{0x22, 0x11, 0x11}, 0, 0, 0), Options{})
	if err != nil {
		t.Fatalf("Inspect: %v", err)
	}
	// Three by two units of 16x16, of six blocks each.
	if info.Scans != 1 || info.Work != 36 || info.Width != 33 || info.Height != 17 {
		t.Errorf("Inspect = %+v, want 33x17 pixels, 1 scan, 36 blocks", info)
	}
}

// TestBareCMYK: four components without an Adobe segment are ink as Photoshop
// writes it, inverted.
func TestBareCMYK(t *testing.T) {
	factors := []byte{0x11, 0x11, 0x11, 0x11}
	marked := mustDecode(t, flatJPEG(40, 24, adobe(0), factors, 60, 10, -40, 90), Options{})
	bare := mustDecode(t, flatJPEG(40, 24, nil, factors, 60, 10, -40, 90), Options{})
	if !bytes.Equal(bare.RGB.Pix, marked.RGB.Pix) {
		t.Errorf("without a segment the first pixel is %v, with one %v", bare.RGB.Pix[:3], marked.RGB.Pix[:3])
	}
}

// TestMPO: of a multi-picture file the first image is read.
func TestMPO(t *testing.T) {
	first, second := variants(t, drawn(37, 21, 1), 60)["4:2:0"], variants(t, drawn(50, 50, 1), 60)["4:2:0"]
	alone, both := mustDecode(t, first, Options{}), mustDecode(t, append(bytes.Clone(first), second...), Options{})
	if !bytes.Equal(alone.RGB.Pix, both.RGB.Pix) {
		t.Errorf("the first image of two is not read as if it were alone")
	}
}
