package jpegout

import (
	"bytes"
	"image"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
)

var ratios = []image.YCbCrSubsampleRatio{
	image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422, image.YCbCrSubsampleRatio420,
	image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410,
}

// waves fills samples with a smooth pattern and some noise.
func waves(pix []uint8, stride int, rng *rand.Rand) {
	for i := range pix {
		x, y := float64(i%stride), float64(i/stride)
		pix[i] = uint8(128 + 60*math.Sin(x/7) + 40*math.Cos(y/5) + 8*rng.Float64())
	}
}

func encode(t *testing.T, m image.Image, o Options) image.Image {
	t.Helper()
	var file bytes.Buffer
	if err := Encode(&file, m, o); err != nil {
		t.Fatal(err)
	}
	got, err := jpeg.Decode(&file)
	if err != nil {
		t.Fatalf("image/jpeg does not read it: %v", err)
	}
	return got
}

func worst(a, b []uint8) int {
	most := 0
	for i := range a {
		most = max(most, max(int(a[i])-int(b[i]), int(b[i])-int(a[i])))
	}
	return most
}

func TestEncode(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, ratio := range ratios {
		for _, size := range []image.Point{{64, 48}, {61, 45}, {1, 1}, {17, 5}, {8, 33}} {
			m := image.NewYCbCr(image.Rectangle{Max: size}, ratio)
			waves(m.Y, m.YStride, rng)
			waves(m.Cb, m.CStride, rng)
			waves(m.Cr, m.CStride, rng)
			got, ok := encode(t, m, Options{Tables: Quality(100)}).(*image.YCbCr)
			if !ok || got.SubsampleRatio != ratio || got.Bounds() != m.Bounds() {
				t.Fatalf("%v, %v: the file has %v, %v", ratio, size, got.SubsampleRatio, got.Bounds())
			}
			for y := range size.Y {
				for x := range size.X {
					a, b := m.YCbCrAt(x, y), got.YCbCrAt(x, y)
					if d := worst([]uint8{a.Y, a.Cb, a.Cr}, []uint8{b.Y, b.Cb, b.Cr}); d > 2 {
						t.Fatalf("%v, %v: sample %d,%d is %v, want %v", ratio, size, x, y, b, a)
					}
				}
			}
		}
	}
}

func TestEncodeGray(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 37, 21))
	waves(m.Pix, m.Stride, rand.New(rand.NewPCG(3, 4)))
	part := m.SubImage(image.Rect(5, 3, 30, 20)).(*image.Gray)
	got := encode(t, part, Options{Tables: Quality(100)}).(*image.Gray)
	for y := range 17 {
		for x := range 25 {
			if a, b := part.GrayAt(x+5, y+3).Y, got.GrayAt(x, y).Y; worst([]uint8{a}, []uint8{b}) > 2 {
				t.Fatalf("sample %d,%d is %d, want %d", x, y, b, a)
			}
		}
	}
}

// TestAgain: what was decoded comes out nearly unchanged with the same tables,
// even coarse ones. A worst case of noise must not overflow the codes.
func TestAgain(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for _, quality := range []int{10, 50, 85, 100} {
		m := image.NewYCbCr(image.Rect(0, 0, 80, 64), image.YCbCrSubsampleRatio420)
		for _, pix := range [][]uint8{m.Y, m.Cb, m.Cr} {
			for i := range pix {
				pix[i] = uint8(255 * rng.IntN(2))
			}
		}
		o := Options{Tables: Quality(quality)}
		first := encode(t, m, o).(*image.YCbCr)
		second := encode(t, first, o).(*image.YCbCr)
		sum := 0.0
		for i := range first.Y {
			d := float64(first.Y[i]) - float64(second.Y[i])
			sum += d * d
		}
		// Clipping at black and white keeps extreme noise from being a fixed point.
		if mse := sum / float64(len(first.Y)); quality < 100 && mse > 400 || quality == 100 && mse > 2 {
			t.Errorf("quality %d: mean square error %.1f after writing again", quality, mse)
		}
	}
}

func TestProfile(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 8, 8))
	var file bytes.Buffer
	profile := []byte("ICC_PROFILE\x00\x01\x01profile")
	if err := Encode(&file, m, Options{Tables: Quality(90), Profile: [][]byte{profile}}); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(file.Bytes(), append([]byte{0xff, app2, 0, byte(len(profile) + 2)}, profile...)) {
		t.Error("the file does not contain the profile's segment")
	}
}

func TestRefuses(t *testing.T) {
	for name, m := range map[string]image.Image{
		"RGBA": image.NewRGBA(image.Rect(0, 0, 8, 8)), "empty": image.NewGray(image.Rect(0, 0, 0, 8)), "wide": image.NewGray(image.Rect(0, 0, 1<<16, 1)),
	} {
		if err := Encode(&bytes.Buffer{}, m, Options{}); err == nil {
			t.Errorf("%s is written without an error", name)
		}
	}
}

func BenchmarkEncode(b *testing.B) {
	m := image.NewYCbCr(image.Rect(0, 0, 800, 600), image.YCbCrSubsampleRatio420)
	waves(m.Y, m.YStride, rand.New(rand.NewPCG(7, 8)))
	for b.Loop() {
		if err := Encode(&bytes.Buffer{}, m, Options{Tables: Quality(90)}); err != nil {
			b.Fatal(err)
		}
	}
}
