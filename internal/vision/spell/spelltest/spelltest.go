// Package spelltest makes lines of print for tests, as though they had been
// read.
package spelltest

import (
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/spell"
)

// Printed is a line that says a text with some certainty, at a place on the
// card: its left end, its axis and the height of its digits.
func Printed(text string, p, x, y, height float64) *spell.Line {
	m := make(ctc.Matrix, (3*len(text)+1)*recognize.Classes)
	for i := range m {
		m[i] = (1 - p) / (recognize.Classes - 1)
	}
	for t := 0; t <= 3*len(text); t++ {
		c := recognize.Blank
		if t%3 == 1 {
			c = ctc.Symbol(text[t/3])
		}
		m[t*recognize.Classes+c] = p
	}
	l := &spell.Line{Strip: recognize.Strip{
		Left: geom.Point{X: x, Y: y}, Right: geom.Point{X: x + 0.8*height*float64(len(text)), Y: y},
		Height: height, ToPicture: geom.Identity,
	}}
	for range 3 {
		l.Crops = append(l.Crops, &recognize.Columns{P: m, ToPicture: geom.Identity, Digit: 22})
		l.Views = append(l.Views, ctc.Digits(m))
	}
	l.Lattice = ctc.Decode(l.Views, nil)
	return l
}
