// Package quality measures how well a piece of a picture can be read: its
// size, contrast and sharpness, and how much of it is burnt out.
package quality

import (
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// Patch is what the pixels around a digit, or some other thing of its height,
// are like.
type Patch struct {
	Height   float64 // in pixels of the picture
	Burnt    float64 // share that is burnt out: white, with nothing in it
	Contrast float64 // between its light and dark pixels, from 0 to 1
	Edge     float64 // how wide its sharpest edges are, in heights
}

// The patch is looked at in so many pixels; around the thing itself there is a
// rim, so that dark print on light ground and the reverse look alike.
const (
	rows   = 32
	rim    = 0.15
	burnt  = 250 // of every channel
	widest = 8   // times as wide as high
)

// Measure looks at the thing in the given corners.
func Measure(picture *pixel.Pyramid, corners geom.Quad) Patch {
	p := Patch{Height: corners.Height()}
	wide := corners.Width() / math.Max(corners.Height(), 1e-3)
	cols := max(8, int(rows*math.Min(wide, widest)))
	kx, ky := float64(cols)*rim, rows*rim
	toPicture, ok := geom.QuadToQuad(geom.RectQuad(kx, ky, float64(cols)-2*kx, rows-2*ky), corners)
	if !ok {
		return p
	}
	crop := pixel.New(cols, rows)
	picture.Warp(crop, toPicture, nil)
	light := make([]float64, cols*rows)
	white := 0
	for i := range light {
		r, g, b := crop.Pix[3*i], crop.Pix[3*i+1], crop.Pix[3*i+2]
		light[i] = (0.299*float64(r) + 0.587*float64(g) + 0.114*float64(b)) / 255
		if min(r, g, b) >= burnt {
			white++
		}
	}
	p.Burnt = float64(white) / float64(len(light))
	sorted := slices.Sorted(slices.Values(light))
	p.Contrast = percentile(sorted, 0.95) - percentile(sorted, 0.05)
	p.Edge = edge(light, cols, p.Contrast) / (rows * (1 - 2*rim))
	return p
}

// edge is the width, in pixels, of the steepest edges: the contrast over the
// steepest slopes. A hundredth of the slopes may be steeper, and be noise.
func edge(light []float64, cols int, contrast float64) float64 {
	var slopes []float64
	for y := 1; y < rows-1; y++ {
		for x := 1; x < cols-1; x++ {
			i := y*cols + x
			slopes = append(slopes, math.Hypot(light[i+1]-light[i-1], light[i+cols]-light[i-cols])/2)
		}
	}
	slices.Sort(slopes)
	return contrast / math.Max(percentile(slopes, 0.99), 1e-6)
}

func percentile(sorted []float64, p float64) float64 {
	return sorted[int(p*float64(len(sorted)-1)+0.5)]
}
