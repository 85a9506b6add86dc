package glyph

import (
	"math/rand/v2"

	"github.com/kahao/kahao/internal/synth/raster"
)

// lit names the bars of every digit of a display: a top, b and c right, d
// bottom, e and f left, g the middle.
var lit = [10]string{"abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgcde", "abc", "abcdefg", "abcdfg"}

// bar are the ends of the seven bars in the box of the large numerals.
var bar = map[rune][2]node{
	'a': {{-1.02, 1.91, 0}, {1.02, 1.91, 0}}, 'b': {{1.02, 1.91, 0}, {1.02, 0, 0}}, 'c': {{1.02, 0, 0}, {1.02, -1.91, 0}},
	'd': {{-1.02, -1.91, 0}, {1.02, -1.91, 0}}, 'e': {{-1.02, 0, 0}, {-1.02, -1.91, 0}}, 'f': {{-1.02, 1.91, 0}, {-1.02, 0, 0}},
	'g': {{-1.02, 0, 0}, {1.02, 0, 0}},
}

// NewSegment draws a face of seven bars, whose 1 is a bare upright: joined or
// apart, upright or slanted, as makers of displays and of cards like it.
func NewSegment(name string, rng *rand.Rand) *Face {
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	shown := lit
	if raster.Chance(rng, .3) {
		shown[6] = "fgcde"
	}
	if raster.Chance(rng, .3) {
		shown[9] = "abcfg"
	}
	if raster.Chance(rng, .3) {
		shown[7] = "fabc"
	}
	gap, slant := raster.Pick(rng, 0, 0, u(.1, .22)), raster.Pick(rng, 0, 0, u(.05, .2))
	lean := func(n node) node { return node{n.x + slant*n.y, n.y, 0} }
	j := Jitter{Pen: u(.28, .7), Round: 1, Aspect: u(.7, 1.1)}
	f := strokes(name, Segment, func(c rune) [][]node {
		if c == '/' {
			return [][]node{{lean(node{-.8, -1.91, 0}), lean(node{.8, 1.91, 0})}}
		}
		if c == '-' {
			return [][]node{{{-.6, 0, 0}, {.6, 0, 0}}}
		}
		var all [][]node
		shift := 0.0
		if c == '1' {
			shift = -1.02 // its ink in the middle, as that of every glyph
		}
		for _, b := range shown[c-'0'] {
			p, q := bar[b][0], bar[b][1]
			dx, dy := q.x-p.x, q.y-p.y
			l := max(dx, -dx) + max(dy, -dy)
			p, q = node{p.x + dx/l*gap + shift, p.y + dy/l*gap, 0}, node{q.x - dx/l*gap + shift, q.y - dy/l*gap, 0}
			all = append(all, []node{lean(p), lean(q)})
		}
		return all
	}, j)
	for i := range f.Glyphs {
		f.Glyphs[i].Adv = f.Glyphs[8].W * u(1.2, 1.5)
	}
	if raster.Chance(rng, .4) { // the 1 takes the room of its bar alone
		f.Glyphs[1].Adv = f.Glyphs[1].W + (f.Glyphs[8].Adv-f.Glyphs[8].W)*u(1, 1.6)
	}
	return f
}
