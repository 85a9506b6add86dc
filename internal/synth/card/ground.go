package card

import (
	"math"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Backgrounds are drawn once at this size, then cropped, mirrored and recoloured
// for every card.
const (
	groundW = 512
	groundH = 323
)

func newGrounds(seed uint64, n int) *Lazy {
	return NewLazy(seed, n, func(r *rand.Rand, i int) *pixel.RGB {
		im := raster.NewImage(groundW, groundH)
		drawGround(r, im, i)
		return im.RGB()
	})
}

// palette draws five related colours.
func palette(r *rand.Rand) [5]raster.Color {
	var p [5]raster.Color
	h := r.Float64()
	s := pick(r, between(r, 0, 1), between(r, .4, 1), between(r, .7, 1))
	v := pick(r, between(r, .06, .3), between(r, .35, .8), between(r, .6, 1), between(r, .85, 1), between(r, .7, 1))
	spread := pick(r, .02, .06, .15, .5)
	for i := range p {
		hi := h + between(r, -spread, spread)
		vi := min(1, max(.02, v+between(r, -.3, .3)))
		si := min(1, max(0, s+between(r, -.25, .25)))
		if v > .8 && maybe(r, .5) {
			si *= .4
		}
		p[i] = hsv(hi+1, si, vi)
	}
	p[0] = hsv(h, s, v)
	return p
}

// drawGround paints the i-th background: a base and one to three layers.
func drawGround(r *rand.Rand, im *raster.Image, i int) {
	p := palette(r)
	im.Fill(p[0])
	switch weighted(r, 25, 45, 30) {
	case 1:
		ramp(r, im, p[0], p[1])
	case 2:
		halo(r, im, p[0], p[1])
	}
	kinds := []func(*rand.Rand, *raster.Image, [5]raster.Color){
		waves, guilloche, clouds, blobs, mosaic, bands, rays, dots, bokeh, brushed, carbon, sparkle, strokes, globe, hexes, photo, photo, clouds,
	}
	kinds[i%len(kinds)](r, im, p)
	for range weighted(r, 4, 3, 2) {
		kinds[r.IntN(len(kinds))](r, im, p)
	}
	if maybe(r, .4) {
		k := float32(between(r, .005, .05))
		for j := range im.Pix {
			im.Pix[j] += k * float32(r.NormFloat64())
		}
	}
	im.Clamp(0, 1)
}

func ramp(r *rand.Rand, im *raster.Image, a, b raster.Color) {
	t := between(r, 0, 2*math.Pi)
	s, c := math.Sincos(t)
	bend := between(r, .6, 1.8)
	for y := range im.H {
		for x := range im.W {
			u := (float64(x)/float64(im.W)-.5)*c + (float64(y)/float64(im.H)-.5)*s
			u = math.Pow(min(max(u/1.2+.5, 0), 1), bend)
			im.Set(x, y, a.Mix(b, float32(u)))
		}
	}
}

func halo(r *rand.Rand, im *raster.Image, a, b raster.Color) {
	cx, cy := between(r, -.1, 1.1)*float64(im.W), between(r, -.2, 1.2)*float64(im.H)
	rad := between(r, .3, 1.1) * float64(im.W)
	e := between(r, .5, 2.5)
	for y := range im.H {
		for x := range im.W {
			u := math.Hypot(float64(x)-cx, float64(y)-cy) / rad
			im.Set(x, y, b.Mix(a, float32(math.Pow(min(u, 1), e))))
		}
	}
}

// waves are broad ribbons that flow over the card.
func waves(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	w, h := float64(im.W), float64(im.H)
	sl := between(r, -.9, .9)
	for range 1 + r.IntN(6) {
		y0, amp, per, ph := between(r, -.3, 1.2)*h, between(r, .02, .25)*h, between(r, .3, 1.6)*w, between(r, 0, 6.3)
		thick, amp2 := between(r, .02, .6)*h, between(r, .0, .2)*h
		var top, bot []geom.Point
		for x := -4.0; x <= w+4; x += 8 {
			y := y0 + amp*math.Sin(x/per*6.28+ph) + sl*(x-w/2)
			top = append(top, geom.Point{X: x, Y: y})
			bot = append(bot, geom.Point{X: x, Y: y + thick + amp2*math.Sin(x/per*5+ph*2)})
		}
		for i := len(bot) - 1; i >= 0; i-- {
			top = append(top, bot[i])
		}
		im.Polygon(top, p[1+r.IntN(4)], float32(between(r, .15, 1)))
	}
}

// guilloche is families of thin waving lines.
func guilloche(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	w, h := float64(im.W), float64(im.H)
	for range 1 + r.IntN(3) {
		n, amp, per := 4+r.IntN(28), between(r, 2, 60), between(r, 40, 500)
		dy, y0, ph, dph, sl := between(r, 2.5, 16), between(r, -.2, 1)*h, between(r, 0, 6.3), between(r, -.35, .35), between(r, -.6, .6)
		col, th, al := pick(r, p[1], p[2], raster.Gray(1), raster.Gray(0)), pick(r, .7, 1, 1, 1.6, 2.5), float32(between(r, .15, .8))
		for i := range n {
			var pts []geom.Point
			for x := -8.0; x < w+16; x += 9 {
				pts = append(pts, geom.Point{X: x, Y: y0 + float64(i)*dy + amp*math.Sin(x/per*6.283+ph+float64(i)*dph) + sl*x})
			}
			im.Stroke(pts, th, false, col, al)
		}
	}
}

// fractal is noise whose features have all sizes, about -1..1.
func fractal(r *rand.Rand, w, h int, cells ...float64) *raster.Mask {
	m := raster.NewMask(w, h)
	t := raster.NewMask(w, h)
	var sum float32
	for _, c := range cells {
		t.Noise(r, c)
		k := float32(math.Sqrt(c))
		sum += k * .35
		for i, v := range t.Pix {
			m.Pix[i] += k * (v - .5)
		}
	}
	m.Scale(1 / sum)
	return m
}

func clouds(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	c := between(r, 30, 160)
	m := fractal(r, im.W, im.H, c, c/2, c/4, c/9)
	k, gain := float32(between(r, .15, .8)), float32(between(r, .5, 3))
	for i, v := range m.Pix {
		t := min(max(v*gain*.5+.5, 0), 1) * k
		q := im.Pix[i*3 : i*3+3]
		for j := range q {
			q[j] += t * (p[1][j] - q[j])
		}
	}
}

// blobs resemble maps and stains: thresholded noise.
func blobs(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	c := between(r, 40, 130)
	m := fractal(r, im.W, im.H, c, c/2.2, c/5, c/11)
	lv, k := float32(between(r, -.2, .5)), float32(between(r, .1, .9))
	sharp := float32(between(r, 3, 25))
	grid := maybe(r, .3)
	pitch := pick(r, 4, 5, 6, 8)
	for i, v := range m.Pix {
		if grid {
			x, y := i%im.W, i/im.W
			if (x%pitch)*3 > pitch*2 || (y%pitch)*3 > pitch*2 {
				continue
			}
		}
		t := min(max((v-lv)*sharp, 0), 1) * k
		q := im.Pix[i*3 : i*3+3]
		for j := range q {
			q[j] += t * (p[2][j] - q[j])
		}
	}
}

func mosaic(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	n := pick(r, 6, 9, 14, 22)
	st := float64(im.W) / float64(n)
	rows := int(float64(im.H)/st) + 2
	grid := make([]geom.Point, (n+2)*(rows+1))
	jit := between(r, 0, .45) * st
	for j := range rows + 1 {
		for i := range n + 2 {
			grid[j*(n+2)+i] = geom.Point{X: (float64(i)-.5)*st + between(r, -jit, jit), Y: (float64(j)-.5)*st + between(r, -jit, jit)}
		}
	}
	al := float32(between(r, .2, 1))
	for j := range rows {
		for i := range n + 1 {
			a, b, c, d := grid[j*(n+2)+i], grid[j*(n+2)+i+1], grid[(j+1)*(n+2)+i+1], grid[(j+1)*(n+2)+i]
			c1, c2 := p[r.IntN(5)].Mix(p[r.IntN(5)], r.Float32()), p[r.IntN(5)].Mix(p[r.IntN(5)], r.Float32())
			im.Polygon([]geom.Point{a, b, c}, c1, al)
			im.Polygon([]geom.Point{a, c, d}, c2, al)
		}
	}
}

func bands(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	w, h := float64(im.W), float64(im.H)
	sl := between(r, -1.5, 1.5)
	for range 1 + r.IntN(7) {
		x, ww := between(r, -.2, 1.1)*w, pick(r, between(r, 2, 12), between(r, 10, 250))
		im.Polygon([]geom.Point{{X: x, Y: 0}, {X: x + ww, Y: 0}, {X: x + ww + sl*h, Y: h}, {X: x + sl*h, Y: h}}, p[r.IntN(5)], float32(between(r, .15, 1)))
	}
}

func rays(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	cx, cy := between(r, -.2, 1.2)*float64(im.W), between(r, -.3, 1.3)*float64(im.H)
	n := 5 + r.IntN(22)
	al := float32(between(r, .08, .7))
	off := between(r, 0, 6.28)
	for i := range n {
		a := off + float64(i)/float64(n)*2*math.Pi
		b := a + math.Pi/float64(n)*between(r, .3, 1.2)
		im.Polygon([]geom.Point{{X: cx, Y: cy}, {X: cx + 900*math.Cos(a), Y: cy + 900*math.Sin(a)}, {X: cx + 900*math.Cos(b), Y: cy + 900*math.Sin(b)}}, p[1+i%2], al)
	}
}

func dots(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	pitch := between(r, 5, 22)
	s, c := math.Sincos(between(r, 0, 1.57))
	col, al := p[1+r.IntN(4)], float32(between(r, .15, .9))
	fx, fy := between(r, -1, 1), between(r, -1, 1)
	for i := -60.0; i < 60; i++ {
		for j := -60.0; j < 60; j++ {
			x, y := (i*c-j*s)*pitch+float64(im.W)/2, (i*s+j*c)*pitch+float64(im.H)/2
			if x < -9 || y < -9 || x > float64(im.W)+9 || y > float64(im.H)+9 {
				continue
			}
			rad := pitch * .5 * min(max(.5+fx*(x/float64(im.W)-.5)+fy*(y/float64(im.H)-.5), .1), .95)
			im.Ellipse(x, y, rad, rad, 0, col, al)
		}
	}
}

func bokeh(r *rand.Rand, im *raster.Image, p [5]raster.Color) {
	for range 5 + r.IntN(50) {
		rad := between(r, 3, 60)
		im.Ellipse(between(r, 0, 1)*float64(im.W), between(r, 0, 1)*float64(im.H), rad, rad, 0, pick(r, p[1], p[2], p[3], raster.Gray(1)), float32(between(r, .05, .5)))
	}
	if maybe(r, .4) {
		im.Blur(between(r, .8, 3))
	}
}
