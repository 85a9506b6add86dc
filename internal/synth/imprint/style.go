package imprint

import (
	"math/rand/v2"

	"github.com/kahao/kahao/internal/synth/raster"
)

// EmbossStyle draws the look of an embossed line of difficulty d in 0..1; tipped
// puts foil on the ridges.
func (p *Printer) EmbossStyle(rng *rand.Rand, d float64, tipped bool) Style {
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	f := func(a, b float64) float32 { return float32(u(a, b)) }
	s := Style{
		Kind: Emboss, Bevel: u(.5, 1.9), Skirt: u(-.55, .2), Gain: f(.5, 1.05), Relief: f(.25, 1),
		Tipped: tipped, shine: p.plastics[rng.IntN(len(p.plastics))], foil: p.foils[rng.IntN(len(p.foils))],
		Floor: f(.05, .26) * float32(1.25-.75*d),
	}
	if raster.Chance(rng, .5) {
		s.Drift = f(-.5, .5)
	}
	switch t := rng.Float64(); {
	case t < .6:
		s.Profile = Smooth
	case t < .85:
		s.Profile = Round
	default:
		s.Profile = Linear
	}
	if raster.Chance(rng, .4) {
		s.Blur = u(.35, 1.1)
	}
	if raster.Chance(rng, .6) {
		s.Spec = f(.2, 1)
	}
	if raster.Chance(rng, .5) {
		s.Cast = f(.1, .6)
		k := float64(1 + rng.IntN(4))
		s.ShadowX, s.ShadowY = raster.Pick(rng, -k, 0, k), raster.Pick(rng, -k, k, k)
	}
	if !tipped {
		s.Relief = f(.5, 1.1)
		s.Spec = max(s.Spec, f(0, .5))
		return s
	}
	s.Tint = foilTint(rng)
	s.TipFrom, s.TipEdge, s.TipOpac = f(.12, .75), f(2.5, 8), f(.7, 1)
	if raster.Chance(rng, .45) {
		s.TipWear = f(.1, .7)
	}
	return s
}

// foilTint is silver, gold, bronze, black or white.
func foilTint(rng *rand.Rand) raster.Color {
	f := func(a, b float64) float32 { return float32(raster.Uniform(rng, a, b)) }
	switch t := rng.Float64(); {
	case t < .45: // silver, a little warm or cold
		w := f(-.04, .05)
		return raster.Color{1 + w, 1, 1 - w}.Scale(f(.75, 1.1))
	case t < .75: // gold
		return raster.Color{1, f(.74, .9), f(.35, .7)}.Scale(f(.75, 1.15))
	case t < .8: // bronze or a coloured foil
		return raster.Color{f(.4, 1), f(.4, 1), f(.4, 1)}.Scale(f(.7, 1))
	case t < .9: // black
		return raster.Gray(f(.04, .25))
	}
	return raster.Gray(f(.9, 1.2)) // white
}

// FlatStyle draws the look of an inked line over ground of the given mean.
func (p *Printer) FlatStyle(rng *rand.Rand, d float64, ground raster.Color) Style {
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	f := func(a, b float64) float32 { return float32(u(a, b)) }
	s := Style{Kind: Flat, Weight: u(-.2, .2), Hard: f(.6, 1.2)}
	if raster.Chance(rng, .12) {
		s.Kind = Laser
	}
	g := ground.Luma()
	c := f(.55-.42*d, .95) * float32(raster.Pick(rng, 1, 1, u(.3, 1)))
	l := g + c
	if (g > .5) != raster.Chance(rng, .12) {
		l = g - c
	}
	l = min(max(l, 0), 1)
	if abs(l-g) < .16 {
		l = g + .18
		if g > .5 {
			l = g - .18
		}
	}
	s.Ink = InkOf(rng, l)
	if raster.Chance(rng, .93) {
		s.Separate = f(.12, .3)
	}
	if raster.Chance(rng, .04) {
		s.Hollow, s.Weight = u(.22, .4), u(.1, .3)
	}
	if raster.Chance(rng, .25) {
		s.Wear = f(0, .6)
	}
	if raster.Chance(rng, .15) {
		s.Shadow = f(.1, .6)
		k := float64(1 + rng.IntN(3))
		s.ShadowX, s.ShadowY = raster.Pick(rng, -k, k), raster.Pick(rng, -k, k)
	}
	s.Floor = f(.06, .14)
	return s
}

// InkOf draws an ink of about the given lightness: neutral, or with a hue.
func InkOf(rng *rand.Rand, l float32) raster.Color {
	if raster.Chance(rng, .6) {
		w := raster.Uniform32(rng, -.03, .03)
		return raster.Color{l + w, l, l - w}
	}
	c := raster.Color{rng.Float32(), rng.Float32(), rng.Float32()}
	if raster.Chance(rng, .4) {
		c = raster.Pick(rng, raster.Color{.08, .12, .45}, raster.Color{.85, .68, .3}, raster.Color{.7, .1, .12}, raster.Color{.1, .35, .2})
	}
	return Tone(c, l)
}

// Tone moves a colour to the given lightness and keeps its hue if possible.
func Tone(c raster.Color, l float32) raster.Color {
	k := c.Luma()
	if k > 1e-3 && l < k {
		return c.Scale(l / k)
	}
	if k < .999 {
		return c.Mix(raster.Gray(1), (l-k)/(1-k))
	}
	return raster.Gray(l)
}
