package scene

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/raster"
)

// The size of the rectified card, the lines network's input; a portrait card has
// the sides exchanged.
const (
	FlatW, FlatH         = 352, 224
	flatCardW, flatCardH = 317, 200
)

// Rectified is a card as the pipeline rectifies it: slightly wrong corners, its
// surroundings in the margins, a camera of limited resolution.
type Rectified struct {
	Image *pixel.RGB
	Card  *card.Card
	// Map takes pixels of the card's image to pixels of the rectified one.
	Map geom.Homography
}

// Rectify draws a rectified card from a card of cardLong pixels.
func (d *Composer) Rectify(cardLong int, diff float64) *Rectified {
	r := d.r
	d.cards.Constraints = d.Constraints.Card
	c := d.next(cardLong, diff)
	w, h, cw, ch := float64(FlatW), float64(FlatH), float64(flatCardW), float64(flatCardH)
	if c.Portrait() {
		w, h, cw, ch = h, w, ch, cw
	}
	q := geom.RectQuad((w-cw)/2, (h-ch)/2, cw, ch)
	switch {
	case maybe(r, .1): // no corners found: the whole image is taken as the card
		z := between(r, .86, 1.13)
		x, y := between(r, -.03, .03)*w, between(r, -.03, .03)*h
		q = geom.RectQuad(w/2-cw*z/2+x, h/2-ch*z/2+y, cw*z, ch*z*between(r, .93, 1.07))
	default:
		sd := pick(r, .004, .01, .015, .015)
		if maybe(r, .1) {
			sd = .04
		}
		for i := range q {
			q[i].X += r.NormFloat64() * sd * cw
			q[i].Y += r.NormFloat64() * sd * cw * .8
		}
	}
	if !q.Convex() {
		q = geom.RectQuad((w-cw)/2, (h-ch)/2, cw, ch)
	}
	toFlat, _ := geom.QuadToQuad(geom.RectQuad(0, 0, c.W, c.H), q)

	// the photo is coarser or finer than the rectified card, especially in the
	// foreshortened direction
	cap := math.Exp(between(r, math.Log(200), math.Log(620)))
	sx := cap / max(cw, ch)
	sy := sx
	if maybe(r, .5) {
		f := between(r, .62, 1)
		if maybe(r, .8) {
			sy *= f
		} else {
			sx *= f
		}
	}
	pw, ph := int(w*sx+.5), int(h*sy+.5)
	sx, sy = float64(pw)/w, float64(ph)/h
	up := geom.Homography{sx, 0, 0, 0, sy, 0, 0, 0, 1}
	hm := up.Mul(toFlat)
	im := &d.im
	im.Reset(pw, ph)
	unit := cap / 480 // of a photo with the card at three fifths of its width
	switch {
	case maybe(r, .15):
		d.backdrop(im)
	default:
		d.ground(im, hm, unit, false)
		if maybe(r, .3) {
			d.distractor(im, hm, unit)
		}
	}
	s := &Scene{}
	thing := *c
	thing.Thing = false
	d.lay(s, im, &thing, hm, unit, diff)
	if maybe(r, .07) {
		d.fingers(im, c, hm, d.skin())
	}
	if maybe(r, .15+.1*diff) {
		d.shadows(im)
	}
	if maybe(r, .05) {
		d.watermark(im, pick(r, raster.Gray(1), raster.Gray(.5), tone(r)), float32(between(r, .2, .9)))
	}
	d.ambient(im, diff)
	d.capture(im, diff, unit)
	im.Resize(&d.flat, int(w), int(h), raster.Area)
	out := d.flat.RGB()
	k := 1 / c.Scale
	return &Rectified{Image: out, Card: c, Map: toFlat.Mul(geom.Homography{k, 0, 0, 0, k, 0, 0, 0, 1})}
}
