package cover

import (
	"math"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// HSV returns the colour of a hue in 0..1, a saturation and a value.
func HSV(h, s, v float64) raster.Color {
	f := func(n float64) float32 {
		k := math.Mod(n+h*6, 6)
		return float32(v - v*s*max(0, min(k, 4-k, 1)))
	}
	return raster.Color{f(5), f(3), f(1)}
}

// Blob draws a cartoon-like figure: a wobbly outline, filled, with eyes.
func Blob(rng *rand.Rand, im *raster.Image, x, y, r float64, fill, rim raster.Color, width float64) {
	var pts []geom.Point
	p1, p2, a1, a2 := rng.Float64()*6, rng.Float64()*6, raster.Uniform(rng, 0, .35), raster.Uniform(rng, 0, .2)
	for i := range 40 {
		t := float64(i) / 40 * 2 * math.Pi
		q := r * (1 + a1*math.Sin(2*t+p1) + a2*math.Sin(5*t+p2))
		pts = append(pts, geom.Point{X: x + q*math.Cos(t), Y: y + q*math.Sin(t)})
	}
	im.Polygon(pts, fill, 1)
	if raster.Chance(rng, .7) {
		im.Stroke(pts, width, true, rim, 1)
	}
	if raster.Chance(rng, .5) {
		e := r * raster.Uniform(rng, .1, .3)
		for _, s := range []float64{-1, 1} {
			im.Ellipse(x+s*r*.35, y-r*.2, e, e*1.2, 0, raster.Gray(.95), 1)
			im.Ellipse(x+s*r*.35, y-r*.15, e*.5, e*.6, 0, raster.Gray(.05), 1)
		}
		im.Stroke(raster.ArcPoints(x, y+r*.1, r*.4, r*.35, 0, .3, math.Pi-.3), width, false, rim, 1)
	}
}

// Figure draws a head with ears, a face, and sometimes a body and arms.
func Figure(rng *rand.Rand, im *raster.Image, x, y, r, line float64) {
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	ink := raster.Gray(float32(u(0, .25)))
	col := func() raster.Color {
		if raster.Chance(rng, .5) {
			return raster.Gray(float32(u(.85, 1)))
		}
		return HSV(rng.Float64(), u(.2, 1), u(.5, 1))
	}
	skin := col()
	disc := func(cx, cy, rx, ry, a float64, c raster.Color) {
		im.Ellipse(cx, cy, rx, ry, a, c, 1)
		im.Stroke(raster.EllipsePoints(cx, cy, rx, ry, a), line, true, ink, 1)
	}
	if raster.Chance(rng, .5) {
		disc(x, y+1.5*r, .8*r, r*u(.7, 1.1), 0, col())
		for _, s := range []float64{-1, 1} {
			a := u(-.5, 1)
			im.Stroke([]geom.Point{{X: x + s*.7*r, Y: y + 1.1*r}, {X: x + s*1.5*r, Y: y + (1.1+a)*r}}, line*u(1, 3), false, ink, 1)
		}
	}
	ear := rng.IntN(4)
	for _, s := range []float64{-1, 1} {
		switch ear {
		case 0: // round
			disc(x+s*.75*r, y-.75*r, .4*r, .4*r, 0, skin)
		case 1: // long
			disc(x+s*.4*r, y-1.3*r, .22*r, .7*r, s*.2, skin)
		case 2: // pointed
			t := []geom.Point{{X: x + s*.9*r, Y: y - .4*r}, {X: x + s*.8*r, Y: y - 1.4*r}, {X: x + s*.25*r, Y: y - .85*r}}
			im.Polygon(t, skin, 1)
			im.Stroke(t, line, true, ink, 1)
		}
	}
	disc(x, y, r, r*u(.8, 1.05), 0, skin)
	e := u(.08, .26) * r
	for _, s := range []float64{-1, 1} {
		if raster.Chance(rng, .5) {
			disc(x+s*.38*r, y-.15*r, e, e*1.3, 0, raster.Gray(.97))
		}
		im.Ellipse(x+s*.38*r, y-.12*r, e*.6, e*.8, 0, ink, 1)
	}
	if raster.Chance(rng, .5) {
		im.Ellipse(x, y+.15*r, .16*r, .1*r, 0, HSV(rng.Float64(), .7, .6), 1)
	}
	im.Stroke(raster.ArcPoints(x, y+.2*r, u(.2, .6)*r, u(.1, .5)*r, 0, .2, math.Pi-.2), line, false, ink, 1)
}
