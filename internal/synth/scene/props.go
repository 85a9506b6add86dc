package scene

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// ground fills the image with the surface under the card, in the card's plane; a
// third of them are plain, softly lit table tops or walls. Behind a card held up
// in the hand it may draw a background instead.
func (d *Composer) ground(im *raster.Image, h geom.Homography, unit float64, held bool) {
	r := d.r
	bare, room := maybe(r, .36), held && maybe(r, .6) || maybe(r, .07)
	if d.Constraints.Ground != "" {
		bare, room = d.Constraints.Ground == Plain, room && d.Constraints.Ground != Plain
	}
	if room {
		d.background(im, unit)
		return
	}
	if bare {
		c := raster.Gray(float32(between(r, .55, .95)))
		if maybe(r, .35) {
			c = tone(r)
		} else {
			w := float32(between(r, -.02, .06))
			c = raster.Color{c[0] + w, c[1] + w*.4, c[2] - w}
		}
		gx, gy := float32(between(r, -.25, .25)), float32(between(r, -.3, .3))
		for y := range im.H {
			v := float32(y)/float32(im.H) - .5
			for x := range im.W {
				f := 1 + gx*(float32(x)/float32(im.W)-.5) + gy*v
				im.Set(x, y, c.Scale(f))
			}
		}
		if maybe(r, .25) { // the far edge of the table
			y := between(r, 0, .3) * float64(im.H)
			e := between(r, -.1, .1) * float64(im.W)
			d.soft(im, []geom.Point{{X: -9, Y: -9}, {X: float64(im.W) + 9, Y: -9}, {X: float64(im.W) + 9, Y: y + e}, {X: -9, Y: y}}, max(1, 4*unit*r.Float64()), tone(r), 1)
		}
		d.grain.Add(im, r, float32(between(r, 0, .012)), 0, true)
		return
	}
	t := d.surfaces.Pick(r)
	inv, ok := h.Inverse()
	if !ok {
		inv = geom.Homography{.2, 0, 0, 0, .2, 0, 0, 0, 1}
	}
	k := between(r, 1, 4) // texture pixels per mm
	s, c := math.Sincos(between(r, 0, 6.28))
	inv = geom.Homography{k * c, -k * s, between(r, 0, 384), k * s, k * c, between(r, 0, 384), 0, 0, 1}.Mul(inv)
	gain := raster.Color{float32(between(r, .7, 1.15)), 0, 0}
	gain[1], gain[2] = gain[0]*float32(between(r, .9, 1.1)), gain[0]*float32(between(r, .85, 1.15))
	tileTexture(im, t, inv, gain.Scale(1.0/255))
}

// tileTexture tiles the texture over the image, mirrored at its sides. It does
// not filter, so distant parts lose detail.
func tileTexture(im *raster.Image, t *pixel.RGB, inv geom.Homography, gain raster.Color) {
	fold := func(v float64, n int) (int, int, float32) {
		i := int(math.Floor(v))
		u := float32(v - float64(i))
		m := func(j int) int {
			j %= 2 * n
			if j < 0 {
				j += 2 * n
			}
			if j >= n {
				j = 2*n - 1 - j
			}
			return j
		}
		return m(i), m(i + 1), u
	}
	for y := range im.H {
		fx, fy := .5, float64(y)+.5
		sx, sy, sw := inv[0]*fx+inv[1]*fy+inv[2], inv[3]*fx+inv[4]*fy+inv[5], inv[6]*fx+inv[7]*fy+inv[8]
		row := im.Pix[y*im.W*3 : (y+1)*im.W*3]
		for x := 0; x < len(row); x += 3 {
			iw := 1 / sw
			u, v := sx*iw, sy*iw
			if !(u > -1e6 && u < 1e6 && v > -1e6 && v < 1e6) {
				u, v = 0, 0
			}
			i0, i1, fu := fold(u, t.W)
			j0, j1, fv := fold(v, t.H)
			a, b := t.Pix[(j0*t.W+i0)*3:], t.Pix[(j0*t.W+i1)*3:]
			e, f := t.Pix[(j1*t.W+i0)*3:], t.Pix[(j1*t.W+i1)*3:]
			for c := range 3 {
				p := float32(a[c]) + (float32(b[c])-float32(a[c]))*fu
				q := float32(e[c]) + (float32(f[c])-float32(e[c]))*fu
				row[x+c] = (p + (q-p)*fv) * gain[c]
			}
			sx, sy, sw = sx+inv[0], sy+inv[3], sw+inv[6]
		}
	}
}

// distractor draws an object in the card's plane: something flat and
// rectangular, a pen, a coin or a cup.
func (d *Composer) distractor(im *raster.Image, h geom.Homography, unit float64) {
	r := d.r
	x, y := between(r, -90, 170), between(r, -70, 120)
	s, c := math.Sincos(between(r, 0, 6.28))
	at := func(u, v float64) geom.Point { return h.Apply(geom.Point{X: x + u*c - v*s, Y: y + u*s + v*c}) }
	quad := func(u0, v0, u1, v1, rad float64) []geom.Point {
		var o []geom.Point
		for _, p := range raster.RoundRectPoints(u0, v0, u1-u0, v1-v0, rad) {
			o = append(o, at(p.X, p.Y))
		}
		return o
	}
	col := tone(r)
	switch r.IntN(6) {
	case 0: // phone
		w, l := between(r, 65, 78), between(r, 130, 165)
		body := quad(0, 0, w, l, 9)
		d.soft(im, shift(body, 2*unit, 3*unit), 4*unit+1, raster.Gray(0), .5)
		im.Polygon(body, raster.Gray(float32(between(r, .03, .9))), 1)
		im.Polygon(quad(3, 4, w-3, l-4, 6), raster.Gray(float32(between(r, .02, .15))).Mix(col, float32(pick(r, 0, 0, .8))), 1)
	case 1, 2: // book, notebook, sheet, box
		w, l := between(r, 50, 160), between(r, 60, 220)
		body := quad(0, 0, w, l, pick(r, 0, 0, 2, 5.))
		d.soft(im, shift(body, 2*unit, 3*unit), 3*unit+1, raster.Gray(0), .45)
		im.Polygon(body, col, 1)
		n := r.IntN(14)
		ink := col.Scale(.4)
		if col.Luma() < .4 {
			ink = col.Mix(raster.Gray(1), .7)
		}
		for i := range n {
			v := 8 + float64(i)*between(r, 5, 9)
			im.Stroke([]geom.Point{at(6, v), at(6+between(r, 10, w-10), v)}, between(r, .8, 5)*unit, false, ink, .8)
		}
	case 3: // pen
		a, b := at(0, 0), at(140, 0)
		w := h.Apply(geom.Point{X: x, Y: y}).Sub(h.Apply(geom.Point{X: x + 8, Y: y})).Len()
		im.Stroke([]geom.Point{a, b}, w, false, col.Scale(.7), 1)
		im.Stroke([]geom.Point{a, b}, w*.5, false, col.Mix(raster.Gray(1), .3), 1)
	case 4: // coin, cup, lens
		rad := pick(r, between(r, 9, 14), between(r, 30, 50))
		var o, i []geom.Point
		for k := range 24 {
			sn, cs := math.Sincos(float64(k) / 24 * 2 * math.Pi)
			o = append(o, at(rad*cs, rad*sn))
			i = append(i, at(rad*.8*cs, rad*.8*sn))
		}
		d.soft(im, shift(o, 2*unit, 2*unit), 3*unit+1, raster.Gray(0), .4)
		im.Polygon(o, col, 1)
		im.Polygon(i, col.Scale(float32(between(r, .5, 1.2))), 1)
	default: // rectangular frame of about a card's size, as on a form
		w, l := between(r, 70, 95), between(r, 45, 60)
		im.Stroke(quad(0, 0, w, l, pick(r, 0, 3.)), between(r, .8, 3)*unit, true, col, 1)
		if maybe(r, .5) {
			im.Polygon(quad(0, 0, w, l, 0), tone(r), 1)
		}
	}
}

// notCard draws an object of a card's size that is not a bank card.
func (d *Composer) notCard(long int) *card.Card { return d.cards.Thing(long) }

// fingers hold the card at its edge and hide at most about a seventh of it.
func (d *Composer) fingers(im *raster.Image, c *card.Card, h geom.Homography, skin raster.Color) {
	r := d.r
	side := r.IntN(4)
	n := 1 + r.IntN(3)
	t0 := between(r, .15, .8)
	for i := range n {
		w := between(r, 13, 18)
		t := t0 + float64(i)*w*1.05/c.W
		in := between(r, 4, 13)
		if i > 0 {
			in = between(r, 1, 6)
		}
		lean := between(r, -.4, .4)
		at := func(v, off float64) geom.Point { // v mm inward from the edge
			switch side {
			case 0:
				return geom.Point{X: t*c.W + off - lean*v, Y: v}
			case 1:
				return geom.Point{X: t*c.W + off - lean*v, Y: c.H - v}
			case 2:
				return geom.Point{X: v, Y: t*c.H + off - lean*v}
			}
			return geom.Point{X: c.W - v, Y: t*c.H + off - lean*v}
		}
		line := func(w0, w1, tip float64) []geom.Point {
			pts := []geom.Point{at(-90, -w0/2), at(tip-w1/2, -w1/2)}
			for k := 1; k < 8; k++ {
				sn, cs := math.Sincos(math.Pi * float64(k) / 8)
				pts = append(pts, at(tip-w1/2+w1/2*sn, -w1/2*cs))
			}
			return project(h, append(pts, at(tip-w1/2, w1/2), at(-90, w0/2)))
		}
		hull := line(w*1.25, w, in)
		sc := h.Apply(at(0, 0)).Sub(h.Apply(at(0, w))).Len() / w
		d.soft(im, shift(hull, sc, 1.5*sc), max(1, 1.5*sc), raster.Gray(0), .35)
		im.Polygon(hull, skin.Scale(.72), 1)
		im.Polygon(line(w*1.05, w*.82, in-w*.06), skin.Scale(.9), .8)
		im.Polygon(line(w*.7, w*.5, in-w*.14), skin.Mix(raster.Gray(1), .08), .6)
		if maybe(r, .6) && in > 6 {
			im.Polygon(line(w*.1, w*.55, in-w*.06)[1:9], skin.Mix(raster.Color{1, .85, .82}, .6), .7)
		}
	}
}

// watermark prints a line of text over a finished image, as on stock
// photographs.
func (d *Composer) watermark(im *raster.Image, c raster.Color, alpha float32) {
	r := d.r
	s := pick(r, "www.sample.example", "SAMPLE", "样卡", "preview", number.Words(r), number.Words(r), "STOCK", "51card")
	m := d.set.Mask(d.lib.PickText(r, s), s, between(r, .04, .16)*float64(im.W))
	if m == nil {
		return
	}
	if maybe(r, .4) {
		for y := r.IntN(40); y < im.H; y += m.H * 4 {
			for x := r.IntN(40); x < im.W; x += m.W * 2 {
				im.Blend(m, x, y, c, alpha*.5)
			}
		}
		return
	}
	im.Blend(m, r.IntN(max(1, im.W-m.W)), pick(r, im.H-m.H-4, r.IntN(im.H)), c, alpha)
}
