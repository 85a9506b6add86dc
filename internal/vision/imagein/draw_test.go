package imagein

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"math"
	"math/rand/v2"
	"testing"
)

// drawn is an image with areas, edges, colour and a little grain, so that a
// JPEG of it weighs what a photograph weighs.
func drawn(w, h int, seed uint64) *image.RGBA {
	m := image.NewRGBA(image.Rect(0, 0, w, h))
	rng := rand.New(rand.NewPCG(seed, 1))
	cx, cy := float64(w)*(0.3+0.4*rng.Float64()), float64(h)*(0.3+0.4*rng.Float64())
	unit := math.Max(1, float64(min(w, h))/20)
	for y := range h {
		for x := range w {
			d := math.Hypot(float64(x)-cx, float64(y)-cy)
			ring := 40 * math.Sin(d/unit)
			edge := 0.0
			if (x/max(1, int(unit*3))+y/max(1, int(unit*2)))%2 == 0 {
				edge = 50
			}
			grain := float64(rng.Uint32()&15) - 7.5
			p := m.Pix[m.PixOffset(x, y):]
			p[0] = level(110 + ring + edge + grain)
			p[1] = level(120 - ring/2 + edge/2 + grain + 50*float64(x)/float64(w))
			p[2] = level(90 + edge - ring + grain + 60*float64(y)/float64(h))
			p[3] = 255
		}
	}
	return m
}

func level(v float64) uint8 { return uint8(math.Max(0, math.Min(255, v))) }

// jpegOf encodes with image/jpeg, which writes 4:2:0 or grey, baseline.
func jpegOf(t testing.TB, m image.Image, quality int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, m, &jpeg.Options{Quality: quality}); err != nil {
		t.Fatalf("jpeg.Encode: %v", err)
	}
	return b.Bytes()
}

func grey(m image.Image) *image.Gray {
	g := image.NewGray(m.Bounds())
	for y := range m.Bounds().Dy() {
		for x := range m.Bounds().Dx() {
			g.Set(x, y, color.GrayModel.Convert(m.At(x, y)))
		}
	}
	return g
}
