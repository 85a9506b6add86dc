package scene

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Constraints fixes properties of a scene, for planned sets. Zero fields are
// random. A fixed property still consumes its random draw, so the zero
// Constraints draws the same scene as code without constraints.
type Constraints struct {
	Card  card.Constraints // of every card
	Kind  string           // Photo, Art, Scan or None
	Cards int              // in a photograph

	// Only of photographs:
	Ground   string // Plain or Busy: the surface under the card
	Rotation *Range // of the card, in degrees clockwise
	Tilt     *Range // from the image's plane, in degrees
	Share    *Range // the untilted card's long side, in long sides of the image
	Light    string // Plain, Glare, Shadow or Dark
	Blur     string // Sharp, Soft or Motion
	Whole    bool   // all of the card is visible, if it fits into the image
}

// Grounds, lights and blurs.
const (
	Plain  = "plain"
	Busy   = "busy"
	Glare  = "glare"
	Shadow = "shadow"
	Dark   = "dark"
	Sharp  = "sharp"
	Soft   = "soft"
	Motion = "motion"
)

// Range is a minimum and a maximum.
type Range [2]float64

// Seed restarts from a seed and keeps the composer's surfaces and materials. The
// next scenes depend on both, not on the scenes before. This holds only with
// Reuse 1.
func (d *Composer) Seed(seed uint64) {
	d.chance.Seed(seed, 0x5ce)
	d.cards.Seed(seed)
}

// override replaces a random value by one from a constraint.
func (d *Composer) override(r *Range, by float64, v *float64) {
	if r != nil {
		*v = between(d.r, r[0], r[1]) * by
	}
}

// kind draws the kind of the image and the number of cards in it.
func (d *Composer) kind() (string, int) {
	kind, n := Photo, 1
	t := d.r.Float64()
	switch {
	case t < .08:
		kind, n = None, 0
	case t < .22:
		kind = Art
	case t < .30:
		kind = Scan
	case maybe(d.r, .13):
		n = 2 + d.r.IntN(3)
	}
	switch d.Constraints.Kind {
	case "":
		return kind, n
	case Photo:
		n = max(1, d.Constraints.Cards)
	case None:
		n = 0
	}
	return d.Constraints.Kind, n
}

// lightEvent reports whether the light has a defect: as constrained, or by
// chance.
func (d *Composer) lightEvent(what string, chance bool) bool {
	if d.Constraints.Light == "" {
		return chance
	}
	return d.Constraints.Light == what
}

// glare puts a strong reflection across or near the number: a streak, or sharp
// panes that reflections draws.
func (d *Composer) glare(s *shine, c *card.Card) {
	r := d.r
	y := c.H / 2
	for _, l := range c.Lines {
		if l.Kind == card.Number {
			y = l.Quad.Center().Y / c.Scale
		}
	}
	k := between(r, .35, .95)
	if maybe(r, .3) {
		s.hard = k * .8
		return
	}
	angle := between(r, 0, math.Pi)
	sn, cs := math.Sincos(angle)
	at := geom.Point{X: between(r, .1, .9)*c.W - c.W/2, Y: y + r.NormFloat64()*6 - c.H/2}
	s.streak(c, streak{angle: angle, off: at.X*cs + at.Y*sn, pos: at.Y*cs - at.X*sn, width: between(r, 3, 14), length: between(r, 12, 60), strength: k})
}

// requestedBlur blurs the image if the constraints say how.
func (d *Composer) requestedBlur(im *raster.Image, unit float64) bool {
	r := d.r
	switch d.Constraints.Blur {
	case Sharp:
		d.defocus(im, between(r, .25, .5))
	case Soft:
		d.defocus(im, between(r, .5, .8)+unit*between(r, .4, 2.2))
	case Motion:
		d.shake(im, 1+unit*between(r, 2.5, 9), between(r, 0, math.Pi))
	default:
		return false
	}
	return true
}
