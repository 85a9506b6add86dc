package pipeline

import (
	"math"
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// The number of a card at a slant is found in a turn of the whole image, without an outline.
func TestSlantedTurns(t *testing.T) {
	r, upright, card := specimen(t)
	want := len(card.Number.Digits)
	for _, degrees := range []float64{33, 118, 205, 300} {
		converted, err := imagein.Convert(t.Context(), rotated(upright.pixels, degrees).RGBA(), r.limits)
		if err != nil {
			t.Fatalf("Convert: %v", err)
		}
		img := r.input(t.Context(), converted)
		turns, err := r.slantedTurns(t.Context(), img)
		if err != nil {
			t.Fatalf("slantedTurns: %v", err)
		}
		regions, err := r.regionsOn(t.Context(), img, turns, minRegionDigits)
		if err != nil {
			t.Fatalf("regionsOn: %v", err)
		}
		if !slices.ContainsFunc(regions, func(l Region) bool { return len(l.Digits) == want }) {
			t.Errorf("at %v degrees no region has the number's %d digits: %+v", degrees, want, regions)
		}
	}
}

// rotated returns the image in the middle of a square one, turned by an angle.
func rotated(image *pixel.Pyramid, degrees float64) *pixel.RGB {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	w, h := float64(image.W), float64(image.H)
	side := math.Hypot(w, h)
	to := pixel.New(int(side), int(side))
	image.Warp(to, geom.Homography{
		cos, sin, w/2 - side/2*(cos+sin),
		-sin, cos, h/2 - side/2*(cos-sin),
		0, 0, 1,
	}, nil)
	return to
}
