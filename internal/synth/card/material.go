package card

import (
	"math"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// brushed is metal or silk: noise drawn out along one direction.
func brushed(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	n := raster.Noise(r, 64, im.H, 1.2)
	var m raster.Mask
	n.Resize(&m, im.W, im.H, raster.Linear)
	k := float32(between(r, .05, .35))
	vert := maybe(r, .3)
	for y := range im.H {
		for x := range im.W {
			v := m.At(x, y)
			if vert {
				v = m.At(y, x*im.H/im.W)
			}
			q := im.Pix[(y*im.W+x)*3:][:3]
			f := 1 + k*(v-.5)*2
			q[0], q[1], q[2] = q[0]*f, q[1]*f, q[2]*f
		}
	}
}

// carbon is a fine weave, mostly dark.
func carbon(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	n := pick(r, 3, 4, 6, 8, 12)
	k := float32(between(r, .04, .3))
	kind := r.IntN(3)
	for y := range im.H {
		for x := range im.W {
			var f float32
			switch kind {
			case 0:
				f = float32((x/n+y/n)%2)*2 - 1
			case 1:
				f = float32((x+y)%(2*n))/float32(n) - 1
			default:
				f = float32(math.Sin(float64(x)/float64(n)*2) * math.Sin(float64(y)/float64(n)*2))
			}
			q := im.Pix[(y*im.W+x)*3:][:3]
			f *= k
			q[0], q[1], q[2] = q[0]*(1+f)+f*.1, q[1]*(1+f)+f*.1, q[2]*(1+f)+f*.1
		}
	}
}

func sparkle(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	for range 60 + r.IntN(900) {
		x, y, v := r.IntN(im.W), r.IntN(im.H), float32(between(r, .2, 1))
		im.Set(x, y, im.At(x, y).Mix(raster.Gray(1), v))
		if v > .8 && x+1 < im.W {
			im.Set(x+1, y, im.At(x+1, y).Mix(raster.Gray(1), v*.6))
		}
	}
}

// strokes are curves like those of a brush or a sketch.
func strokes(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	for range 2 + r.IntN(18) {
		x, y, a := between(r, 0, 1)*float64(im.W), between(r, 0, 1)*float64(im.H), between(r, 0, 6.28)
		turn, st := between(r, -.3, .3), between(r, 5, 18)
		var pts []geom.Point
		for range 8 + r.IntN(30) {
			pts = append(pts, geom.Point{X: x, Y: y})
			a += turn + r.NormFloat64()*.15
			x, y = x+st*math.Cos(a), y+st*math.Sin(a)
		}
		im.Stroke(pts, pick(r, 1, 1.5, 3, 7, 20), false, pick(r, p[1], p[2], p[3], p[4], raster.Gray(1)), float32(between(r, .15, 1)))
	}
}

func globe(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	cx, cy := between(r, .2, .9)*float64(im.W), between(r, .1, 1)*float64(im.H)
	rad := between(r, 50, 190)
	col := pick(r, p[1], p[2], raster.Gray(1), raster.Color{.9, .8, .4})
	if maybe(r, .7) {
		for i := range 14 {
			f := 1 - float64(i)/14
			im.Ellipse(cx-rad*.25*(1-f), cy-rad*.3*(1-f), rad*f, rad*f, 0, p[0].Mix(col, float32(1-f)), .25)
		}
	}
	if maybe(r, .7) {
		m := fractal(r, im.W, im.H, rad*.5, rad*.22, rad*.1)
		for i, v := range m.Pix {
			x, y := float64(i%im.W)-cx, float64(i/im.W)-cy
			if v > .1 && x*x+y*y < rad*rad*.97 {
				q := im.Pix[i*3 : i*3+3]
				for j := range q {
					q[j] += .6 * (col[j] - q[j])
				}
			}
		}
	}
	al := float32(between(r, .1, .8))
	for i := range 7 {
		f := math.Abs(math.Cos(float64(i) / 7 * math.Pi))
		im.Stroke(raster.EllipsePoints(cx, cy, rad*f, rad, .3), 1, true, col, al)
		y := rad * math.Sin((float64(i)/6-.5)*math.Pi)
		im.Stroke(raster.EllipsePoints(cx, cy+y, math.Sqrt(max(rad*rad-y*y, 1)), rad*.08, 0), 1, true, col, al)
	}
}

func hexes(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	s := between(r, 9, 45)
	al := float32(between(r, .2, 1))
	line := maybe(r, .4)
	skip := between(r, 0, .8)
	for j := 0; float64(j)*s*1.5 < float64(im.H)+s; j++ {
		for i := 0; float64(i)*s*1.732 < float64(im.W)+2*s; i++ {
			if r.Float64() < skip {
				continue
			}
			cx, cy := (float64(i)+.5*float64(j%2))*s*1.732, float64(j)*s*1.5
			var pts []geom.Point
			for k := range 6 {
				sn, c := math.Sincos(math.Pi/6 + float64(k)*math.Pi/3)
				pts = append(pts, geom.Point{X: cx + s*.97*c, Y: cy + s*.97*sn})
			}
			if line {
				im.Stroke(pts, 1.2, true, p[2], al)
			} else {
				im.Polygon(pts, p[1+r.IntN(4)], al)
			}
		}
	}
}

// photo imitates photographs: colours from noise of every scale, with edges, and
// a subject lit from one side.
func photo(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	q := palette(r)
	c := between(r, 60, 220)
	a := fractal(r, im.W, im.H, c, c/2, c/4, c/8, c/16, c/32)
	b := fractal(r, im.W, im.H, c*.7, c/3, c/7, c/14)
	hard := float32(between(r, .8, 6))
	al := float32(between(r, .5, 1))
	for i := range a.Pix {
		u, v := a.Pix[i]*hard, b.Pix[i]*hard
		if u > 1 || u < -1 {
			u = u / (.5 + .5*max(u, -u))
		}
		l := min(max(.5+.35*u, 0), 1)
		m := min(max(.5+.4*v, 0), 1)
		col := p[1].Mix(q[1], l).Mix(p[3].Mix(q[3], l), m).Scale(.5 + .8*l)
		o := im.Pix[i*3 : i*3+3]
		for j := range o {
			o[j] += al * (col[j] - o[j])
		}
	}
	for range r.IntN(7) { // objects in the image
		x, y := between(r, 0, 1)*float64(im.W), between(r, 0, 1)*float64(im.H)
		var pts []geom.Point
		rad, e := between(r, 20, 130), between(r, .1, .5)
		n := 7 + r.IntN(9)
		for k := range n {
			sn, cs := math.Sincos(float64(k) / float64(n) * 2 * math.Pi)
			f := rad * (1 + between(r, -e, e))
			pts = append(pts, geom.Point{X: x + f*cs, Y: y + f*sn*.8})
		}
		im.Polygon(smooth(pts), q[r.IntN(5)], float32(between(r, .2, .9)))
	}
	if maybe(r, .3) {
		im.Blur(between(r, .6, 2.5))
	}
}

// smooth rounds a closed outline (two steps of Chaikin's corner cutting).
func smooth(p []geom.Point) []geom.Point {
	for range 2 {
		o := make([]geom.Point, 0, 2*len(p))
		for i, a := range p {
			b := p[(i+1)%len(p)]
			o = append(o, a.Mul(.75).Add(b.Mul(.25)), a.Mul(.25).Add(b.Mul(.75)))
		}
		p = o
	}
	return p
}
