package line

import (
	"math"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// softNoise mixes in a colour by smooth noise.
func (g *grounds) softNoise(rng *rand.Rand, c raster.Color, cell float64, k float32) {
	g.m.Reset(groundW, groundH)
	g.m.Noise(rng, cell)
	g.im.Blend(&g.m, 0, 0, c, k)
}

// photo draws a texture like a photograph: 1/f noise through the palette, soft or
// with hard edges like those of foliage, clouds and rock.
func (g *grounds) photo(rng *rand.Rand, p palette) {
	w, h := groundW, groundH
	f := make([]float32, w*h)
	var m raster.Mask
	m.Reset(w, h)
	rough := raster.Uniform(rng, .6, 1.1)
	for _, cell := range []float64{4, 8, 16, 32, 64, 128} {
		m.Noise(rng, cell)
		k := float32(math.Pow(cell, rough))
		for i, v := range m.Pix {
			f[i] += k * (v - .5)
		}
	}
	var ss float64
	for _, v := range f {
		ss += float64(v) * float64(v)
	}
	inv := float32(1 / (math.Sqrt(ss/float64(len(f))) + 1e-6))
	hard := float32(0)
	if raster.Chance(rng, .5) {
		hard = raster.Uniform32(rng, 1, 6)
	}
	span := raster.Uniform32(rng, .12, .45)
	alpha := raster.Uniform32(rng, .3, 1)
	for i, v := range f {
		v *= inv
		if hard > 0 {
			v = float32(math.Tanh(float64(v * hard)))
		}
		c := p.ramp(.5 + v*span)
		q := g.im.Pix[i*3 : i*3+3]
		for k := range q {
			q[k] += alpha * (c[k] - q[k])
		}
	}
}

// scenery draws a row of buildings, or a map of dots.
func (g *grounds) scenery(rng *rand.Rand, p palette) {
	im := &g.im
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	if raster.Chance(rng, .5) {
		c := p.pick(rng)
		y := u(30, groundH)
		for x := u(-20, 100); x < groundW; {
			w, h := u(8, 50), u(10, 90)
			im.RoundRect(x, y-h, w, h+groundH, 0, c.Scale(raster.Uniform32(rng, .85, 1.15)), 1)
			win := p.pick(rng)
			if raster.Chance(rng, .6) {
				for wy := y - h + 4; wy < y-4; wy += 8 {
					for wx := x + 3; wx < x+w-4; wx += 7 {
						im.RoundRect(wx, wy, 3, 4, 0, win, .8)
					}
				}
			}
			x += w * u(.8, 1.3)
		}
		return
	}
	g.m.Reset(groundW, groundH)
	g.m.Noise(rng, u(20, 60))
	step, r, c := u(4, 9), u(.9, 2), p.pick(rng)
	for y := 0.0; y < groundH; y += step {
		for x := 0.0; x < groundW; x += step {
			if g.m.At(int(x), int(y)) > .55 {
				im.RoundRect(x-r, y-r, 2*r, 2*r, r, c, .8)
			}
		}
	}
}

// guilloche draws families of shifted waves, as in security print.
func guilloche(rng *rand.Rand, im *raster.Image, p palette) {
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	for range 1 + rng.IntN(3) {
		n, amp, per, th := 3+rng.IntN(22), u(2, 55), u(30, 500), raster.Pick(rng, .8, 1, 1, 1.3, 2, 3)
		dy, y0, ph, dph, sl := u(3, 20), u(-50, groundH), u(0, 6.3), u(-.4, .4), u(-.6, .6)
		c, al := p.pick(rng), float32(u(.25, 1))
		for i := range n {
			var pts []geom.Point
			for x := 0.0; x <= groundW; x += 10 {
				pts = append(pts, geom.Point{X: x, Y: y0 + float64(i)*dy + amp*math.Sin(x/per*2*math.Pi+ph+float64(i)*dph) + sl*x})
			}
			im.Stroke(pts, th, false, c, al)
		}
	}
}

// hatch draws a fine wave pattern: lines or dots.
func hatch(rng *rand.Rand, im *raster.Image) {
	p, a, k := raster.Uniform(rng, 3, 14), raster.Uniform(rng, 0, math.Pi), raster.Uniform32(rng, .02, .12)
	dots := raster.Chance(rng, .5)
	s, c := math.Sincos(a)
	tint := raster.Color{1, 1, 1}
	if raster.Chance(rng, .4) {
		tint = raster.Color{rng.Float32(), rng.Float32(), rng.Float32()}
	}
	var lut [256]float32
	for i := range lut {
		lut[i] = float32(math.Sin(float64(i) / 256 * 2 * math.Pi))
	}
	at := func(t float64) float32 { return lut[int((t/p+1e4)*256)&255] }
	for y := range im.H {
		for x := range im.W {
			v := at(float64(x)*c + float64(y)*s)
			if dots {
				v *= at(float64(y)*c - float64(x)*s)
			}
			q := im.Pix[(y*im.W+x)*3:]
			q[0] += k * v * tint[0]
			q[1] += k * v * tint[1]
			q[2] += k * v * tint[2]
		}
	}
}

// fine adds grain and the glitter of metallic ink.
func (g *grounds) fine(rng *rand.Rand) {
	m := &g.m
	if raster.Chance(rng, .5) {
		m.Reset(groundW, groundH)
		for i := range m.Pix {
			m.Pix[i] = rng.Float32() + rng.Float32() - 1
		}
		m.Blur(raster.Uniform(rng, .4, 1.5))
		k := raster.Uniform32(rng, .02, .16)
		for i, v := range m.Pix {
			q := g.im.Pix[i*3 : i*3+3]
			q[0], q[1], q[2] = q[0]+k*v, q[1]+k*v, q[2]+k*v
		}
	}
	if raster.Chance(rng, .15) {
		m.Reset(groundW, groundH)
		m.Clear()
		for range groundW * groundH / 70 {
			m.Pix[rng.IntN(len(m.Pix))] = 1
		}
		m.Blur(.7)
		g.im.Blend(m, 0, 0, raster.Gray(1.3), raster.Uniform32(rng, .3, 1.8))
	}
}

// collage draws the strokes of an illustration: many tapered, curved ones like
// hair, petals and folds of cloth, in flat colours, some with an outline.
func collage(rng *rand.Rand, im *raster.Image, p palette) {
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	rim := p.pick(rng).Scale(.3)
	outline := raster.Chance(rng, .5)
	cx, cy := u(0, groundW), u(0, groundH)
	for range 15 + rng.IntN(60) {
		x, y := cx+rng.NormFloat64()*180, cy+rng.NormFloat64()*70
		a, turn, n := u(0, 2*math.Pi), rng.NormFloat64()*.25, 6+rng.IntN(10)
		step, broad := u(3, 14), u(2, 18)
		var l, r []geom.Point
		for i := range n {
			t := float64(i) / float64(n-1)
			h := broad * math.Sin(math.Pi*(.15+.85*t)) / 2
			s, c := math.Sincos(a)
			l = append(l, geom.Point{X: x - s*h, Y: y + c*h})
			r = append(r, geom.Point{X: x + s*h, Y: y - c*h})
			x, y, a = x+c*step, y+s*step, a+turn
		}
		for i := len(r) - 1; i >= 0; i-- {
			l = append(l, r[i])
		}
		c := p.pick(rng)
		if raster.Chance(rng, .15) {
			c = raster.Color{rng.Float32(), rng.Float32(), rng.Float32()}
		}
		im.Polygon(l, c, float32(u(.7, 1)))
		if outline {
			im.Stroke(l, u(.8, 2), true, rim, 1)
		}
	}
}
