package cutout

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"testing"
)

func TestJPEG(t *testing.T) {
	part := image.NewRGBA(image.Rect(0, 0, 40, 24))
	for y := range 24 {
		for x := range 40 {
			part.Set(x, y, color.RGBA{200, uint8(6 * x), 40, 255})
		}
	}
	file, err := JPEG(part)
	if err != nil {
		t.Fatalf("JPEG: %v", err)
	}
	m, err := jpeg.Decode(bytes.NewReader(file))
	if err != nil {
		t.Fatalf("decoding what JPEG returned: %v", err)
	}
	if got, want := m.Bounds(), part.Bounds(); got != want {
		t.Errorf("decoded bounds %v, want %v", got, want)
	}
	r, g, _, _ := m.At(20, 12).RGBA()
	if r>>8 < 190 || r>>8 > 210 || g>>8 < 110 || g>>8 > 130 {
		t.Errorf("decoded pixel has red %d and green %d, want about 200 and 120", r>>8, g>>8)
	}
	for name, none := range map[string]*image.RGBA{"nil": nil, "empty": {}} {
		if file, err := JPEG(none); file != nil || err != nil {
			t.Errorf("JPEG of %s = %d bytes, %v, want none and no error", name, len(file), err)
		}
	}
}
