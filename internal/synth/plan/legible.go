package plan

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/scene"
)

// What a number must keep in the picture to count as readable. A number of
// which one digit falls short is declared unreadable. The bounds were set by
// looking at drawings, and are never moved to declare more: those of cover and
// contrast were lowered when a reader could read half of what they declared.
const (
	leastHeight   = 8.0   // of a digit, in pixels
	leastWidth    = 3.5   // of the room of a digit, in pixels
	leastInside   = 0.8   // share of a digit within the picture
	leastKept     = 0.2   // of its print that can be told on the card from what lies under and over it
	leastSurvival = 0.4   // correlation of the digit as printed with the picture
	leastContrast = 0.008 // of its ink to its ground that is left, of full scale
	mostBlur      = 0.13  // standard deviation of the camera's blur, in digit heights
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

// unreadable tells why the number of a card cannot be read in the picture, by
// the drawing's own truth; it is empty where it can, and without a number.
func unreadable(p *pixel.RGB, blur float64, c scene.Placed) string {
	worst := readable
	rank := map[string]int{readable: 0, faint: 1, blurred: 2, covered: 3, hidden: 4, small: 5, outside: 6}
	for _, l := range c.Card.Lines {
		if l.Kind != card.Number {
			continue
		}
		for i, d := range l.Digits {
			m := digit(p, c, d)
			m.blur, m.kept, m.contrast = blur, l.Kept[i], m.gain*l.Contrast
			if why := m.verdict(); rank[why] > rank[worst] {
				worst = why
			}
		}
	}
	return worst
}

// Cells of the grid that a digit and its surroundings are compared on.
const across, down = 14, 18

// margin is how much of a digit's surroundings is compared with it, in its
// height.
const margin = .15

// remains is what is left of a digit in the picture.
type remains struct {
	inside, height, width float64
	survival, gain        float64 // correlation and slope, from the card to the picture
	blur, kept, contrast  float64
}

// verdict names what the digit falls short of.
func (m remains) verdict() string {
	switch {
	case m.inside < leastInside:
		return outside
	case m.height < leastHeight || m.width < leastWidth:
		return small
	case m.blur > mostBlur*m.height:
		return blurred
	case m.kept < leastKept:
		return covered
	case m.survival < leastSurvival:
		return hidden
	case m.contrast < leastContrast:
		return faint
	}
	return readable
}

// digit measures in the picture one digit, given as its box on the card.
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
				s.add(mean(c.Card.Picture, on, w/across, h/down), luma(p, at))
			}
		}
	}
	gain, correlation := s.fit()
	return remains{
		inside: float64(inside) / float64(max(1, inner)), height: c.Map.Quad(box).Height(),
		width: c.Map.Quad(geom.RectQuad(x0, y0, w, h)).Width(), survival: correlation, gain: gain,
	}
}

// sums are those of a linear fit of y by x.
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

// luma is the lightness of a picture at a point, 0 to 1, between its pixels.
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

// mean is the lightness of a picture over a cell around a point.
func mean(p *pixel.RGB, at geom.Point, w, h float64) float64 {
	sum := 0.0
	for j := range 3 {
		for i := range 3 {
			sum += luma(p, geom.Point{X: at.X + (float64(i)-1)/3*w, Y: at.Y + (float64(j)-1)/3*h})
		}
	}
	return sum / 9
}
