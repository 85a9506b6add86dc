// Package spelltest makes lines of print for tests, as though they had been
// read.
package spelltest

import (
	"github.com/kahao/kahao/internal/vision/geom"
	"github.com/kahao/kahao/internal/vision/lattice"
	"github.com/kahao/kahao/internal/vision/spell"
	"github.com/kahao/kahao/internal/vision/transcribe"
)

// Printed is a line that says a text with some certainty, at a place on the
// card: its left end, its axis and the height of its digits.
func Printed(text string, p, x, y, height float64) *spell.Line {
	m := make(lattice.Matrix, (3*len(text)+1)*transcribe.Classes)
	for i := range m {
		m[i] = (1 - p) / (transcribe.Classes - 1)
	}
	for t := 0; t <= 3*len(text); t++ {
		c := transcribe.Blank
		if t%3 == 1 {
			c = lattice.Symbol(text[t/3])
		}
		m[t*transcribe.Classes+c] = p
	}
	l := &spell.Line{Strip: transcribe.Strip{
		Left: geom.Point{X: x, Y: y}, Right: geom.Point{X: x + 0.8*height*float64(len(text)), Y: y},
		Height: height, ToPicture: geom.Identity,
	}}
	for range 3 {
		l.Crops = append(l.Crops, &transcribe.Columns{P: m, ToPicture: geom.Identity, Digit: 22})
		l.Views = append(l.Views, lattice.Digits(m))
	}
	l.Lattice = lattice.Decode(l.Views, nil)
	return l
}
