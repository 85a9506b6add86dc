package line

import (
	"math"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/cover"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

const (
	groundW, groundH = 640, 128
	groundN          = 160
	refresh          = 80 // lines between two new grounds
)

// grounds is a bank of card surfaces that lines are drawn on. Each line gets a
// piece, mirrored and recoloured. The bank is renewed one ground at a time,
// because drawing one takes longer than a line.
type grounds struct {
	list []*pixel.RGB
	next int
	set  *glyph.Setter
	lib  *glyph.Library
	im   raster.Image
	m    raster.Mask
	row  []float32
}

func newGrounds(rng *rand.Rand, set *glyph.Setter, lib *glyph.Library, n int) *grounds {
	g := &grounds{set: set, lib: lib}
	for range n {
		g.list = append(g.list, &pixel.RGB{})
	}
	for range n {
		g.renew(rng)
	}
	return g
}

// renew replaces one ground of the bank.
func (g *grounds) renew(rng *rand.Rand) {
	g.paint(rng)
	g.im.ToRGB(g.list[g.next])
	g.next = (g.next + 1) % len(g.list)
}

// cut fills dst with a recoloured piece of a random ground.
func (g *grounds) cut(rng *rand.Rand, dst *raster.Image) {
	b := g.list[rng.IntN(len(g.list))]
	w, h := float64(dst.W), float64(dst.H)
	k := raster.Uniform(rng, .75, 1)
	if w*k > float64(b.W) {
		k = float64(b.W) / w
	}
	sw, sh := w*k, h*k
	if raster.Chance(rng, .3) { // artwork seen larger
		z := raster.Uniform(rng, .3, 1)
		sw, sh = sw*z, sh*z
	}
	if raster.Chance(rng, .2) { // and finer
		sw, sh = min(float64(b.W), sw*1.8), min(float64(b.H), sh*1.8)
	}
	x0, y0 := rng.Float64()*(float64(b.W)-sw), rng.Float64()*(float64(b.H)-sh)
	dx, dy := sw/w, sh/h
	if raster.Chance(rng, .5) {
		x0, dx = x0+sw, -dx
	}
	if raster.Chance(rng, .5) {
		y0, dy = y0+sh, -dy
	}
	gain, off := [3]float32{1, 1, 1}, [3]float32{}
	perm := [3]int{0, 1, 2}
	if raster.Chance(rng, .5) {
		rng.Shuffle(3, func(i, j int) { perm[i], perm[j] = perm[j], perm[i] })
	}
	inv := raster.Chance(rng, .25)
	flat := float32(1)
	if raster.Chance(rng, .4) {
		flat = raster.Uniform32(rng, .1, .8)
	}
	mid := b.Pix[(b.H/2*b.W+int(x0+dx*w/2)%b.W)*3:]
	for c := range gain {
		m := float32(mid[perm[c]]) / 255
		if inv {
			gain[c], off[c], m = -1, 1, 1-m
		}
		gain[c] *= flat
		off[c] = off[c]*flat + m*(1-flat)
		gain[c] /= 255
	}
	g.sample(b, dst, x0, y0, dx, dy, perm, gain, off)
}

func (g *grounds) sample(b *pixel.RGB, dst *raster.Image, x0, y0, dx, dy float64, perm [3]int, gain, off [3]float32) {
	n := b.W * 3
	if cap(g.row) < n {
		g.row = make([]float32, n)
	}
	row := g.row[:n]
	var lut [3][256]float32 // relief needs room to be darker and lighter
	for k := range lut {
		for i := range lut[k] {
			lut[k][i] = min(max(float32(i)*gain[k]+off[k], .03), .94)
		}
	}
	p0, p1, p2 := perm[0], perm[1], perm[2]
	xa := max(0, int(min(x0, x0+dx*float64(dst.W)))-2)
	xb := min(b.W, int(max(x0, x0+dx*float64(dst.W)))+3)
	for y := range dst.H {
		sy := min(max(y0+dy*(float64(y)+.5)-.5, 0), float64(b.H)-1.001)
		j := int(sy)
		v := float32(sy - float64(j))
		a, c := b.Pix[j*n+xa*3:j*n+xb*3], b.Pix[(j+1)*n+xa*3:(j+1)*n+xb*3]
		part := row[xa*3 : xb*3]
		c = c[:len(a)]
		for i := 0; i+2 < len(part); i += 3 {
			e, f := a[i:i+3:i+3], c[i:i+3:i+3]
			q := part[i : i+3 : i+3]
			r0, r1, r2 := lut[0][e[p0]], lut[1][e[p1]], lut[2][e[p2]]
			q[0] = r0 + (lut[0][f[p0]]-r0)*v
			q[1] = r1 + (lut[1][f[p1]]-r1)*v
			q[2] = r2 + (lut[2][f[p2]]-r2)*v
		}
		out := dst.Pix[y*dst.W*3 : (y+1)*dst.W*3]
		sx := x0 + dx*.5 - .5
		top := float64(b.W) - 1.001
		for x := 0; x < len(out); x += 3 {
			s := sx
			if s < 0 {
				s = 0
			} else if s > top {
				s = top
			}
			i := int(s)
			u := float32(s - float64(i))
			p := row[i*3 : i*3+6 : i*3+6]
			o := out[x : x+3 : x+3]
			o[0], o[1], o[2] = p[0]+(p[3]-p[0])*u, p[1]+(p[4]-p[1])*u, p[2]+(p[5]-p[2])*u
			sx += dx
		}
	}
}

// palette has the few colours of one card's artwork.
type palette []raster.Color

func newPalette(rng *rand.Rand) palette {
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	base := u(.05, .3)
	switch rng.IntN(3) {
	case 1:
		base = u(.25, .6)
	case 2:
		base = u(.55, .95)
	}
	hue, sat := u(0, 1), u(0, 1)
	if raster.Chance(rng, .3) {
		sat *= .2
	} else if raster.Chance(rng, .5) {
		sat = u(.6, 1)
	}
	p := palette{imprint.Tone(cover.HSV(hue, sat, .8), float32(base))}
	for range 1 + rng.IntN(5) {
		h := hue + rng.NormFloat64()*.08
		if raster.Chance(rng, .4) {
			h = u(0, 1)
		}
		c := cover.HSV(h-math.Floor(h), min(1, sat*u(.4, 1.4)), 1)
		p = append(p, imprint.Tone(c, float32(u(.03, .97))))
	}
	return p
}

func (p palette) pick(rng *rand.Rand) raster.Color { return p[rng.IntN(len(p))] }

// ramp returns the colour at t of the palette as a gradient, t in 0..1.
func (p palette) ramp(t float32) raster.Color {
	s := min(max(t, 0), .9999) * float32(len(p)-1)
	i := int(s)
	return p[i].Mix(p[min(i+1, len(p)-1)], s-float32(i))
}

// paint draws one card surface.
func (g *grounds) paint(rng *rand.Rand) {
	im := &g.im
	im.Reset(groundW, groundH)
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	p := newPalette(rng)
	if len(p) < 2 {
		p = append(p, raster.Gray(.5))
	}
	im.Fill(p[0])
	if raster.Chance(rng, .8) {
		gradient(im, p[0], p.pick(rng), u(0, 2*math.Pi), float32(u(.1, .9)))
	}
	if raster.Chance(rng, .55) {
		for range 1 + rng.IntN(3) {
			g.softNoise(rng, p.pick(rng), raster.Pick(rng, 12., 25, 50, 100, 180), float32(u(.05, .7)))
		}
	}
	if raster.Chance(rng, .28) {
		g.photo(rng, p)
	}
	if raster.Chance(rng, .5) {
		for range 1 + rng.IntN(7) {
			shape(rng, im, p)
		}
	}
	if raster.Chance(rng, .14) {
		g.scenery(rng, p)
	}
	if raster.Chance(rng, .18) {
		collage(rng, im, p)
	}
	if raster.Chance(rng, .16) {
		for range 1 + rng.IntN(5) {
			cover.Blob(rng, im, u(0, groundW), u(0, groundH), u(12, 90), p.pick(rng), p.pick(rng), u(1, 4))
		}
	}
	if raster.Chance(rng, .4) {
		guilloche(rng, im, p)
	}
	if raster.Chance(rng, .25) {
		hatch(rng, im)
	}
	if raster.Chance(rng, .2) {
		t := number.Words(rng)
		if m := g.set.Mask(g.lib.PickText(rng, t), t, raster.Pick(rng, 30., 45, 60, 90)); m != nil {
			im.Blend(m, rng.IntN(groundW)-m.W/2, rng.IntN(groundH)-m.H/2, p.pick(rng), float32(u(.2, 1)))
		}
	}
	g.fine(rng)
	im.Clamp(0, 1)
}

func gradient(im *raster.Image, a, b raster.Color, angle float64, k float32) {
	s, c := math.Sincos(angle)
	for y := range im.H {
		for x := range im.W {
			t := float32((float64(x)/float64(im.W)-.5)*c+(float64(y)/float64(im.H)-.5)*s) + .5
			im.Set(x, y, a.Mix(b, k*min(max(t, 0), 1)))
		}
	}
}

func shape(rng *rand.Rand, im *raster.Image, p palette) {
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	c := p.pick(rng)
	if raster.Chance(rng, .2) {
		c = raster.Color{rng.Float32(), rng.Float32(), rng.Float32()}
	}
	al := float32(raster.Pick(rng, 1, 1, u(.2, .8)))
	t := rng.Float64()
	switch {
	case t < .3:
		x, y, rx, ry, a := u(-50, groundW+50), u(-50, groundH+50), u(10, 220), u(8, 130), u(0, math.Pi)
		if raster.Chance(rng, .35) {
			im.Stroke(raster.EllipsePoints(x, y, rx, ry, a), u(1, 12), true, c, al)
			return
		}
		im.Ellipse(x, y, rx, ry, a, c, al)
	case t < .5:
		var pts []geom.Point
		for range 3 + rng.IntN(4) {
			pts = append(pts, geom.Point{X: u(-100, groundW+100), Y: u(-60, groundH+60)})
		}
		im.Polygon(pts, c, al)
	case t < .72: // a slanted band
		x, s, w := u(-100, groundW), u(-2, 2)*groundH, u(3, 200)
		im.Polygon([]geom.Point{{X: x}, {X: x + w}, {X: x + w + s, Y: groundH}, {X: x + s, Y: groundH}}, c, al)
	case t < .9: // a wave filled to the rim
		amp, per, ph, y := u(4, 50), u(80, 600), u(0, 7), u(0, groundH)
		pts := []geom.Point{{X: groundW, Y: groundH}, {X: 0, Y: groundH}}
		for x := 0.0; x <= groundW; x += 16 {
			pts = append(pts, geom.Point{X: x, Y: y + amp*math.Sin(x/per*2*math.Pi+ph)})
		}
		im.Polygon(pts, c, al)
	default: // two discs of a brand
		x, y, r := u(0, groundW), u(0, groundH), u(15, 60)
		im.Ellipse(x, y, r, r, 0, c, al)
		im.Ellipse(x+r*1.2, y, r, r, 0, p.pick(rng), al*.8)
	}
}
