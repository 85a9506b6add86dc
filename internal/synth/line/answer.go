package line

import (
	"math"

	"github.com/kahao/kahao/internal/synth/imprint"
)

// stroke is the breadth of a stem on the canvas.
func (s *sheet) stroke() float64 {
	if s.face == nil {
		return 0.1 * s.dh
	}
	return s.face.Stroke * s.dh
}

// lightness returns the mean lightness of the canvas around every character.
func (d *Renderer) lightness(p imprint.Result) []float64 {
	l := make([]float64, len(p.Boxes))
	for i, b := range p.Boxes {
		l[i] = d.sparse(int(b.X0), int(b.Y0), int(b.X1)+1, int(b.Y1)+1)
	}
	return l
}

// sparse returns the mean lightness of every sixth pixel of a rectangle.
func (d *Renderer) sparse(x0, y0, x1, y1 int) float64 {
	c := &d.canvas
	x0, y0, x1, y1 = max(0, x0), max(0, y0), min(c.W, x1), min(c.H, y1)
	var s float32
	n := 0
	for y := y0; y < y1; y += 3 {
		for x := x0; x < x1; x += 2 {
			q := c.Pix[(y*c.W+x)*3:]
			s += .299*q[0] + .587*q[1] + .114*q[2]
			n++
		}
	}
	return float64(s) / float64(max(n, 1))
}

// answerable estimates from light, focus and tone whether every character is
// readable: its printed contrast, scaled by the light on it, by the tone curve
// there, and by the remainder of a stroke of the given breadth after blur, must
// exceed the noise. Unreadable samples harm training more than missing realism.
func answerable(p imprint.Result, before, after []float64, stroke float64, set *settings) bool {
	soft := 1 / (1 + math.Pow(1.3*(set.blur+.3*set.motion)/max(stroke, .5), 2))
	for i, c := range p.Contrast {
		light := min(after[i]/max(before[i], .01), 1)
		v := float64(c) * light * soft * set.slope(after[i])
		if v < .04+.6*set.noise {
			return false
		}
	}
	return true
}
