package pipeline

import (
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// patch is the image quality around a digit, or something else of that height.
type patch struct {
	height   float64 // in pixels
	burnt    float64 // share of overexposed pixels
	contrast float64 // between its light and dark pixels, from 0 to 1
	edge     float64 // width of its sharpest edges, in heights
}

// A patch is sampled in this many rows. It has a rim around the digit, so that
// dark print on a light background and the reverse give the same values.
const (
	patchRows = 32
	patchRim  = 0.15
	burntFrom = 250 // of every channel
	maxAspect = 8   // times as wide as high
)

// measure returns the quality of the quad's surroundings.
func measure(image *pixel.Pyramid, corners geom.Quad) patch {
	p := patch{height: corners.Height()}
	wide := corners.Width() / math.Max(corners.Height(), 1e-3)
	cols := max(8, int(patchRows*math.Min(wide, maxAspect)))
	kx, ky := float64(cols)*patchRim, patchRows*patchRim
	toImage, ok := geom.QuadToQuad(geom.RectQuad(kx, ky, float64(cols)-2*kx, patchRows-2*ky), corners)
	if !ok {
		return p
	}
	crop := pixel.New(cols, patchRows)
	image.Warp(crop, toImage, nil)
	light := make([]float64, cols*patchRows)
	white := 0
	for i := range light {
		r, g, b := crop.Pix[3*i], crop.Pix[3*i+1], crop.Pix[3*i+2]
		light[i] = (0.299*float64(r) + 0.587*float64(g) + 0.114*float64(b)) / 255
		if min(r, g, b) >= burntFrom {
			white++
		}
	}
	p.burnt = float64(white) / float64(len(light))
	sorted := slices.Sorted(slices.Values(light))
	p.contrast = percentile(sorted, 0.95) - percentile(sorted, 0.05)
	p.edge = edgeWidth(light, cols, p.contrast) / (patchRows * (1 - 2*patchRim))
	return p
}

// edgeWidth returns the width of the steepest edges, in pixels: the contrast
// over the steepest slopes. A hundredth of the slopes may be steeper: noise.
func edgeWidth(light []float64, cols int, contrast float64) float64 {
	var slopes []float64
	for y := 1; y < patchRows-1; y++ {
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
