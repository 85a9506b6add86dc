package line

import (
	"math"

	"github.com/kahao/kahao/internal/synth/press"
)

// kept is what the camera left of a contrast.
type kept struct {
	blur  float64                     // standard deviation, px of the photograph
	noise float64                     // standard deviation
	slope func(light float64) float64 // of the tone curve
}

// stroke is the breadth of a stem on the canvas.
func (s *sheet) stroke() float64 {
	if s.face == nil {
		return 0.1 * s.dh
	}
	return s.face.Stroke * s.dh
}

// lightness is the mean lightness of the canvas around every character.
func (d *Drawer) lightness(p press.Print) []float64 {
	l := make([]float64, len(p.Boxes))
	for i, b := range p.Boxes {
		l[i] = float64(d.canvas.Mean(int(b.X0), int(b.Y0), int(b.X1)+1, int(b.Y1)+1).Luma())
	}
	return l
}

// answerable estimates from light, focus and tone whether every character can
// still be read: its printed contrast, scaled by the light that falls on it,
// by the tone curve there, and by what blur leaves of a stroke of the given
// breadth, must stand above the noise. Samples that no one could read cost
// more in training than missing realism.
func (d *Drawer) answerable(p press.Print, before []float64, stroke float64, k kept) bool {
	after := d.lightness(p)
	soft := 1 / (1 + math.Pow(1.3*k.blur/max(stroke, .5), 2))
	for i, c := range p.Contrast {
		light := min(after[i]/max(before[i], .01), 1)
		v := float64(c) * light * soft * k.slope(after[i])
		if v < .028+.45*k.noise {
			return false
		}
	}
	return true
}
