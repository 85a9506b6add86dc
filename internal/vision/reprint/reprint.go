// Package reprint reads the first digits of an embossed number where they stand
// once more: beneath the first group, printed flat and small, so that a number
// that was pressed over another shows.
package reprint

import (
	"context"
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/recognize"
)

// Digits is how many there are.
const Digits = 4

// Where they are, in heights of the number's digits, 4.3 mm on a card of
// ISO/IEC 7811.
const (
	below  = 1.03 // from axis to axis
	height = 0.40
	from   = -0.65 // of the strip, from the middle of the first digit
	to     = 1.75
)

// views look for them where cards have them, a little higher and lower, and
// smaller and larger. None but the right one gives four digits.
var views = []recognize.View{
	{Tall: 1.45, Stretch: 1},
	{Tall: 1.45, Stretch: 1, Shift: -0.30},
	{Tall: 1.45, Stretch: 1, Shift: 0.30},
	{Tall: 1.90, Stretch: 1.1},
	{Tall: 1.15, Stretch: 1},
}

// Read is what stands beneath the digits of a number, whose places are given in
// columns of a crop: what four digits it may be, with how probable each is to
// the crop that shows it best. It is empty where nothing of the kind stands
// there.
func Read(ctx context.Context, r *recognize.Reader, picture *pixel.Pyramid, spots []ctc.Spot, by *recognize.Columns) (map[string]float64, error) {
	first := map[string]float64{}
	if len(spots) < Digits {
		return first, nil
	}
	x, y := spots[0].Column*recognize.Stride, recognize.Height/2+below*by.Digit
	strip := recognize.Strip{
		Left: geom.Point{X: x + from*by.Digit, Y: y}, Right: geom.Point{X: x + to*by.Digit, Y: y},
		Height: height * by.Digit, ToPicture: by.ToPicture,
	}
	for _, v := range views {
		cols, err := r.Read(ctx, picture, strip, v)
		if err != nil {
			return nil, err
		}
		for _, c := range ctc.Decode([]*ctc.View{ctc.Digits(cols.P)}, nil).Candidates {
			if len(c.Text) == Digits {
				first[c.Text] = math.Max(first[c.Text], c.P)
			}
		}
	}
	return first, nil
}
