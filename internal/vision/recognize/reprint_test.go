package recognize

import (
	"context"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/line"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/model"
)

// Small print under a number is found, and read.
func TestReprint(t *testing.T) {
	small, err := line.New(5, line.Options{Difficulty: 0, BankSize: 8, Digits: func() string { return "6225" }})
	if err != nil {
		t.Fatalf("line.New: %v", err)
	}
	networks, err := model.Load()
	if err != nil {
		t.Fatalf("model.Load: %v", err)
	}
	reader := New(networks.Digits.Net, func(context.Context, string) {})
	found := 0
	const tries = 8
	for range tries {
		d := small.Draw()
		for d.Text != "6225" {
			d = small.Draw()
		}
		// A number's crop that shows where its digits are: they are 22 pixels
		// high, the first is at column 10, and the small ones begin under it.
		const digit, x = 22.0, 10 * Stride
		shrink := reprintHeight * digit / (float64(line.Height) / 1.45)
		left := d.X[0] - (d.X[1]-d.X[0])/2
		image := pixel.New(352, 96)
		for i := range image.Pix {
			image.Pix[i] = d.Image.Pix[i%3]
		}
		toLine := geom.Homography{1 / shrink, 0, left - (x-digit/3)/shrink, 0, 1 / shrink, float64(line.Height)/2 - (Height/2+reprintBelow*digit)/shrink, 0, 0, 1}
		pixel.NewPyramid(d.Image).Warp(image, toLine, nil)
		first, err := reader.Reprint(t.Context(), pixel.NewPyramid(image),
			[]ctc.Spot{{Column: 10}, {Column: 14}, {Column: 18}, {Column: 22}}, &Columns{ToImage: geom.Identity, Digit: digit}, func(map[string]float64) bool { return true })
		if err != nil {
			t.Fatalf("Reprint: %v", err)
		}
		if first["6225"] > .3 {
			found++
		}
	}
	if found < tries*3/4 {
		t.Errorf("read %d of %d", found, tries)
	}
	if first, err := reader.Reprint(t.Context(), nil, make([]ctc.Spot, ReprintDigits-1), &Columns{}, nil); err != nil || len(first) > 0 {
		t.Errorf("beneath three digits: %v, %v", first, err)
	}
}
