package plan

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/scene"
)

// What every digit of a number must keep in the image for the number to count
// as readable. The bounds were set by looking at images, and may only move to
// declare fewer unreadable: those of print and contrast were lowered when a
// reader read half of what they declared.
const (
	minHeight     = 8.0   // of a digit, in pixels
	minWidth      = 3.5   // of a digit's cell, in pixels
	minInside     = 0.8   // share of a digit within the image
	minLegibility = 0.2   // of its print on the card, see card.Line
	minSurvival   = 0.4   // correlation of the digit on the card with the image
	minContrast   = 0.008 // left between its ink and its ground, of full scale
	maxBlur       = 0.13  // standard deviation of the camera's blur, in digit heights
)

// Reasons for which a number is declared unreadable.
const (
	readable = ""
	faint    = "faint"
	blurred  = "blurred"
	covered  = "covered"
	hidden   = "hidden"
	small    = "small"
	outside  = "outside"
)

// unreadable returns the reason why a card's number cannot be read in the image,
// by the ground truth; empty if it can, or if the card has no number.
func unreadable(p *pixel.RGB, blur float64, c scene.Placed) string {
	worst := readable
	rank := map[string]int{readable: 0, faint: 1, blurred: 2, covered: 3, hidden: 4, small: 5, outside: 6}
	for _, l := range c.Card.Lines {
		if l.Kind != card.Number {
			continue
		}
		for i, d := range l.Digits {
			m := digit(p, c, d)
			m.blur, m.legibility, m.contrast = blur, l.Legibility[i], m.gain*l.Contrast
			if why := m.verdict(); rank[why] > rank[worst] {
				worst = why
			}
		}
	}
	return worst
}

// The grid on which a digit and its surroundings are compared.
const across, down = 14, 18

// margin is the part of a digit's surroundings that is compared too, in digit
// heights.
const margin = .15

// remains is what is left of a digit in the image.
type remains struct {
	inside, height, width      float64
	survival, gain             float64 // correlation and slope, from the card to the image
	blur, legibility, contrast float64
}

// verdict names the first bound that the digit misses.
func (m remains) verdict() string {
	switch {
	case m.inside < minInside:
		return outside
	case m.height < minHeight || m.width < minWidth:
		return small
	case m.blur > maxBlur*m.height:
		return blurred
	case m.legibility < minLegibility:
		return covered
	case m.survival < minSurvival:
		return hidden
	case m.contrast < minContrast:
		return faint
	}
	return readable
}

// digit measures one digit in the image, given its box on the card.
func digit(p *pixel.RGB, c scene.Placed, box geom.Quad) remains {
	b := box.Bounds()
	pad := margin * b.H()
	x0, y0, w, h := b.X0-pad, b.Y0-pad, b.W()+2*pad, b.H()+2*pad
	inside, inner := 0, 0
	var s sums
	for j := range down {
		for i := range across {
			on := geom.Point{X: x0 + (float64(i)+.5)/across*w, Y: y0 + (float64(j)+.5)/down*h}
			at := c.Map.Apply(on)
			in := at.X >= 0 && at.Y >= 0 && at.X < float64(p.W) && at.Y < float64(p.H)
			if on.X >= b.X0 && on.X < b.X1 && on.Y >= b.Y0 && on.Y < b.Y1 {
				inner++
				if in {
					inside++
				}
			}
			if in {
				s.add(mean(c.Card.Image, on, w/across, h/down), luma(p, at))
			}
		}
	}
	gain, correlation := s.fit()
	return remains{
		inside: float64(inside) / float64(max(1, inner)), height: c.Map.Quad(box).Height(),
		width: c.Map.Quad(geom.RectQuad(x0, y0, w, h)).Width(), survival: correlation, gain: gain,
	}
}

// sums accumulates a linear fit of y by x.
type sums struct{ n, x, y, xx, xy, yy float64 }

func (s *sums) add(x, y float64) {
	s.n++
	s.x, s.y, s.xx, s.xy, s.yy = s.x+x, s.y+y, s.xx+x*x, s.xy+x*y, s.yy+y*y
}

// fit returns the slope and the correlation.
func (s *sums) fit() (slope, correlation float64) {
	if s.n == 0 {
		return 0, 0
	}
	xx, yy, xy := s.xx-s.x*s.x/s.n, s.yy-s.y*s.y/s.n, s.xy-s.x*s.y/s.n
	if xx < 1e-9 || yy < 1e-9 {
		return 0, 0
	}
	return xy / xx, xy / math.Sqrt(xx*yy)
}

// luma is the lightness of an image at a point, 0 to 1, interpolated.
func luma(p *pixel.RGB, at geom.Point) float64 {
	x, y := min(max(at.X-.5, 0), float64(p.W-1)), min(max(at.Y-.5, 0), float64(p.H-1))
	i, j := min(int(x), max(0, p.W-2)), min(int(y), max(0, p.H-2))
	u, v := x-float64(i), y-float64(j)
	l := func(i, j int) float64 {
		q := p.Pix[(min(j, p.H-1)*p.W+min(i, p.W-1))*3:]
		return .299*float64(q[0]) + .587*float64(q[1]) + .114*float64(q[2])
	}
	a, b := l(i, j)+(l(i+1, j)-l(i, j))*u, l(i, j+1)+(l(i+1, j+1)-l(i, j+1))*u
	return (a + (b-a)*v) / 255
}

// mean is the lightness of an image over a cell around a point.
func mean(p *pixel.RGB, at geom.Point, w, h float64) float64 {
	sum := 0.0
	for j := range 3 {
		for i := range 3 {
			sum += luma(p, geom.Point{X: at.X + (float64(i)-1)/3*w, Y: at.Y + (float64(j)-1)/3*h})
		}
	}
	return sum / 9
}
