package checks

import (
	"math"
	"slices"

	"github.com/kahao/kahao/internal/pixel"
)

// Quality maps the width of the sharpest edges and the height of the digits,
// both relative to the limits of what can be read, to 0..100. It is 50 at either
// limit, and 100 for edges of a third of it.
func Quality(edge, height float64) int {
	q := 100.0
	switch {
	case edge > 1:
		q = 50 / math.Pow(edge, 1.5)
	case edge > 1.0/3:
		q = 100 - 75*(edge-1.0/3)
	}
	if height < 1 {
		q *= math.Max(0, height) * 0.5
	} else if height < 1.5 {
		q *= 0.5 + (height - 1)
	}
	return int(math.Min(math.Max(q, 0), 100) + 0.5)
}

// Tiles of an image in which Sharpness looks for edges.
const (
	sharpnessSide = 512 // pixels of the image's longer side
	tileSide      = 32
	tileContrast  = 40  // grey levels between light and dark, in a tile that counts
	sharpTiles    = 0.8 // share of the tiles that may be sharper
	usualEdge     = 5.0 // pixels, of the limit of what can be read
)

// Sharpness is the quality of an image without a card, by the edges in it. It
// is 0 if there are none.
func Sharpness(image *pixel.Pyramid) int {
	k := math.Min(1, sharpnessSide/float64(max(image.W, image.H)))
	small := image.Resize(max(1, int(float64(image.W)*k)), max(1, int(float64(image.H)*k)))
	var edges []float64
	for y := 0; y+tileSide <= small.H; y += tileSide {
		for x := 0; x+tileSide <= small.W; x += tileSide {
			if e, ok := tileEdge(small, x, y); ok {
				edges = append(edges, e)
			}
		}
	}
	if len(edges) == 0 {
		return 0
	}
	slices.Sort(edges)
	return Quality(edges[int(float64(len(edges)-1)*(1-sharpTiles))]/usualEdge, 2)
}

// tileEdge returns the width of a tile's sharpest edges in pixels.
func tileEdge(p *pixel.RGB, x0, y0 int) (width float64, ok bool) {
	lo, hi, steep := 255, 0, 0
	for y := y0; y < y0+tileSide; y++ {
		row := p.Pix[(y*p.W+x0)*3:]
		last := int(row[1])
		for x := range tileSide {
			v := int(row[x*3+1])
			lo, hi = min(lo, v), max(hi, v)
			steep = max(steep, v-last, last-v)
			last = v
		}
	}
	if hi-lo < tileContrast {
		return 0, false
	}
	return float64(hi-lo) / float64(max(1, steep)), true
}
