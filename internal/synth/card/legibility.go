package card

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// A snapshot holds the lightness of a part of the card before a number is
// printed there, then the change that printing made.
type snapshot struct {
	x, y, w, h int
	luma       []float32
	line       int // of the card
}

// takeSnapshot copies the lightness of a part of the card, in pixels.
func takeSnapshot(im *raster.Image, x0, y0, x1, y1 float64) *snapshot {
	s := &snapshot{x: max(0, int(x0)), y: max(0, int(y0))}
	s.w, s.h = min(im.W, int(x1)+1)-s.x, min(im.H, int(y1)+1)-s.y
	if s.w <= 0 || s.h <= 0 {
		return &snapshot{}
	}
	s.luma = make([]float32, 0, s.w*s.h)
	for y := range s.h {
		for x := range s.w {
			s.luma = append(s.luma, im.At(s.x+x, s.y+y).Luma())
		}
	}
	return s
}

// printed replaces the snapshot by the change since, for a line of the card.
func (s *snapshot) printed(im *raster.Image, line int) {
	s.line = line
	for i := range s.luma {
		s.luma[i] = im.At(s.x+i%s.w, s.y+i/s.w).Luma() - s.luma[i]
	}
}

// legibility is the correlation, over a character's box and a margin, of the
// finished card's lightness with the change that printing made. Both are
// relative to their neighbourhood of a fifth of the character's height: broad
// shapes do not hide a character, shapes as narrow as its strokes do.
func (s *snapshot) legibility(im *raster.Image, box geom.Quad) float64 {
	b := box.Bounds()
	rim := .15 * b.H()
	near := max(1, int(.2*b.H()))
	x0, y0 := max(s.x, int(b.X0-rim)), max(s.y, int(b.Y0-rim))
	x1, y1 := min(s.x+s.w, int(b.X1+rim)+1), min(s.y+s.h, int(b.Y1+rim)+1)
	if x1-x0 < 3 || y1-y0 < 3 {
		return 0
	}
	u := relative(x1-x0, y1-y0, near, func(i, j int) float32 { return s.luma[(y0+j-s.y)*s.w+x0+i-s.x] })
	v := relative(x1-x0, y1-y0, near, func(i, j int) float32 { return im.At(x0+i, y0+j).Luma() })
	var uu, uv, vv float64
	for i := range u {
		uu, uv, vv = uu+u[i]*u[i], uv+u[i]*v[i], vv+v[i]*v[i]
	}
	if uu < 1e-9 || vv < 1e-9 {
		return 0
	}
	return uv / math.Sqrt(uu*vv)
}

// relative subtracts from a map its mean within a distance.
func relative(w, h, near int, at func(i, j int) float32) []float64 {
	sum := make([]float64, (w+1)*(h+1)) // summed-area table
	out := make([]float64, w*h)
	for j := range h {
		row := 0.0
		for i := range w {
			v := float64(at(i, j))
			out[j*w+i] = v
			row += v
			sum[(j+1)*(w+1)+i+1] = sum[j*(w+1)+i+1] + row
		}
	}
	for j := range h {
		for i := range w {
			a, b, c, d := max(0, i-near), max(0, j-near), min(w, i+near+1), min(h, j+near+1)
			total := sum[d*(w+1)+c] - sum[b*(w+1)+c] - sum[d*(w+1)+a] + sum[b*(w+1)+a]
			out[j*w+i] -= total / float64((c-a)*(d-b))
		}
	}
	return out
}
