package redaction

import (
	"image"
	"image/color"
	"image/draw"
	"math"

	"github.com/kahao/kahao/internal/geom"
)

// paint replaces the pixels in a quad. Covers of every style are computed from
// the pixels around the quad, or from none, so nothing under a cover can be
// restored from it.
func (c *canvas) paint(q geom.Quad, o Options) {
	size := c.bounds()
	toImage, ok := geom.QuadToQuad(geom.RectQuad(0, 0, 1, 1), q)
	inverse, invertible := toImage.Inverse()
	if !ok || !invertible {
		b := q.Bounds()
		q = geom.RectQuad(b.X0, b.Y0, max(1, b.W()), max(1, b.H()))
		toImage, _ = geom.QuadToQuad(geom.RectQuad(0, 0, 1, 1), q)
		inverse, _ = toImage.Inverse()
	}
	look := c.look(q, o)
	b := q.Bounds()
	x0, x1 := clamp(b.X0-1, size.X), clamp(b.X1+2, size.X)
	y0, y1 := clamp(b.Y0-1, size.Y), clamp(b.Y1+2, size.Y)
	set := c.setter()
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			at := inverse.Apply(geom.Point{X: float64(x) + 0.5, Y: float64(y) + 0.5})
			if at.X >= 0 && at.X <= 1 && at.Y >= 0 && at.Y <= 1 {
				set(x, y, look(at.X, at.Y))
			}
		}
	}
}

func clamp(v float64, size int) int { return int(math.Max(0, math.Min(v, float64(size)))) }

// setter returns what sets a pixel.
func (c *canvas) setter() func(x, y int, col color.Color) {
	switch m := c.pixels.(type) {
	case *image.YCbCr:
		return func(x, y int, col color.Color) {
			luma, cb, cr := toYCbCr(col)
			x, y = x+m.Rect.Min.X, y+m.Rect.Min.Y
			at := m.COffset(x, y)
			m.Y[m.YOffset(x, y)], m.Cb[at], m.Cr[at] = luma, cb, cr
		}
	case draw.Image:
		origin := m.Bounds().Min
		return func(x, y int, col color.Color) { m.Set(origin.X+x, origin.Y+y, col) }
	}
	panic("redaction: canvas of a kind that open does not make")
}

func toYCbCr(col color.Color) (luma, cb, cr uint8) {
	r, g, b, _ := col.RGBA()
	return color.RGBToYCbCr(uint8(r>>8), uint8(g>>8), uint8(b>>8))
}

// Samples of the surroundings of a cover, and squares of a pixelated one.
const (
	edgeSamples = 24
	outside     = 0.06 // of its height, above and below
	squares     = 4    // in its height
)

// look returns the colours of a cover, by their place in it from 0 to 1.
func (c *canvas) look(q geom.Quad, o Options) func(u, v float64) color.Color {
	if o.Style == Fill {
		return func(u, v float64) color.Color { return color.NRGBA{o.Colour[0], o.Colour[1], o.Colour[2], 255} }
	}
	above, below := c.edge(q, -outside), c.edge(q, 1+outside)
	smooth := func(u, v float64) color.Color {
		i := min(edgeSamples-1, int(u*edgeSamples))
		return mix(above[i], below[i], v)
	}
	if o.Style == Blur {
		return smooth
	}
	along := math.Max(1, math.Round(squares*q.Width()/math.Max(1, q.Height())))
	return func(u, v float64) color.Color {
		u, v = (math.Floor(u*along)+0.5)/along, (math.Floor(v*squares)+0.5)/squares
		shade := 0.85 + 0.3*math.Mod(math.Abs(math.Sin(u*97+v*389)*7919), 1) // a texture of its own
		col := smooth(math.Min(u, 0.999), v).(color.NRGBA)
		return color.NRGBA{scaled(col.R, shade), scaled(col.G, shade), scaled(col.B, shade), 255}
	}
}

func scaled(v uint8, k float64) uint8 { return uint8(math.Min(255, float64(v)*k)) }

// edge returns the colours along a quad, just above or below it, each mixed with
// its neighbours.
func (c *canvas) edge(q geom.Quad, v float64) (colours [edgeSamples]color.NRGBA) {
	size, origin := c.bounds(), c.pixels.Bounds().Min
	var raw [edgeSamples]color.NRGBA
	for i := range raw {
		u := (float64(i) + 0.5) / edgeSamples
		top := q[0].Add(q[1].Sub(q[0]).Mul(u))
		p := top.Add(q[3].Add(q[2].Sub(q[3]).Mul(u)).Sub(top).Mul(v))
		x, y := clamp(p.X, size.X-1), clamp(p.Y, size.Y-1)
		raw[i] = color.NRGBAModel.Convert(c.pixels.At(origin.X+x, origin.Y+y)).(color.NRGBA)
	}
	for i := range colours {
		var r, g, b, n int
		for j := max(0, i-3); j <= min(edgeSamples-1, i+3); j++ {
			r, g, b, n = r+int(raw[j].R), g+int(raw[j].G), b+int(raw[j].B), n+1
		}
		colours[i] = color.NRGBA{uint8(r / n), uint8(g / n), uint8(b / n), 255}
	}
	return colours
}

func mix(a, b color.NRGBA, k float64) color.NRGBA {
	at := func(x, y uint8) uint8 { return uint8(float64(x)*(1-k) + float64(y)*k + 0.5) }
	return color.NRGBA{at(a.R, b.R), at(a.G, b.G), at(a.B, b.B), 255}
}
