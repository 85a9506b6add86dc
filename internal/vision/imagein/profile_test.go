package imagein

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"testing"

	"github.com/kahao/kahao/internal/pixel"
)

// fixedOf writes an s15Fixed16Number.
func fixedOf(values ...float64) (b []byte) {
	for _, v := range values {
		b = binary.BigEndian.AppendUint32(b, uint32(int32(math.Round(v*65536))))
	}
	return b
}

// srgbCurve is the curve of sRGB, and of Display P3.
var srgbCurve = join([]byte("para\x00\x00\x00\x00\x00\x03\x00\x00"), fixedOf(2.4, 0.94786, 0.05214, 0.0774, 0.04045))

// profileOf writes a profile of three primaries and a curve.
func profileOf(primaries [3][3]float64, curve []byte) []byte {
	head := make([]byte, 128)
	copy(head[12:], "mntrRGB XYZ ")
	copy(head[36:], "acsp")
	table, body := binary.BigEndian.AppendUint32(nil, 6), []byte(nil)
	for i, colour := range []string{"r", "g", "b"} {
		for tag, data := range map[string][]byte{"XYZ": join([]byte("XYZ \x00\x00\x00\x00"), fixedOf(primaries[i][:]...)), "TRC": curve} {
			table = append(table, colour+tag...)
			table = binary.BigEndian.AppendUint32(table, uint32(132+72+len(body)))
			table = binary.BigEndian.AppendUint32(table, uint32(len(data)))
			body = append(body, data...)
		}
	}
	p := join(head, table, body)
	binary.BigEndian.PutUint32(p, uint32(len(p)))
	return p
}

// The primaries of Display P3 and of sRGB, as profiles have them.
var (
	displayP3 = [3][3]float64{{0.51512, 0.2412, -0.00105}, {0.29198, 0.69225, 0.04189}, {0.1571, 0.06657, 0.78407}}
	plainSRGB = [3][3]float64{{0.43607, 0.22249, 0.01392}, {0.38515, 0.71687, 0.09708}, {0.14307, 0.06061, 0.7141}}
)

// fromP3 are colours of Display P3 and what they are in sRGB (CSS Color 4, 17: red is
// color(display-p3 0.9175 0.2003 0.1386), and so on).
var fromP3 = [4][2][3]uint8{
	{{234, 51, 35}, {255, 0, 0}}, {{117, 251, 76}, {0, 255, 0}}, {{0, 0, 245}, {0, 0, 255}}, {{128, 128, 128}, {128, 128, 128}},
}

// TestConversionMatrix: from Display P3 to sRGB it is the published one.
func TestConversionMatrix(t *testing.T) {
	c := newConversion(profileOf(displayP3, srgbCurve))
	want := matrix{{1.2249, -0.2247, 0}, {-0.0420, 1.0419, 0}, {-0.0197, -0.0786, 1.0979}}
	if c == nil || !c.matrix.near(want, 0.001) {
		t.Errorf("newConversion = %+v, want the matrix %v", c, want)
	}
	if one := srgbToXYZ.times(xyzToSRGB); !one.near(matrix{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, 1e-12) {
		t.Errorf("the matrix of sRGB times its inverse is %v", one)
	}
}

// TestNoConversion: sRGB costs nothing, and nothing is made of what is no profile.
func TestNoConversion(t *testing.T) {
	p3 := profileOf(displayP3, srgbCurve)
	grey := bytes.Replace(p3, []byte("RGB XYZ "), []byte("GRAYXYZ "), 1)
	dark := profileOf([3][3]float64{{0.1, 0.1, 0.1}, {}, {}}, srgbCurve)
	flat := profileOf(displayP3, join([]byte("curv\x00\x00\x00\x00\x00\x00\x00\x02"), make([]byte, 4)))
	many := profileOf(displayP3, []byte("curv\x00\x00\x00\x00\xff\xff\xff\xff\x00\x00\x00\x00"))
	for name, profile := range map[string][]byte{
		"sRGB": profileOf(plainSRGB, srgbCurve), "none": nil, "short": p3[:100], "without its end": p3[:300],
		"grey": grey, "a white that is dark": dark, "a curve of zeros": flat, "a curve without its values": many,
		"too long": append(bytes.Clone(p3), make([]byte, maxProfile)...),
	} {
		if c := newConversion(profile); c != nil {
			t.Errorf("%s: newConversion = %v, want nil", name, c)
		}
	}
}

// TestToneCurves compares every kind of curve at two places.
func TestToneCurves(t *testing.T) {
	para := func(kind byte, p ...float64) []byte {
		return join([]byte("para\x00\x00\x00\x00\x00"), []byte{kind, 0, 0}, fixedOf(p...))
	}
	for name, c := range map[string]struct {
		curve     []byte
		low, half float64 // at 0.02 and at 0.5
	}{
		"identity": {[]byte("curv\x00\x00\x00\x00\x00\x00\x00\x00"), 0.02, 0.5},
		"exponent": {[]byte("curv\x00\x00\x00\x00\x00\x00\x00\x01\x02\x00\x00\x00"), 0.0004, 0.25},
		"samples":  {[]byte("curv\x00\x00\x00\x00\x00\x00\x00\x03\x00\x00\x40\x00\xff\xff"), 0.01, 0.25},
		"kind 0":   {para(0, 2), 0.0004, 0.25},
		"kind 1":   {para(1, 2, 1.25, -0.25), 0, 0.140625},
		"kind 2":   {para(2, 2, 1, -0.25, 0.4375), 0.4375, 0.5},
		"kind 3":   {srgbCurve, 0.02 / 12.92, 0.21404},
		"kind 4":   {para(4, 2, 1, 0, 0.5, 0.25, 0, 0.1), 0.11, 0.25},
	} {
		f := toneCurve(c.curve)
		if f == nil {
			t.Errorf("%s: no curve", name)
			continue
		}
		if low, half := f(0.02), f(0.5); math.Abs(low-c.low) > 1e-3 || math.Abs(half-c.half) > 1e-3 {
			t.Errorf("%s: %.4f and %.4f, want %.4f and %.4f", name, low, half, c.low, c.half)
		}
	}
}

// p3Quarters is an image of 64x48 pixels with the colours of fromP3.
func p3Quarters() *image.NRGBA {
	m := image.NewNRGBA(image.Rect(0, 0, 64, 48))
	for y := range 48 {
		for x := range 64 {
			c := fromP3[x/32+2*(y/24)][0]
			m.SetNRGBA(x, y, color.NRGBA{c[0], c[1], c[2], 255})
		}
	}
	return m
}

// TestDisplayP3: each format's profile is used, at every size.
func TestDisplayP3(t *testing.T) {
	profile := profileOf(displayP3, srgbCurve)
	var encodedPNG, encodedJPEG bytes.Buffer
	if err := png.Encode(&encodedPNG, p3Quarters()); err != nil {
		t.Fatalf("png.Encode: %v", err)
	}
	if err := jpeg.Encode(&encodedJPEG, p3Quarters(), &jpeg.Options{Quality: 100}); err != nil {
		t.Fatalf("jpeg.Encode: %v", err)
	}
	withPNG := join(encodedPNG.Bytes()[:33], chunk("iCCP", append([]byte("p3\x00\x00"), deflated(profile)...)), encodedPNG.Bytes()[33:])
	// The second half first: each segment says which one it is.
	piece := func(i byte, b []byte) []byte {
		s := join([]byte("ICC_PROFILE\x00"), []byte{i, 2}, b)
		return join([]byte{0xff, mAPP2}, binary.BigEndian.AppendUint16(nil, uint16(len(s)+2)), s)
	}
	data := encodedJPEG.Bytes()
	withJPEG := join(data[:2], piece(2, profile[200:]), piece(1, profile[:200]), data[2:])
	for name, c := range map[string]struct {
		file      []byte
		tolerance int
	}{"PNG": {withPNG, 3} /* half a step of the bytes of fromP3 is up to three where sRGB is steep */, "JPEG": {withJPEG, 6}, "HEIC": {heifFileOf(t, "display-p3.heic"), 8}} {
		for _, side := range []int{0, 32} {
			got := mustDecode(t, c.file, Options{WorkingSide: side})
			w, h := got.RGB.W, got.RGB.H
			for i, colours := range fromP3 {
				x, y := w*(1+2*(i%2))/4, h*(1+2*(i/2))/4
				for k, want := range colours[1] {
					if d := int(got.RGB.Pix[(y*w+x)*3+k]) - int(want); d < -c.tolerance || d > c.tolerance {
						t.Errorf("%s at side %d: quarter %d is %v, want about %v", name, side, i, got.RGB.Pix[(y*w+x)*3:][:3], colours[1])
						break
					}
				}
			}
		}
	}
	missing := join(data[:2], piece(1, profile[:200]), data[2:])
	if info, err := Inspect(missing, Options{}); err != nil || info.profile != nil {
		t.Errorf("a profile without its second half: %d bytes, %v; want none", len(info.profile), err)
	}
	with, err := Inspect(withPNG, Options{})
	without, err2 := Inspect(encodedPNG.Bytes(), Options{})
	if err != nil || err2 != nil || with.DecodeTime <= without.DecodeTime {
		t.Errorf("DecodeTime with a profile %v, without %v, %v, %v; want more with it", with.DecodeTime, without.DecodeTime, err, err2)
	}
}

// TestWebPProfile: the chunk of a profile is found.
func TestWebPProfile(t *testing.T) {
	profile := profileOf(displayP3, srgbCurve)
	lossless := webpOf(t, profile)
	info, err := Inspect(lossless, Options{})
	if err != nil || info.conversion == nil {
		t.Errorf("Inspect = conversion %v, %v; want one", info.conversion, err)
	}
}

// webpOf puts a profile into a lossless file.
func webpOf(t *testing.T, profile []byte) []byte {
	t.Helper()
	part := func(name string, body []byte) []byte {
		b := binary.LittleEndian.AppendUint32([]byte(name), uint32(len(body)))
		if b = append(b, body...); len(body)%2 == 1 {
			b = append(b, 0)
		}
		return b
	}
	header := binary.LittleEndian.AppendUint32([]byte{0x2f}, 63|47<<14) // 64x48 pixels
	body := join([]byte("WEBP"), part("VP8X", []byte{0x20, 0, 0, 0, 63, 0, 0, 47, 0, 0}), part("ICCP", profile), part("VP8L", append(header, make([]byte, 40)...)))
	return append(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(len(body))), body...)
}

// TestConversionStops: the context ends it.
func TestConversionStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := newConversion(profileOf(displayP3, srgbCurve)).apply(ctx, pixel.New(8, 8)); err == nil {
		t.Error("apply with an ended context: no error")
	}
}

// BenchmarkConversion is the cost of profilePixel.
func BenchmarkConversion(b *testing.B) {
	c, m := newConversion(profileOf(displayP3, srgbCurve)), pixel.New(1000, 1000)
	for i := range m.Pix {
		m.Pix[i] = uint8(i * 7)
	}
	for b.Loop() {
		if err := c.apply(b.Context(), m); err != nil {
			b.Fatal(err)
		}
	}
}
