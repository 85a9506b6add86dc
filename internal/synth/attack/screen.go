package attack

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// panelFamilies are how the pixels of screens are made.
var panelFamilies = []string{"stripe panel", "chevron panel", "diamond panel"}

// maxScreenPixels bounds what is drawn of a screen.
const maxScreenPixels = 900_000

// screen draws a photograph of a screen.
func (d *Drawer) screen(s *Sample, w, h int) *raster.Image {
	r := d.r
	s.Family = pick(r, panelFamilies...)
	c := d.newCamera(w, h)
	sw, sh := c.sensor()
	// A sensor pixel sees about this many pixels of the screen.
	scale := logBetween(r, .13, 1.1)
	scale = min(scale, math.Sqrt(maxScreenPixels/float64(sw*sh)))
	cover := between(r, 1.02, 1.25)
	if maybe(r, .45) { // with its frame and what is around it
		cover = between(r, .62, .98)
	}
	if !c.resolves(1/scale) && !c.beats(1/scale) { // what is not seen of its pixels is seen of its frame
		cover = between(r, .62, .95)
	}
	pw, ph := float64(sw)*scale*cover, float64(sh)*scale*cover
	ui := &raster.Image{}
	ui.Reset(max(120, int(pw)), max(120, int(ph)))
	d.display(ui)
	tilt := pick(r, .01, .03, .08)
	at := d.place(c, float64(ui.W), float64(ui.H), cover, tilt)
	per := scaleOf(at, float64(ui.W), float64(ui.H))
	f := d.emission(ui)
	blurField(f, max(0, c.spread*per-.3))
	p := newPanel(r, s.Family, c.spread*per)
	from, _ := at.Inverse()
	layers := []layer{{from: from, w: float32(ui.W), h: float32(ui.H), light: d.panelLight(f, p)}}
	layers = append(layers, d.around(at, ui.W, ui.H, per)...)
	im := d.expose(c, layers, d.flicker(.16))
	d.process(im)
	return im
}

// emission is the light of a screen's pixels: its gamma, black level, white
// point and gamut.
func (d *Drawer) emission(ui *raster.Image) *field {
	r := d.r
	gamma := between(r, 1.9, 2.5)
	black := float32(pick(r, 0, between(r, .0005, .012)))
	cool := between(r, -.04, .22)
	white := raster.Color{float32(1 - cool*.7), float32(1 - cool*.12), float32(1 + cool*.4)}
	var t [1025]float32
	for i := range t {
		t[i] = float32(math.Pow(float64(i)/1024, gamma))
	}
	gamut := float32(between(r, -.06, .14))
	f := &field{ui.W, ui.H, make([]float32, len(ui.Pix))}
	for i := 0; i+2 < len(ui.Pix); i += 3 {
		var p raster.Color
		for c := range p {
			p[c] = t[int(min(max(ui.Pix[i+c], 0), 1)*1024)]
		}
		m := (p[0] + p[1] + p[2]) / 3
		for c := range p {
			f.pix[i+c] = max(0, p[c]+gamut*(p[c]-m))*white[c] + black
		}
	}
	return f
}

// panelLight joins the panel's structure, its brightness from the side, and the
// room's light on the glass.
func (d *Drawer) panelLight(f *field, p *panel) func(u, v float32, c int) float32 {
	r := d.r
	gu, gv := float32(between(r, -.25, .25))/float32(f.w), float32(between(r, -.25, .25))/float32(f.h)
	mu, mv := float32(f.w)/2, float32(f.h)/2
	veil := float32(pick(r, 0, between(r, 0, .05)))
	var mirror *field
	if maybe(r, .25) {
		im := d.content().Clone()
		im.Blur(between(r, 3, 15))
		mirror = linear(im)
	}
	k := float32(between(r, .01, .08))
	return func(u, v float32, c int) float32 {
		l := f.at(u, v, c) * p.at(u, v, c) * (1 + gu*(u-mu) + gv*(v-mv))
		if mirror != nil {
			return l + veil + k*mirror.at(u*.7, v*.7, c)
		}
		return l + veil
	}
}

// around draws the frame of a screen and the room behind it.
func (d *Drawer) around(at geom.Homography, w, h int, per float64) []layer {
	r := d.r
	rim := between(r, .01, .07) * float64(max(w, h))
	chin := rim * pick(r, 1, 1, between(r, 1, 3))
	frame := tint(r, .0, .12)
	if maybe(r, .2) {
		frame = tint(r, .2, .8)
	}
	for i := range frame {
		frame[i] = frame[i] * frame[i]
	}
	shift := geom.Homography{1, 0, -rim, 0, 1, -rim, 0, 0, 1}
	from, _ := at.Mul(shift).Inverse()
	edge := float32(rim * .06)
	fw, fh := float32(float64(w)+2*rim), float32(float64(h)+rim+chin)
	bezel := layer{from: from, w: fw, h: fh, light: func(u, v float32, c int) float32 {
		if min(u, v, fw-u, fh-v) < edge {
			return frame[c]*1.6 + .01
		}
		return frame[c]
	}}
	return []layer{bezel, d.room(between(r, .05, 1.1))}
}

// room is a background without end.
func (d *Drawer) room(level float64) layer {
	r := d.r
	im := d.content().Clone()
	im.Blur(between(r, .3, 6))
	f := linear(im)
	k := float32(level)
	zoom := between(r, .25, 1)
	a := r.Float64() * 6.28
	sn, cs := math.Sincos(a)
	from := geom.Homography{zoom * cs, -zoom * sn, float64(f.w) / 2, zoom * sn, zoom * cs, float64(f.h) / 2, 0, 0, 1}
	w, h := float32(f.w), float32(f.h)
	return layer{from: from, light: func(u, v float32, c int) float32 {
		return k * f.at(fold(u, w), fold(v, h), c)
	}}
}

// fold mirrors a position into 0..n.
func fold(u, n float32) float32 {
	u = abs(u)
	t := u / (2 * n)
	u -= 2 * n * floor(t)
	if u > n {
		u = 2*n - u
	}
	return u
}
