// Package annotate draws outlines and labels into an image, covers what must not
// be seen, and encodes the image as PNG, for "kahao read --annotate".
package annotate

import (
	"image/png"
	"io"
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// Color is an sRGB colour.
type Color [3]uint8

// Colours that are legible on cards of any design.
var (
	Green  = Color{70, 230, 90}
	Yellow = Color{255, 220, 50}
	Cyan   = Color{80, 210, 255}
	Red    = Color{255, 90, 80}
)

// Mark is an outline, with a label above its first corner.
type Mark struct {
	Outline geom.Quad // in pixels of the image
	Label   string    // ASCII or Chinese; may be empty
	Color   Color
	Thick   float64 // of the outline, in pixels
	Size    float64 // height of the label's letters, in pixels
}

// Draw draws the marks into the image, in order.
func Draw(p *pixel.RGB, marks []Mark) {
	for _, m := range marks {
		for i := range m.Outline {
			line(p, m.Outline[i], m.Outline[(i+1)%4], math.Max(m.Thick, 1), m.Color)
		}
		if m.Label != "" {
			label(p, m)
		}
	}
}

// PNG encodes the image. Its errors are those of w.
func PNG(w io.Writer, p *pixel.RGB) error {
	return (&png.Encoder{CompressionLevel: png.BestSpeed}).Encode(w, p.RGBA())
}

// line covers each pixel by its distance from the segment. Only rows and columns
// inside the image are visited, so ends far outside cost nothing.
func line(p *pixel.RGB, a, b geom.Point, thick float64, c Color) {
	half := thick / 2
	d := b.Sub(a)
	l2 := d.X*d.X + d.Y*d.Y
	if !(l2 > 0) || math.IsInf(l2, 0) {
		return
	}
	y0, y1 := span(a.Y, b.Y, half, p.H)
	for y := y0; y < y1; y++ {
		fy := float64(y) + 0.5
		x0, x1 := columnsAt(a, b, fy, half, p.W)
		for x := x0; x < x1; x++ {
			v := geom.Point{X: float64(x) + 0.5, Y: fy}.Sub(a)
			t := math.Min(1, math.Max(0, (v.X*d.X+v.Y*d.Y)/l2))
			blend(p, x, y, c, half+0.5-v.Sub(d.Mul(t)).Len())
		}
	}
}

// span is the range of pixels between two ends, widened by half the line, within
// 0..n.
func span(a, b, half float64, n int) (from, to int) {
	lo, hi := math.Min(a, b)-half-1, math.Max(a, b)+half+1
	return int(math.Max(0, math.Min(lo, float64(n)))), int(math.Max(0, math.Min(hi+1, float64(n))))
}

// columnsAt is the range of columns that the segment can cover in the row at y.
func columnsAt(a, b geom.Point, y, half float64, w int) (from, to int) {
	if math.Abs(b.Y-a.Y) < 1e-9 {
		return span(a.X, b.X, half, w)
	}
	slope := (b.X - a.X) / (b.Y - a.Y)
	at := func(y float64) float64 {
		x := a.X + (y-a.Y)*slope
		return math.Min(math.Max(x, math.Min(a.X, b.X)), math.Max(a.X, b.X))
	}
	return span(at(y-half-1), at(y+half+1), half, w)
}

func blend(p *pixel.RGB, x, y int, c Color, cover float64) {
	if cover <= 0 || x < 0 || y < 0 || x >= p.W || y >= p.H {
		return
	}
	cover = math.Min(cover, 1)
	i := (y*p.W + x) * 3
	for k := range 3 {
		p.Pix[i+k] = uint8(float64(p.Pix[i+k])*(1-cover) + float64(c[k])*cover + 0.5)
	}
}
