package card

import (
	"math/rand/v2"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/raster"
)

// The size of an ID-1 card in millimetres (ISO/IEC 7810, 5.1).
const (
	Width  = 85.6
	Height = 53.98
	Corner = 3.18
)

// Kinds of printed lines.
const (
	Number = "number"
	Date   = "date"
	Name   = "name"
	Text   = "text"
)

// Line is something printed on a card, in pixels of the card's image.
type Line struct {
	Kind string
	// Text is what is printed; of numbers the digits without their gaps.
	Text string
	// Quad is the ink box: TL, TR, BR, BL as the line is read.
	Quad geom.Quad
	// Height is that of the digits or capitals.
	Height float64
	// Digits are the boxes of the characters of numbers and dates.
	Digits []geom.Quad
	// Contrast is the minimum, over the characters, of the mean difference from
	// their ground, of full scale.
	Contrast float64
	// Legibility is, for each character of a number, the correlation of its
	// print with the finished card: 1 on a plain card, less under or over
	// artwork.
	Legibility []float64
}

// Card is a drawn card. Its image fills the rectangle; the code that places it
// rounds the corners. A card is immutable.
type Card struct {
	Image *pixel.RGB
	// Scale is in pixels per millimetre.
	Scale float64
	// W, H are the card's size in mm: 85.6 by 53.98, or the reverse.
	W, H float64
	// Lines are in the order of printing.
	Lines []Line

	Number   string // without gaps; may be empty; '?' for hidden digits
	Hidden   string // how digits are hidden, see cover.Hidden; empty: none are
	Grouping []int
	Expiry   string
	Dates    []string
	Name     string
	Bank     string
	Network  string
	Style    string // the face and colour of the number
	Print    string // emboss, flat or empty
	Layout   string // classic, lines2, stacked, portrait, along, back, blank, thing
	// Gloss is how strongly the surface reflects lights, 0 matt to 1 varnish.
	Gloss float64
	// Emboss marks raised print.
	Emboss bool
	// Square says that the corners are not rounded (paper, phones).
	Square bool
	// Thing marks an object that must not be found as a card.
	Thing bool

	half []*pixel.RGB // smaller copies, for small cards in a scene
}

// Portrait reports whether the card is taller than wide.
func (c *Card) Portrait() bool { return c.H > c.W }

// Level returns a copy of the image reduced by 2^n, and n: the argument, or the
// largest level that the image supports.
func (c *Card) Level(n int) (*pixel.RGB, int) {
	if len(c.half) == 0 {
		c.half = append(c.half, c.Image)
	}
	for len(c.half) <= n {
		last := c.half[len(c.half)-1]
		if last.W < 48 || last.H < 48 {
			break
		}
		c.half = append(c.half, halve(last))
	}
	n = min(n, len(c.half)-1)
	return c.half[n], n
}

func halve(s *pixel.RGB) *pixel.RGB {
	d := pixel.New(s.W/2, s.H/2)
	for y := range d.H {
		a, b := s.Pix[2*y*s.W*3:], s.Pix[(2*y+1)*s.W*3:]
		o := d.Pix[y*d.W*3 : (y+1)*d.W*3]
		for x := range d.W {
			for k := range 3 {
				i := x*6 + k
				o[x*3+k] = uint8((int(a[i]) + int(a[i+3]) + int(b[i]) + int(b[i+3]) + 2) / 4)
			}
		}
	}
	return d
}

// between draws uniformly from a..b.
func between(r *rand.Rand, a, b float64) float64 { return a + (b-a)*r.Float64() }

func maybe(r *rand.Rand, p float64) bool { return r.Float64() < p }

func pick[T any](r *rand.Rand, v ...T) T { return v[r.IntN(len(v))] }

// weighted draws an index by weight.
func weighted(r *rand.Rand, w ...float64) int {
	sum := 0.0
	for _, v := range w {
		sum += v
	}
	t := r.Float64() * sum
	for i, v := range w {
		if t < v {
			return i
		}
		t -= v
	}
	return len(w) - 1
}

// hsv returns the colour of a hue (0..1, wraps), saturation and value.
func hsv(h, s, v float64) raster.Color {
	f := func(n float64) float32 {
		k := n + h*6
		k -= 6 * float64(int(k/6))
		if k < 0 {
			k += 6
		}
		t := min(k, 4-k, 1)
		return float32(v - v*s*max(0, t))
	}
	return raster.Color{f(5), f(3), f(1)}
}
