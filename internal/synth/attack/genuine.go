package attack

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
	"github.com/kahao/kahao/internal/synth/scene"
)

// genuine draws a photograph of the thing itself, or a scan of it.
func (d *Drawer) genuine(s *Sample, w, h int) *raster.Image {
	r := d.r
	if maybe(r, .06) {
		s.Family = "scan"
		im := d.scene(scene.Scan, w, h)
		d.scanner(im)
		return im
	}
	s.Family = "photo"
	c := d.newCamera(w, h)
	src := d.content()
	cover := between(r, 1, 1.1) // most people show the whole thing
	if maybe(r, .35) {
		cover = between(r, 1.1, 1.8)
	}
	at := d.place(c, float64(src.W), float64(src.H), cover, .06)
	light := d.material(linear(src), at, c)
	from, _ := at.Inverse()
	im := d.expose(c, []layer{{from: from, light: light}}, d.flicker(.04))
	d.process(im)
	return im
}

// place returns the map of a plane of a size to the sensor. cover is how much of
// the image's size it takes: above 1 it reaches beyond the image.
func (d *Drawer) place(c camera, w, h, cover, tilt float64) geom.Homography {
	r := d.r
	sw, sh := c.sensor()
	fw, fh := float64(sw), float64(sh)
	k := max(fw/w, fh/h) * cover
	if cover < 1 {
		k = min(fw/w, fh/h) * cover
	}
	angle := r.NormFloat64() * .05
	if maybe(r, .2) {
		angle = r.NormFloat64() * .25
	}
	sn, cs := math.Sincos(angle)
	slackX, slackY := math.Abs(w*k-fw)/2, math.Abs(h*k-fh)/2
	mx, my := fw/2+between(r, -.8, .8)*slackX, fh/2+between(r, -.8, .8)*slackY
	var q geom.Quad
	for i, p := range geom.RectQuad(-w/2, -h/2, w, h) {
		f := k * (1 + tilt*r.NormFloat64())
		q[i] = geom.Point{X: mx + f*(p.X*cs-p.Y*sn), Y: my + f*(p.X*sn+p.Y*cs)}
	}
	at, ok := geom.QuadToQuad(geom.RectQuad(0, 0, w, h), q)
	if _, fits := at.Inverse(); !ok || !fits || !q.Convex() {
		return geom.Homography{k, 0, mx - w*k/2, 0, k, my - h*k/2, 0, 0, 1}
	}
	return at
}

// scaleOf returns how many pixels of the plane a sensor pixel spans.
func scaleOf(at geom.Homography, w, h float64) float64 {
	o := at.Apply(geom.Point{X: w / 2, Y: h / 2})
	return 1 / max(1e-3, at.Apply(geom.Point{X: w/2 + 1, Y: h / 2}).Sub(o).Len())
}

// material is the light of a thing with the fine structure of its surface, which
// a drawing does not have: grain, or threads.
func (d *Drawer) material(f *field, at geom.Homography, c camera) func(u, v float32, ch int) float32 {
	r := d.r
	scale := scaleOf(at, float64(f.w), float64(f.h))
	blurField(f, c.spread*scale)
	k := float32(0)
	if maybe(r, .7) {
		k = float32(logBetween(r, .01, .15))
	}
	grain := raster.Noise(r, 256, 256, logBetween(r, 1.1, 6))
	zoom := float32(between(r, .3, 1) / scale) // about a grain value per sensor pixel
	if maybe(r, .07) {
		return woven(r.Float64()*math.Pi, logBetween(r, 2.2, 9)*scale, float32(between(r, .05, .3)), f)
	}
	if k == 0 {
		return f.at
	}
	return func(u, v float32, ch int) float32 {
		g := grain.Pix[(int(v*zoom)&255)*256+int(u*zoom)&255]
		return f.at(u, v, ch) * (1 + k*(g-.5))
	}
}

// woven is a thing of cloth: its threads are finer than a drawing's pixels.
func woven(angle, pitch float64, k float32, f *field) func(u, v float32, ch int) float32 {
	sn, cs := math.Sincos(angle)
	a, b := float32(cs/pitch), float32(sn/pitch)
	var wave [256]float32
	for i := range wave {
		wave[i] = float32(math.Sin(float64(i) / 256 * 2 * math.Pi))
	}
	at := func(t float32) float32 { return wave[int((t-floor(t))*256)&255] }
	return func(u, v float32, ch int) float32 {
		return f.at(u, v, ch) * (1 + k*at(u*a+v*b)*at(v*a-u*b))
	}
}

// blurField applies what the lens does to a plane, in pixels of the plane.
func blurField(f *field, sigma float64) {
	if sigma < .35 {
		return
	}
	im := raster.Image{W: f.w, H: f.h, Pix: f.pix}
	im.Blur(sigma)
	f.pix = im.Pix
}

// flicker returns the brightness of the sensor's rows under light that pulses:
// lamps, or a screen whose backlight is dimmed by pulses.
func (d *Drawer) flicker(most float64) func(y int) float32 {
	r := d.r
	if maybe(r, .7) {
		return nil
	}
	k, period, phase := float32(between(r, .1, 1)*most), logBetween(r, 30, 900), r.Float64()*6.28
	hard := maybe(r, .3)
	return func(y int) float32 {
		s := float32(math.Sin(float64(y)/period*2*math.Pi + phase))
		if hard {
			s = min(max(3*s, -1), 1)
		}
		return 1 + k*s
	}
}

// scanner is a flatbed: no mosaic, even light, little noise.
func (d *Drawer) scanner(im *raster.Image) {
	r := d.r
	im.Blur(between(r, .2, .7))
	sd := float32(logBetween(r, .001, .01))
	at := r.IntN(len(d.noise))
	for i := range im.Pix {
		im.Pix[i] += sd * d.noise[(at+i*13)&(len(d.noise)-1)]
	}
	if maybe(r, .5) {
		im.Unsharp(between(r, .6, 1.2), float32(between(r, .2, 1)))
	}
	im.Clamp(0, 1)
}
