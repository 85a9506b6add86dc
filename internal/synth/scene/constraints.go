package scene

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Constraints narrows what is drawn, for sets whose make-up is planned. What it leaves
// empty is left to chance. Chance is asked first all the same, so that the
// empty Constraints draws what was drawn before there was one.
type Constraints struct {
	Card  card.Constraints // of every card
	Kind  string           // Photo, Art, Scan or None
	Cards int              // in a photograph

	// Of photographs alone:
	Ground   string // Plain or Busy: what the card lies on
	Rotation *Range // of the card, in degrees clockwise
	Tilt     *Range // from the picture's plane, in degrees
	Share    *Range // the card's long side, were it not tilted, in long sides of the picture
	Light    string // Plain, Glare, Shadow or Dark
	Blur     string // Sharp, Soft or Motion
	Whole    bool   // all of the card is to be seen, where it fits into the picture
}

// Grounds, lights and blurs to ask for.
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

// Range is from its first value to its second.
type Range [2]float64

// Seed begins anew from a seed, with the surfaces and materials that the
// drawer has: what it draws next follows from them and the seed, and not from
// what it drew before. Only where every card is drawn anew (Reuse 1).
func (d *Composer) Seed(seed uint64) {
	d.chance.Seed(seed, 0x5ce)
	d.cards.Seed(seed)
}

// ask overrides a value that chance has drawn.
func (d *Composer) override(r *Range, by float64, v *float64) {
	if r != nil {
		*v = between(d.r, r[0], r[1]) * by
	}
}

// kind is what kind of picture to draw, and how many cards in a photograph.
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

// lit tells whether a thing happens to the light: as asked, or by chance.
func (d *Composer) lightEvent(what string, chance bool) bool {
	if d.Constraints.Light == "" {
		return chance
	}
	return d.Constraints.Light == what
}

// mirror puts a strong reflection across the number or near it: a streak, or
// sharp panes that window places.
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

// lens blurs the picture as asked. It reports whether it was asked.
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
