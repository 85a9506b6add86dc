package card

import (
	"math"

	"github.com/kahao/kahao/internal/synth/raster"
)

// relief is the look of raised letters in names (package imprint embosses the
// digits): light from one direction on the flanks, and foil on the tops.
type relief struct {
	lx, ly float32 // direction and strength of the light
	foil   raster.Color
	tipped float32 // opacity of the foil
	soft   float64 // rounding, mm
}

func (c *canvas) newRelief(tint raster.Color, tipped bool) *relief {
	a := between(c.r, 0, 2*math.Pi)
	k := between(c.r, .6, 1.6)
	t := &relief{lx: float32(k * math.Cos(a)), ly: float32(k * math.Sin(a)), foil: tint, soft: between(c.r, .06, .14)}
	if tipped {
		t.tipped = float32(between(c.r, .5, 1))
	}
	return t
}

// raise embosses a mask at (x, y).
func (c *canvas) raise(m *raster.Mask, x, y int, t *relief) {
	const pad = 3
	h := &c.side
	h.Reset(m.W+2*pad, m.H+2*pad)
	h.Clear()
	h.Union(m, pad, pad)
	h.Blur(max(.35, t.soft*c.k))
	for j := 1; j < h.H-1; j++ {
		yy := y + j - pad
		if yy < 0 || yy >= c.im.H {
			continue
		}
		for i := 1; i < h.W-1; i++ {
			xx := x + i - pad
			if xx < 0 || xx >= c.im.W {
				continue
			}
			o := j*h.W + i
			v := h.Pix[o]
			d := (h.Pix[o+1]-h.Pix[o-1])*t.lx + (h.Pix[o+h.W]-h.Pix[o-h.W])*t.ly
			if v < .004 && d > -.01 && d < .01 {
				continue
			}
			q := c.im.Pix[(yy*c.im.W+xx)*3:][:3]
			a := min(max((v-.35)*4, 0), 1) * t.tipped
			for k := range q {
				u := q[k] + a*(t.foil[k]-q[k])
				if d > 0 {
					u += d * (1.1 - u) * 1.2
				} else {
					u *= 1 + d
				}
				q[k] = min(max(u, 0), 1)
			}
		}
	}
}
