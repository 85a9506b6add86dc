package scene

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/raster"
)

// straight returns the map of an untilted card after a number of quarter turns
// to a bounding box in pixels.
func straight(c *card.Card, turns int, x, y, w, h float64) geom.Homography {
	q := geom.RectQuad(x, y, w, h)
	var dst geom.Quad
	for i := range dst {
		dst[(i+4-turns%4)%4] = q[i]
	}
	m, _ := geom.QuadToQuad(geom.RectQuad(0, 0, c.W, c.H), dst)
	return m
}

// backdrop fills the image behind artwork and scans: white, black, a colour or a
// gradient.
func (d *Composer) backdrop(im *raster.Image) raster.Color {
	r := d.r
	c := raster.Gray(float32(between(r, .93, 1)))
	switch {
	case maybe(r, .45):
	case maybe(r, .3):
		c = raster.Gray(float32(between(r, 0, .1)))
	case maybe(r, .5):
		c = tone(r)
	default:
		c = raster.Gray(float32(between(r, .4, .95)))
	}
	im.Fill(c)
	if maybe(r, .25) {
		e := tone(r)
		for y := range im.H {
			t := float32(y) / float32(im.H)
			for x := range im.W {
				im.Set(x, y, c.Mix(e, t))
			}
		}
	}
	return c
}

// art is a rendered card that fills the image except for thin margins.
func (d *Composer) art(s *Scene, w, h, cardLong int, diff float64) {
	r := d.r
	im := &d.im
	c := d.next(cardLong, diff)
	im.Reset(w, h)
	unit := float64(max(w, h)) / 800
	d.backdrop(im)
	turns := 0
	if maybe(r, .1) {
		turns = 1 + r.IntN(3)
	}
	cw, ch := c.W, c.H
	if turns%2 == 1 {
		cw, ch = ch, cw
	}
	margin := between(r, -.012, .04)
	if maybe(r, .35) {
		margin = between(r, .03, .2)
	}
	k := min(float64(w)/cw, float64(h)/ch) * (1 - 2*margin)
	if maybe(r, .3) && math.Abs(float64(w)/cw/(float64(h)/ch)-1) < .12 { // stretched to fit
		k = 0
	}
	bw, bh := cw*k, ch*k
	if k == 0 {
		bw, bh = float64(w)*(1-2*margin), float64(h)*(1-2*margin)
	}
	x, y := (float64(w)-bw)/2, (float64(h)-bh)/2
	if maybe(r, .3) {
		x += between(r, -.5, .5) * max(0, float64(w)-bw)
		y += between(r, -.5, .5) * max(0, float64(h)-bh)
	}
	hm := straight(c, turns, x, y, bw, bh)
	if maybe(r, .15) {
		a := r.NormFloat64() * .06
		sn, cs := math.Sincos(a)
		mx, my := float64(w)/2, float64(h)/2
		hm = geom.Homography{cs, -sn, mx - cs*mx + sn*my, sn, cs, my - sn*mx - cs*my, 0, 0, 1}.Mul(hm)
	}
	if maybe(r, .35) {
		rim := project(hm, outline(c))
		d.soft(im, shift(rim, between(r, 0, 6)*unit, between(r, 1, 9)*unit), max(1, between(r, 2, 10)*unit), raster.Gray(0), float32(between(r, .2, .7)))
	}
	var sh *shine
	if maybe(r, .3) {
		sh = d.newShine(c, diff*.6)
	}
	square := *c
	if maybe(r, .25) && !c.Square { // cropped without round corners
		square.Square = true
		d.put(s, im, &square, hm, sh)
		if n := len(s.Cards); n > 0 {
			s.Cards[n-1].Card = c
		}
	} else {
		d.put(s, im, c, hm, sh)
	}
	if maybe(r, .3) {
		d.watermark(im, pick(r, raster.Gray(1), raster.Gray(.5), tone(r)), float32(between(r, .2, .9)))
	}
	d.finish(s, im, diff*.5, unit)
}

// scan is a card on a flatbed or a photocopy.
func (d *Composer) scan(s *Scene, w, h, cardLong int, diff float64) {
	r := d.r
	im := &d.im
	im.Reset(w, h)
	unit := float64(max(w, h)) / 800
	d.backdrop(im)
	d.grain.Add(im, r, .006, 0, false)
	n := 1
	if maybe(r, .15) {
		n = 2
	}
	for i := range n {
		c := d.next(cardLong, diff)
		p := pose{focal: 3, rot: r.NormFloat64() * .04, long: between(r, .3, .97) * float64(max(w, h))}
		if n == 2 {
			p.long = min(p.long, .55*float64(min(w, h)))
		}
		if maybe(r, .3) {
			p.rot += float64(r.IntN(4)) * math.Pi / 2
		}
		p.place(d, c, w, h)
		if n == 2 {
			if w > h {
				p.x = float64(w) * (.26 + .48*float64(i))
			} else {
				p.y = float64(h) * (.26 + .48*float64(i))
			}
		}
		hm := p.homography(c, w, h)
		if maybe(r, .7) {
			d.soft(im, shift(project(hm, outline(c)), between(r, -2, 2)*unit, between(r, -2, 2)*unit), max(1, between(r, 1, 5)*unit), raster.Gray(0), .4)
		}
		var sh *shine
		if maybe(r, .4) {
			sh = d.newShine(c, diff*.4)
		}
		d.put(s, im, c, hm, sh)
	}
	if maybe(r, .15) { // a grey copy
		for i := 0; i+2 < len(im.Pix); i += 3 {
			l := .3*im.Pix[i] + .6*im.Pix[i+1] + .1*im.Pix[i+2]
			im.Pix[i], im.Pix[i+1], im.Pix[i+2] = l, l, l
		}
	}
	d.finish(s, im, diff*.5, unit)
}

func (d *Composer) finish(s *Scene, im *raster.Image, diff, unit float64) {
	d.capture(im, diff, unit)
	s.Image, s.Blur = im.RGB(), d.blurred
	s.dropHidden(im.W, im.H)
}
