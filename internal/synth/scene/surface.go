package scene

import (
	"math"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// A surface is drawn once, large, and put under many cards, rotated, scaled and
// tinted.
const surfaceW, surfaceH = 384, 384

func between(r *rand.Rand, a, b float64) float64 { return a + (b-a)*r.Float64() }

func maybe(r *rand.Rand, p float64) bool { return r.Float64() < p }

func pick[T any](r *rand.Rand, v ...T) T { return v[r.IntN(len(v))] }

func newSurfaces(seed uint64, lib *glyph.Library, n int) *card.Lazy {
	kinds := []func(*rand.Rand, *raster.Image){
		wood, wood, wood, marble, cloth, cloth, leather, keys, tiles, carpet, litter, litter, plain,
		func(r *rand.Rand, im *raster.Image) { paper(r, im, lib, glyph.NewSetter()) },
		func(r *rand.Rand, im *raster.Image) { paper(r, im, lib, glyph.NewSetter()) },
	}
	return card.NewLazy(seed, n, func(r *rand.Rand, i int) *pixel.RGB {
		im := raster.NewImage(surfaceW, surfaceH)
		kinds[i%len(kinds)](r, im)
		if maybe(r, .2) {
			litterOn(r, im, 1+r.IntN(5))
		}
		return im.RGB()
	})
}

// tone draws the colour of a common material: grey, brown, white, some vivid.
func tone(r *rand.Rand) raster.Color {
	v := float32(between(r, .08, .97))
	switch r.IntN(6) {
	case 0, 1:
		w := float32(between(r, -.03, .06))
		return raster.Color{v + w, v, v - w}
	case 2, 3:
		return raster.Color{v, v * float32(between(r, .7, .92)), v * float32(between(r, .4, .8))}
	case 4:
		return raster.Color{v * .9, v * .95, v}
	}
	return raster.Color{r.Float32(), r.Float32(), r.Float32()}
}

func octaves(r *rand.Rand, w, h int, cells ...float64) *raster.Mask {
	m, t := raster.NewMask(w, h), raster.NewMask(w, h)
	for _, c := range cells {
		t.Noise(r, c)
		k := float32(math.Sqrt(c / cells[0]))
		for i, v := range t.Pix {
			m.Pix[i] += k * (v - .5)
		}
	}
	return m
}

func shade(im *raster.Image, c raster.Color, m *raster.Mask, k float32) {
	for i, v := range m.Pix {
		f := 1 + k*v
		im.Pix[i*3], im.Pix[i*3+1], im.Pix[i*3+2] = c[0]*f, c[1]*f, c[2]*f
	}
}

func plain(r *rand.Rand, im *raster.Image) {
	shade(im, tone(r), octaves(r, im.W, im.H, 200, 90, 3), float32(between(r, .02, .2)))
}

// wood has rings cut lengthwise, and boards.
func wood(r *rand.Rand, im *raster.Image) {
	c := pick(r, raster.Color{.85, .72, .52}, raster.Color{.7, .5, .3}, raster.Color{.45, .28, .16}, raster.Color{.92, .84, .7}, raster.Color{.3, .2, .14}).Scale(float32(between(r, .7, 1.1)))
	n := octaves(r, im.W, im.H, 150, 60)
	fine := raster.Noise(r, im.W/8, im.H, 1.5)
	per, k, bend := between(r, 6, 40), float32(between(r, .03, .22)), between(r, 10, 60)
	boards := pick(r, 0, 0, 1, 2, 4)
	for y := range im.H {
		for x := range im.W {
			u := float64(y) + bend*float64(n.At(x, y)) + .05*float64(x)
			t := math.Sin(u / per * 2 * math.Pi)
			f := 1 + k*float32(t*math.Abs(t)) + .12*(fine.At(x/8, y)-.5)
			if boards > 0 {
				w := im.H / (boards + 1)
				if y%w < 2 {
					f *= .6
				}
				f *= 1 + .06*float32((y/w*7)%3-1)
			}
			im.Set(x, y, c.Scale(f))
		}
	}
}

func marble(r *rand.Rand, im *raster.Image) {
	c, d := tone(r), tone(r)
	n := octaves(r, im.W, im.H, 120, 60, 30, 15, 7)
	sharp := float32(between(r, 3, 14))
	for i, v := range n.Pix {
		t := 1 - min(max(v, -v)*sharp, 1)
		m := c.Scale(1+.2*v).Mix(d, t*.7)
		copy(im.Pix[i*3:], m[:])
	}
}

func cloth(r *rand.Rand, im *raster.Image) {
	c, d := tone(r), tone(r)
	n := octaves(r, im.W, im.H, 90, 3)
	p, q := between(r, 2.2, 9), between(r, 2.2, 9)
	k := float32(between(r, .03, .25))
	check := maybe(r, .3)
	s := between(r, 20, 70)
	for y := range im.H {
		for x := range im.W {
			f := 1 + k*float32(math.Sin(float64(x)/p*6.28)*math.Sin(float64(y)/q*6.28)) + .3*n.At(x, y)
			m := c
			if check {
				var t float32
				if math.Mod(float64(x), s) < s/2 {
					t += .4
				}
				if math.Mod(float64(y), s) < s/2 {
					t += .4
				}
				m = c.Mix(d, t)
			}
			im.Set(x, y, m.Scale(f))
		}
	}
}

func leather(r *rand.Rand, im *raster.Image) {
	shade(im, tone(r), octaves(r, im.W, im.H, 9, 5, 3), float32(between(r, .1, .6)))
}

func carpet(r *rand.Rand, im *raster.Image) {
	c := tone(r)
	d := tone(r)
	n := octaves(r, im.W, im.H, 5, 2)
	b := octaves(r, im.W, im.H, 80, 40)
	for i := range n.Pix {
		m := c.Mix(d, min(max(.5+n.Pix[i]*1.6+b.Pix[i], 0), 1))
		copy(im.Pix[i*3:], m[:])
	}
}

func tiles(r *rand.Rand, im *raster.Image) {
	c, gap := tone(r), tone(r)
	s, g := between(r, 30, 130), between(r, 1, 4)
	n := octaves(r, im.W, im.H, 60, 8)
	brick := maybe(r, .4)
	for y := range im.H {
		for x := range im.W {
			xx := float64(x)
			row := int(float64(y) / (s * .6))
			if brick {
				xx += float64(row%2) * s / 2
			}
			if math.Mod(xx, s) < g || math.Mod(float64(y), s*.6) < g {
				im.Set(x, y, gap)
			} else {
				im.Set(x, y, c.Scale(1+.3*n.At(x, y)+.05*float32((int(xx/s)*5+row*3)%4-2)))
			}
		}
	}
}

// keys is a keyboard, or any grid of buttons.
func keys(r *rand.Rand, im *raster.Image) {
	bg, key := tone(r), tone(r)
	im.Fill(bg)
	s, gap := between(r, 22, 48), between(r, 2, 7)
	for j := 0; float64(j)*s < float64(im.H); j++ {
		for i := -1; float64(i)*s < float64(im.W); i++ {
			x, y := float64(i)*s+float64(j%3)*s*.3, float64(j)*s
			im.RoundRect(x, y, s-gap, s-gap, 3, key.Scale(float32(between(r, .9, 1.05))), 1)
			if maybe(r, .8) {
				im.RoundRect(x+s*.3, y+s*.25, s*.2, s*.2, 0, bg.Mix(raster.Gray(1), .4), .8)
			}
		}
	}
}

// paper is a printed sheet: lines of text, rules, boxes, pictures.
func paper(r *rand.Rand, im *raster.Image, lib *glyph.Library, set *glyph.Setter) {
	im.Fill(raster.Color{1, .99, .96}.Scale(float32(between(r, .75, 1))))
	ink := tone(r).Scale(.35)
	y := between(r, 0, 20)
	for y < float64(im.H) {
		size := pick(r, 6, 8, 9, 11, 14, 22.)
		x := between(r, 5, 40)
		for x < float64(im.W) && !maybe(r, .08) {
			var s string
			if maybe(r, .25) {
				s = number.Short(r, 3+r.IntN(12)).Digits
			} else {
				s = number.Words(r)
			}
			m := set.Mask(lib.PickText(r, s), s, size)
			if m == nil {
				continue
			}
			im.Blend(m, int(x), int(y), ink, .9)
			x += float64(m.W) + size*.6
		}
		y += size * between(r, 1.2, 2.4)
		if maybe(r, .12) {
			im.Stroke([]geom.Point{{X: 0, Y: y - 2}, {X: float64(im.W), Y: y - 2}}, between(r, .6, 2), false, ink, .8)
		}
		if maybe(r, .06) {
			h := between(r, 20, 80)
			im.RoundRect(between(r, 0, 200), y, between(r, 40, 180), h, 0, tone(r), 1)
			y += h + 5
		}
	}
}

// litter is a desk full of objects, or a blurred room.
func litter(r *rand.Rand, im *raster.Image) {
	plain(r, im)
	litterOn(r, im, 6+r.IntN(20))
	if maybe(r, .6) {
		im.Blur(between(r, 1, 8))
	}
}

func litterOn(r *rand.Rand, im *raster.Image, n int) {
	for range n {
		x, y, s := between(r, 0, 1)*float64(im.W), between(r, 0, 1)*float64(im.H), between(r, 8, 110)
		c := tone(r)
		switch r.IntN(4) {
		case 0:
			im.Ellipse(x, y, s*.6, s*between(r, .3, .7), between(r, 0, 3), c, 1)
			im.Stroke(raster.EllipsePoints(x, y, s*.45, s*.4, 0), between(r, 1, 5), true, c.Scale(.7), 1)
		case 1:
			sn, cs := math.Sincos(between(r, 0, 3.14))
			im.Stroke([]geom.Point{{X: x - s*cs*2, Y: y - s*sn*2}, {X: x + s*cs*2, Y: y + s*sn*2}}, between(r, 2, 14), false, c, 1)
		default:
			sn, cs := math.Sincos(between(r, 0, 3.14))
			var q []geom.Point
			for _, p := range raster.RoundRectPoints(-s, -s*.7, 2*s, between(r, .5, 1.6)*s, between(r, 0, 8)) {
				q = append(q, geom.Point{X: x + p.X*cs - p.Y*sn, Y: y + p.X*sn + p.Y*cs})
			}
			im.Polygon(q, c, 1)
			im.Stroke(q, 1, true, c.Scale(.6), .7)
		}
	}
}
