package line

import (
	"math"

	"github.com/kahao/kahao/internal/synth/cover"
	"github.com/kahao/kahao/internal/synth/raster"
)

// pastEdge ends the card beyond the number's last or first digit: what lies
// behind the card fills the rest of the line. No digit is hidden there.
func (d *Renderer) pastEdge(s *sheet) {
	rng, c := d.rng, &d.canvas
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	side, margin := 1.0, s.right
	if s.left > s.right {
		side, margin = -1, s.left
	}
	at := u(.15, .75) * margin * s.dh // from the digits
	x0 := float64(c.W) - s.right*s.dh + at
	if side < 0 {
		x0 = s.left*s.dh - at
	}
	slope := rng.NormFloat64() * .1
	d.other.Reset(c.W, c.H)
	d.behind()
	soft, dark := u(.5, .5*s.dh), float32(raster.Pick(rng, 0, u(.1, .6)))
	rim := float32(raster.Pick(rng, 0, u(-.3, .4)))
	for y := range c.H {
		for x := range c.W {
			t := (float64(x) - x0 - slope*(float64(y)-s.cy)) * side
			if t < -1.5 {
				continue
			}
			q, b := c.Pix[(y*c.W+x)*3:], d.other.Pix[(y*c.W+x)*3:]
			a := float32(min(max(t+.5, 0), 1))
			shade := 1 - dark*float32(math.Exp(-max(t, 0)/soft))
			edge := rim * float32(max(0, 1-math.Abs(t)/1.5))
			for k := range 3 {
				q[k] += a*(b[k]*shade-q[k]) + edge
			}
		}
	}
}

// behind fills the other canvas with a table, cloth, a hand or paper.
func (d *Renderer) behind() {
	rng := d.rng
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	d.bank.cut(rng, &d.other)
	tint, k := raster.Gray(float32(raster.Pick(rng, u(0, .2), u(.8, 1), u(0, 1)))), float32(raster.Pick(rng, 1, u(.4, .95), 0))
	if raster.Chance(rng, .3) {
		tint = cover.HSV(u(.02, .12), u(.15, .65), u(.25, .95)) // skin, wood
	}
	for i := 0; i < len(d.other.Pix); i += 3 {
		q := d.other.Pix[i : i+3]
		for j := range q {
			q[j] += k * (tint[j] - q[j])
		}
	}
}
