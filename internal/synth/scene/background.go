package scene

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/raster"
)

// background fills the image with the surroundings behind a card held up in the
// hand: out of focus, large and soft, with a few lights.
func (d *Composer) background(im *raster.Image, unit float64) {
	r := d.r
	top, low := tone(r), tone(r)
	for y := range im.H {
		c := top.Mix(low, float32(y)/float32(im.H))
		for x := range im.W {
			im.Set(x, y, c)
		}
	}
	w, h := float64(im.W), float64(im.H)
	for range 4 + r.IntN(8) {
		x, y := between(r, -.1, 1.1)*w, between(r, -.1, 1.1)*h
		a, b, turn := between(r, 30, 320)*unit, between(r, 30, 220)*unit, between(r, 0, 3.14)
		shape := raster.EllipsePoints(x, y, a, b, turn)
		if maybe(r, .5) {
			s, c := math.Sincos(pick(r, 0, r.NormFloat64()*.1, turn))
			shape = shape[:0]
			for _, p := range raster.RoundRectPoints(-a/2, -b/2, a, b, min(a, b)*between(r, .02, .3)) {
				shape = append(shape, geom.Point{X: x + p.X*c - p.Y*s, Y: y + p.X*s + p.Y*c})
			}
		}
		d.soft(im, shape, between(r, 3, 26)*unit, tone(r), float32(between(r, .5, 1)))
	}
	for range pick(r, 0, 0, 0, 3, 7) {
		rad := between(r, 6, 28) * unit
		d.soft(im, raster.EllipsePoints(r.Float64()*w, r.Float64()*h, rad, rad, 0), max(1, 1.5*unit), raster.Gray(1), float32(between(r, .1, .5)))
	}
}

// skin draws the colour of a hand.
func (d *Composer) skin() raster.Color {
	r := d.r
	return pick(r, raster.Color{.93, .76, .65}, raster.Color{.85, .64, .5}, raster.Color{.65, .45, .33}, raster.Color{.4, .27, .2}, raster.Color{.97, .83, .74}).Scale(float32(between(r, .8, 1.05)))
}

// palm draws the parts of the holding hand behind the card: a palm from one
// side, and fingers that show beyond the edge.
func (d *Composer) palm(im *raster.Image, c *card.Card, h geom.Homography, skin raster.Color) {
	r := d.r
	scale := math.Sqrt(math.Abs(h.Quad(geom.RectQuad(0, 0, c.W, c.H)).Area()) / (c.W * c.H))
	sigma := max(1, between(r, .2, 2.5)*scale)
	angle := between(r, 0, 2*math.Pi)
	sn, cs := math.Sincos(angle)
	x0, y0 := c.W/2+cs*between(r, 20, 55), c.H/2+sn*between(r, 15, 45)
	at := func(u, v float64) geom.Point { return h.Apply(geom.Point{X: x0 + u*cs - v*sn, Y: y0 + u*sn + v*cs}) }
	limb := func(u0, u1, v, wide, thin float64) []geom.Point {
		pts := []geom.Point{at(u1, v-wide/2), at(u0, v-thin/2)}
		for k := 1; k < 8; k++ {
			s, c := math.Sincos(math.Pi * float64(k) / 8)
			pts = append(pts, at(u0-thin/2*s, v-thin/2*c))
		}
		return append(pts, at(u0, v+thin/2), at(u1, v+wide/2))
	}
	wide := between(r, 55, 85)
	d.soft(im, limb(0, 400, 0, wide*.8, wide), sigma, skin.Scale(float32(between(r, .75, 1))), 1)
	for i := range 2 + r.IntN(3) {
		w := between(r, 13, 18)
		v := (float64(i)-1.5)*w*1.1 + between(r, -4, 4)
		finger := limb(-between(r, 30, 95), 10, v, w*1.15, w)
		d.soft(im, finger, sigma, skin.Scale(.7), .9)
		d.soft(im, shift(finger, -.6*scale, -.8*scale), sigma, skin.Scale(float32(between(r, .85, 1.05))), .9)
	}
}
