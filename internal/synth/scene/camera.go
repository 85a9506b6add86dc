package scene

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// ambient multiplies the image by uneven light: a plane, a vignette and a tint.
func (d *Composer) ambient(im *raster.Image, diff float64) {
	r := d.r
	gx, gy := between(r, -.3, .3), between(r, -.3, .3)
	vig := between(r, 0, .3)
	if maybe(r, .4) {
		gx, gy = 0, 0
	}
	level := between(r, .86, 1.14)
	if maybe(r, .12*diff) {
		level = between(r, .35, .7)
	}
	if d.Constraints.Light != "" {
		level = between(r, .86, 1.14)
	}
	if d.Constraints.Light == Dark {
		level = between(r, .2, .5)
	}
	var tint raster.Color
	warm := between(r, -.08, .08)
	if maybe(r, .15) {
		warm = between(r, -.2, .25)
	}
	green := between(r, -.03, .03)
	tint = raster.Color{float32(level * (1 + warm)), float32(level * (1 + green)), float32(level * (1 - warm))}
	for y := range im.H {
		v := float64(y)/float64(im.H) - .5
		row := im.Pix[y*im.W*3 : (y+1)*im.W*3]
		// a parabola along the row, evaluated by second differences
		f := func(u float64) float64 { return 1 + gx*u + gy*v - vig*2*(u*u+v*v)*.7 }
		st := 1 / float64(im.W)
		a, b, c := f(-.5), f(-.5+st), f(-.5+2*st)
		cur, d1, d2 := float32(a), float32(b-a), float32(c-2*b+a)
		for x := 0; x < len(row); x += 3 {
			row[x] *= cur * tint[0]
			row[x+1] *= cur * tint[1]
			row[x+2] *= cur * tint[2]
			cur += d1
			d1 += d2
		}
	}
}

// soft paints a colour through a polygon with blurred edges, computed on a
// coarse grid; with a black colour it is a shadow.
func (d *Composer) soft(im *raster.Image, pts []geom.Point, sigma float64, c raster.Color, alpha float32) {
	q := 4
	if sigma < 3 {
		q = 2
	}
	m := &d.coarse
	m.Reset(im.W/q+2, im.H/q+2)
	m.Clear()
	p := make([]geom.Point, len(pts))
	for i, v := range pts {
		p[i] = v.Mul(1 / float64(q))
	}
	m.Polygon(p, 1)
	m.Blur(sigma / float64(q))
	iq := 1 / float32(q)
	for y := range im.H {
		fy := max((float32(y)+.5)*iq-.5, 0)
		j := int(fy)
		v := fy - float32(j)
		a, b := m.Pix[j*m.W:(j+1)*m.W], m.Pix[(j+1)*m.W:(j+2)*m.W]
		if blank(a) && blank(b) {
			continue
		}
		row := im.Pix[y*im.W*3 : (y+1)*im.W*3]
		for x := range im.W {
			fx := (float32(x)+.5)*iq - .5
			if fx < 0 {
				fx = 0
			}
			i := int(fx)
			u := fx - float32(i)
			s := a[i] + (a[i+1]-a[i])*u
			t := (s + (b[i]+(b[i+1]-b[i])*u-s)*v) * alpha
			if t < .002 {
				continue
			}
			o := row[x*3 : x*3+3 : x*3+3]
			o[0] += t * (c[0] - o[0])
			o[1] += t * (c[1] - o[1])
			o[2] += t * (c[2] - o[2])
		}
	}
}

// blank reports whether a row of a mask is invisible.
func blank(p []float32) bool {
	for _, v := range p {
		if v > .002 {
			return false
		}
	}
	return true
}

// shadows casts shadows of objects outside the image.
func (d *Composer) shadows(im *raster.Image) {
	r := d.r
	w, h := float64(im.W), float64(im.H)
	for range 1 + r.IntN(2) {
		a := between(r, 0, 6.28)
		s, c := math.Sincos(a)
		o := geom.Point{X: w/2 + between(r, -.4, .4)*w, Y: h/2 + between(r, -.4, .4)*h}
		f, b := 2*w, between(r, .1, 2)*w
		p := func(u, v float64) geom.Point { return geom.Point{X: o.X + u*c - v*s, Y: o.Y + u*s + v*c} }
		pts := []geom.Point{p(0, -f), p(b, -f), p(b+between(r, -.4, .4)*w, f), p(between(r, -.3, .3)*w, f)}
		d.soft(im, pts, between(r, .003, .06)*w, raster.Gray(0), float32(between(r, .1, .55)))
	}
}

// capture simulates the camera: blur, motion, tone, noise, compression. unit is
// the length of a pixel of an 800-pixel image.
func (d *Composer) capture(im *raster.Image, diff, unit float64) {
	r := d.r
	d.blurred = 0
	if d.Raw {
		return
	}
	switch {
	case d.requestedBlur(im, unit):
	case maybe(r, .5+.2*diff):
		d.defocus(im, between(r, .25, .5)+unit*between(r, 0, 1+1.6*diff*r.Float64()))
	case maybe(r, .14+.2*diff):
		d.shake(im, 1+unit*between(r, 1, 3+6*diff), between(r, 0, math.Pi))
	}
	if maybe(r, .05) {
		d.moire(im)
	}
	if maybe(r, .7) {
		sd := float32(between(r, 0, .01+.04*diff*r.Float64()))
		d.grain.Add(im, r, sd, r.Float32()*.6, maybe(r, .4))
	}
	d.expose(im, diff)
	if maybe(r, .3) {
		im.Unsharp(between(r, .7, 1.4), float32(between(r, .2, 1)))
	}
	if maybe(r, .55) {
		q := int(between(r, 40, 97))
		if maybe(r, .25*diff) {
			q = int(between(r, 12, 45))
		}
		s := pick(r, [2]int{2, 2}, [2]int{2, 2}, [2]int{2, 1}, [2]int{1, 1})
		d.jpeg.Apply(im, q, s[0], s[1])
	}
}

// defocus blurs the image and records the amount.
func (d *Composer) defocus(im *raster.Image, sigma float64) {
	im.Blur(sigma)
	d.blurred = sigma
}

// shake blurs the image along a path. Nothing is lost across the path, so it
// counts for less than its length.
func (d *Composer) shake(im *raster.Image, length, angle float64) {
	im.MotionBlur(length, angle)
	d.blurred = .28 * length
}

// expose changes gamma, contrast and brightness through a table.
func (d *Composer) expose(im *raster.Image, diff float64) {
	r := d.r
	g := between(r, .7, 1.3)
	co, br := between(r, .8, 1.15), between(r, -.05, .05)
	if maybe(r, .25*diff) {
		co = between(r, .35, .8)
		br += (1 - co) * r.Float64() * .9
	}
	sat := float32(between(r, .6, 1.25))
	if maybe(r, .05) {
		sat = 0
	}
	var t [513]float32
	for i := range t {
		t[i] = float32(math.Pow(float64(i)/512, g)*co + br)
	}
	for i := 0; i+2 < len(im.Pix); i += 3 {
		q := im.Pix[i : i+3 : i+3]
		l := .3*q[0] + .6*q[1] + .1*q[2]
		for k, v := range q {
			v = l + sat*(v-l)
			switch {
			case !(v > 0):
				v = 0
			case v > 1:
				v = 1
			}
			q[k] = t[int(v*512)]
		}
	}
}

// moire imitates a photographed screen: fine lines and coloured beats.
func (d *Composer) moire(im *raster.Image) {
	r := d.r
	p1, p2 := between(r, 2.05, 3.2), between(r, 20, 90)
	a := between(r, -.2, .2)
	k, kc := float32(between(r, .02, .12)), float32(between(r, .02, .1))
	s, c := math.Sincos(a)
	var tab [1024]float32
	for i := range tab {
		tab[i] = float32(math.Sin(float64(i) / 1024 * 2 * math.Pi))
	}
	for y := range im.H {
		for x := range im.W {
			u := float64(x)*c + float64(y)*s
			f := 1 + k*tab[int(u/p1*1024)&1023]
			q := im.Pix[(y*im.W+x)*3:][:3]
			for ch := range q {
				q[ch] *= f + kc*tab[int((u+float64(y)*.4)/p2*1024+float64(ch)*340)&1023]
			}
		}
	}
}
