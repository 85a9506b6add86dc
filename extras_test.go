package kahao_test

import (
	"bytes"
	"image"
	"image/jpeg"
	"reflect"
	"testing"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
)

// Crops and checks are only there if asked for, and change nothing else.
func TestExtras(t *testing.T) {
	img := card(t)
	var file bytes.Buffer
	if err := jpeg.Encode(&file, img, &jpeg.Options{Quality: 95}); err != nil {
		t.Fatalf("jpeg.Encode: %v", err)
	}
	plain, err := reader().ReadAll(t.Context(), file.Bytes())
	if err != nil {
		t.Fatalf("ReadAll: %v", err)
	}
	c := plain.Best()
	if c.Crop != nil || c.Number.Crop != nil || c.Checks != nil || plain.Checks != nil {
		t.Errorf("ReadAll without extras returns some: %v, %v, %v, %v", c.Crop, c.Number.Crop, c.Checks, plain.Checks)
	}
	all, err := reader().ReadWith(t.Context(), file.Bytes(), capture.Extras{Checks: true, CardCrop: true, NumberCrop: true})
	if err != nil {
		t.Fatalf("ReadWith: %v", err)
	}
	d := all.Best()
	if d.Crop == nil || d.Number.Crop == nil || d.Checks == nil || all.Checks == nil {
		t.Fatalf("ReadWith lacks an extra: %v, %v, %v, %v", d.Crop, d.Number.Crop, d.Checks, all.Checks)
	}
	if w := float64(d.Crop.Rect.Dx()); w < 0.9*c.Corners.Bounds().Width() || w > 1.6*c.Corners.Bounds().Width() {
		t.Errorf("the crop of a card %.0f pixels wide is %.0f pixels wide, want about as much", c.Corners.Bounds().Width(), w)
	}
	if aspect := float64(d.Crop.Rect.Dx()) / float64(d.Crop.Rect.Dy()); aspect < 1.57 || aspect > 1.6 {
		t.Errorf("the crop of the card has the aspect %.3f, want 1.586", aspect)
	}
	if s := d.Number.Crop.Rect; s.Dx() < 5*s.Dy() {
		t.Errorf("the crop of the number is %v, want a line", s)
	}
	measured, err := reader().ReadWith(t.Context(), file.Bytes(), capture.Extras{Measured: true})
	if err != nil {
		t.Fatalf("ReadWith: %v", err)
	}
	want := *d.Checks
	for _, learnt := range []*capture.Check{&want.Photocopy, &want.Screen, &want.Screenshot, &want.Watermark, &want.Edited} {
		*learnt = capture.Check{}
	}
	if got := measured.Best().Checks; got == nil || !reflect.DeepEqual(*got, want) || measured.Best().Crop != nil {
		t.Errorf("measured checks %+v, want all but those of the networks, %+v, and no crop", got, want)
	}
	d.Crop, d.Number.Crop, d.Checks, all.Checks = nil, nil, nil, nil
	if !reflect.DeepEqual(all, plain) {
		t.Errorf("with extras the reading is %+v, without %+v, want the same", d, c)
	}
}

// A crop has the resolution of the image, not that of the reduced one that is
// read.
func TestCropOfALargeImage(t *testing.T) {
	small := card(t)
	const k = 3
	large := image.NewRGBA(image.Rect(0, 0, small.Rect.Dx()*k, small.Rect.Dy()*k))
	for y := range large.Rect.Dy() {
		for x := range large.Rect.Dx() {
			large.SetRGBA(x, y, small.RGBAAt(x/k, y/k))
		}
	}
	r, err := kahao.New(kahao.Options{Extras: capture.Extras{CardCrop: true}})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	reading, err := r.ReadImage(t.Context(), large)
	if err != nil {
		t.Fatalf("ReadImage: %v", err)
	}
	c := reading.Best()
	if c == nil || c.Crop == nil {
		t.Fatalf("ReadImage = %+v, want a card with a crop", reading)
	}
	if got, want := c.Crop.Rect.Dx(), c.Corners.Bounds().Width(); float64(got) < 0.9*want {
		t.Errorf("the crop of a card %.0f pixels wide is %d pixels wide, want no reduction", want, got)
	}
}
