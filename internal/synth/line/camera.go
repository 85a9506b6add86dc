package line

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/raster"
)

// camera photographs the canvas and cuts the crop from it; at has the characters'
// centres in the crop. It returns false if nothing is left to see.
func (d *Renderer) camera(s *sheet, p imprint.Result, diff float64) (img *pixel.RGB, at []float64, ok bool) {
	rng, c := d.rng, &d.canvas
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	before := d.lightness(p)
	d.damage(diff)
	d.light(diff, s.dh)
	span := u(24, 44) // digit height in the photograph
	if raster.Chance(rng, .35+.3*diff) {
		span = u(12, 42-12*diff)
	}
	if s.small {
		span = max(9, span*u(.45, .9))
	}
	f := min(span/s.dh, 1.0)
	oh, ow := max(10, int(canvasH*f+.5)), max(16, int(float64(c.W)*f+.5))
	m, fit := view(rng.NormFloat64()*(.006+.014*diff), rng.NormFloat64()*(.02+.04*diff), rng.NormFloat64()*(.02+.04*diff), float64(c.W), canvasH, float64(ow), float64(oh))
	inv, fit2 := m.Inverse()
	if !fit || !fit2 {
		return nil, nil, false
	}
	after := d.lightness(p)
	set := d.settings(diff, span)
	for try := 0; !answerable(p, before, after, s.stroke()*f, &set); try++ {
		if raster.Chance(rng, .005) {
			break
		}
		if try == 5 {
			return nil, nil, false
		}
		set = d.settings(diff, span)
	}
	d.shot.Reset(ow, oh)
	c.Warp(&d.shot, inv)
	d.expose(&set)
	if s.hidden != nil && s.hidden.Edit {
		d.afterwards(s, p, m)
	}
	// to the reader's height, its aspect off by the usual error of line detection
	tw := float64(ow) * Height / float64(oh) * u(.85, 1.2)
	digit := (s.total * s.dh / float64(c.W)) / float64(max(1, len(s.x)))
	if s.pitch > 0 {
		digit = s.pitch * s.dh / float64(c.W)
	}
	lo := least / max(digit, 1e-6)
	if lo > float64(d.opt.Width) && len(s.x) > 0 {
		lo = float64(d.opt.Width)
	}
	w := int(min(max(tw, lo), float64(d.opt.Width)))
	filter := raster.Area
	if oh < Height {
		filter = raster.Pick(rng, raster.Linear, raster.Cubic)
	}
	d.shot.Resize(&d.crop, w, Height, filter)
	if spread(&d.crop) < .014 {
		return nil, nil, false
	}
	for _, b := range p.Boxes {
		q := m.Apply(geom.Point{X: (b.X0 + b.X1) / 2, Y: (b.Y0 + b.Y1) / 2})
		at = append(at, q.X*float64(w)/float64(ow))
	}
	d.crop.ToRGB(&d.out)
	return &d.out, at, true
}

// afterwards hides the digits that are hidden in the photograph by an edit. An
// edited image is often saved once more.
func (d *Renderer) afterwards(s *sheet, p imprint.Result, m geom.Homography) {
	boxes := make([]geom.Rect, len(p.Boxes))
	for i, b := range p.Boxes {
		b0, b1 := m.Apply(geom.Point{X: b.X0, Y: (b.Y0 + b.Y1) / 2}), m.Apply(geom.Point{X: b.X1, Y: (b.Y0 + b.Y1) / 2})
		t0, t1 := m.Apply(geom.Point{X: (b.X0 + b.X1) / 2, Y: b.Y0}), m.Apply(geom.Point{X: (b.X0 + b.X1) / 2, Y: b.Y1})
		boxes[i] = geom.Rect{X0: b0.X, X1: b1.X, Y0: t0.Y, Y1: t1.Y}
	}
	d.cover.Conceal(&d.shot, boxes, s.hidden)
	if raster.Chance(d.rng, .5) {
		d.jpeg.Apply(&d.shot, 40+d.rng.IntN(56), 2, 2)
	}
}

// view returns the homography of a small rotation, shear and keystone.
func view(rot, shear, key, w, h, ow, oh float64) (geom.Homography, bool) {
	dy, dx := rot*ow, shear*oh
	key *= oh
	return geom.QuadToQuad(geom.RectQuad(0, 0, w, h), geom.Quad{
		{X: dx, Y: -dy/2 - key}, {X: ow + dx, Y: dy/2 + key*.3},
		{X: ow - dx, Y: oh + dy/2 - key*.3}, {X: -dx, Y: oh - dy/2 + key},
	})
}

// light puts light on the canvas: a ramp, glare, the edge of a shadow.
func (d *Renderer) light(diff, dh float64) {
	rng, c := d.rng, &d.canvas
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	if raster.Chance(rng, .5) {
		a, b := u(.55, 1.15), u(.55, 1.15)
		d.columns(func(x float64) float32 { return float32(a + (b-a)*x/float64(c.W)) })
	}
	if raster.Chance(rng, .15+.2*diff) {
		gx, gw, st, sl := u(-.1, 1.1)*float64(c.W), u(.2, 3)*dh, u(.1, .2+.45*diff), u(-2, 2)
		d.band(gx, sl, 2.6*gw, func(t float64) (float32, float32) {
			return 1, float32(st * math.Exp(-t*t/(gw*gw)))
		})
	}
	if raster.Chance(rng, .12*(.5+diff)) {
		x0, sl, k, soft := u(0, float64(c.W)), u(-2, 2), u(.15, .55), u(1, 12)
		d.band(x0, sl, 1e9, func(t float64) (float32, float32) {
			return float32(1 - k/(1+math.Exp(min(max(t/soft, -30), 30)))), 0
		})
	}
}

// columns multiplies each column by f of its position.
func (d *Renderer) columns(f func(x float64) float32) {
	c := &d.canvas
	for x := range c.W {
		k := f(float64(x))
		for i := x * 3; i < len(c.Pix); i += c.W * 3 {
			c.Pix[i] *= k
			c.Pix[i+1] *= k
			c.Pix[i+2] *= k
		}
	}
}

// band applies a factor and an addend that depend on the distance to a
// slanting vertical, within reach of it.
func (d *Renderer) band(x0, slope, reach float64, f func(t float64) (mul, add float32)) {
	c := &d.canvas
	lim := float64(c.W) + 400
	lut := make([][2]float32, int(2*lim)+2)
	for i := range lut {
		m, a := f(float64(i) - lim)
		lut[i] = [2]float32{m, a}
	}
	for y := range c.H {
		at := x0 - slope*float64(y)
		a, b := max(0, int(at-min(reach, 1e6))), min(c.W, int(at+min(reach, 1e6)))
		for x := a; x < b; x++ {
			i := int(min(max(float64(x)-at+lim, 0), 2*lim))
			q := c.Pix[(y*c.W+x)*3:]
			m, s := lut[i][0], lut[i][1]
			q[0], q[1], q[2] = q[0]*m+s, q[1]*m+s, q[2]*m+s
		}
	}
}

// settings are those of one photograph: focus, motion, tone, colour, noise,
// sharpening, JPEG. They are chosen before it is taken, so that choosing again,
// if nothing would be readable, costs nothing.
type settings struct {
	blur, motion, angle float64
	gamma, noise        float64
	co, br, sat         float32
	gain                [3]float32
	colorNoise          float32
	clumpy              bool
	sharpen             float32
	quality, sx, sy     int
}

func (d *Renderer) settings(diff, span float64) settings {
	rng := d.rng
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	s := settings{gamma: 1, quality: 100}
	if raster.Chance(rng, .3+.3*diff) {
		s.blur = u(.3, (.6+.75*diff)*max(.5, span/24))
	} else if raster.Chance(rng, .06+.16*diff) {
		s.motion, s.angle = u(1.5, (2+3*diff)*max(.7, span/24)), u(0, math.Pi)
	}
	low := .75
	if raster.Chance(rng, .3*diff+.05) {
		low = .35
	}
	co := u(low, 1.15)
	s.co, s.br = float32(co), float32(u(-.12, .12)+(1-co)*u(0, .8))
	if raster.Chance(rng, .5) {
		s.gamma = u(.6, 1.6)
	}
	s.sat = float32(u(.5, 1.15))
	if raster.Chance(rng, .07) {
		s.sat = 0
	}
	for i := range s.gain {
		s.gain[i] = 1
		if raster.Chance(rng, .5) {
			s.gain[i] = float32(1 + rng.NormFloat64()*.07)
		}
	}
	if raster.Chance(rng, .75) {
		s.noise, s.colorNoise, s.clumpy = u(0, .012+.05*diff), float32(u(0, .8)), raster.Chance(rng, .4)
	}
	if raster.Chance(rng, .3) {
		s.sharpen = float32(u(.3, 1.6))
	}
	if raster.Chance(rng, .5) {
		q := 50.0
		if diff > .5 {
			q = 25
		}
		s.quality = int(u(q, 95))
		s.sx = raster.Pick(rng, 2, 2, 2, 1)
		s.sy = raster.Pick(rng, s.sx, s.sx, 1)
	}
	return s
}

// slope returns the slope of the tone curve at a lightness.
func (s *settings) slope(v float64) float64 {
	v = min(max(v, .002), 1)
	co := float64(s.co)
	if g := math.Pow(v, s.gamma)*co + float64(s.br); g > .99 || g < .005 {
		return co * .25
	}
	return co * s.gamma * math.Pow(v, s.gamma-1)
}

// expose takes the photograph.
func (d *Renderer) expose(s *settings) {
	im := &d.shot
	if s.blur > 0 {
		im.Blur(s.blur)
	}
	if s.motion > 0 {
		im.MotionBlur(s.motion, s.angle)
	}
	tone(im, s)
	if s.noise > .002 {
		d.grain.Add(im, d.rng, float32(s.noise), s.colorNoise, s.clumpy)
	}
	if s.sharpen > 0 {
		im.Unsharp(1.2, s.sharpen)
	}
	if s.quality < 100 {
		d.jpeg.Apply(im, s.quality, s.sx, s.sy)
	}
}

const toneN = 1024

// tone applies gamma, contrast, saturation and white balance in one pass.
func tone(im *raster.Image, s *settings) {
	var lut [toneN + 1]float32
	for i := range lut {
		v := float64(i) / toneN
		if s.gamma != 1 {
			v = math.Pow(v, s.gamma)
		}
		lut[i] = float32(v)*s.co + s.br
	}
	g0, g1, g2, sat := s.gain[0], s.gain[1], s.gain[2], s.sat
	for i := 0; i+2 < len(im.Pix); i += 3 {
		q := im.Pix[i : i+3 : i+3]
		r, g, b := lut[toneAt(q[0])]*g0, lut[toneAt(q[1])]*g1, lut[toneAt(q[2])]*g2
		l := .299*r + .587*g + .114*b
		q[0], q[1], q[2] = unit(l+sat*(r-l)), unit(l+sat*(g-l)), unit(l+sat*(b-l))
	}
}

func toneAt(v float32) int32 {
	i := int32(v * toneN)
	if i < 0 {
		return 0
	}
	if i > toneN {
		return toneN
	}
	return i
}

func unit(v float32) float32 {
	if v < 0 {
		return 0
	}
	if v > 1 {
		return 1
	}
	return v
}

// spread returns the standard deviation of the green channel.
func spread(im *raster.Image) float64 {
	var s, ss float64
	n := 0
	for i := 1; i < len(im.Pix); i += 3 {
		v := float64(im.Pix[i])
		s, ss, n = s+v, ss+v*v, n+1
	}
	m := s / float64(n)
	return math.Sqrt(max(0, ss/float64(n)-m*m))
}
