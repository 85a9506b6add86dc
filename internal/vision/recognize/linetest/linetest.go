// Package linetest makes lines of print for tests, as if they had been read.
package linetest

import (
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/recognize"
)

// Printed returns a line that gives a text with probability p in each column,
// at a place on the card: its left end, its axis and the height of its digits.
func Printed(text string, p, x, y, height float64) *recognize.Line {
	m := make(ctc.Matrix, (3*len(text)+1)*ctc.Classes)
	for i := range m {
		m[i] = (1 - p) / (ctc.Classes - 1)
	}
	for t := 0; t <= 3*len(text); t++ {
		c := ctc.Blank
		if t%3 == 1 {
			c = ctc.Symbol(text[t/3])
		}
		m[t*ctc.Classes+c] = p
	}
	l := &recognize.Line{Strip: recognize.Strip{
		Left: geom.Point{X: x, Y: y}, Right: geom.Point{X: x + 0.8*height*float64(len(text)), Y: y},
		Height: height, ToImage: geom.Identity,
	}}
	k := 0.8 * height / (3 * recognize.Stride) // a digit has three columns
	toImage := geom.Homography{k, 0, x, 0, k, y - k*recognize.Height/2, 0, 0, 1}
	for range 3 {
		l.Columns = append(l.Columns, &recognize.Columns{P: m, ToImage: toImage, Digit: 22})
		l.Decoded = append(l.Decoded, ctc.DecodeDigits(m))
	}
	l.Hypotheses = ctc.Combine(l.Decoded, nil)
	return l
}
