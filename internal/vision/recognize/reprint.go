package recognize

import (
	"context"
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/ctc"
)

// ReprintDigits is the length of a reprint: the first digits of an embossed
// number may be printed again below the first group, flat and small, so that a
// number embossed over another one shows.
const ReprintDigits = 4

// Position of the reprint in heights of the number's digits, which are 4.3 mm
// on a card of ISO/IEC 7811.
const (
	reprintBelow  = 1.03 // from axis to axis
	reprintHeight = 0.40
	reprintFrom   = -0.65 // of the strip, from the middle of the first digit
	reprintTo     = 1.75
)

// reprintCrops cover the usual position, a little higher and lower, and a
// little smaller and larger. Only the right one gives four digits.
var reprintCrops = []Crop{
	{Tall: 1.45, Stretch: 1},
	{Tall: 1.45, Stretch: 1, Shift: -0.30},
	{Tall: 1.45, Stretch: 1, Shift: 0.30},
	{Tall: 1.90, Stretch: 1.1},
	{Tall: 1.15, Stretch: 1},
}

// Reprint reads the reprint below a number whose digits stand at the spots. It
// returns the probability of each text of four digits, by the crop that shows
// it best: an empty map if nothing of the kind is printed there. It reads the
// usual position, and the other crops only if more says so by its texts.
func (r *Reader) Reprint(ctx context.Context, image *pixel.Pyramid, spots []ctc.Spot, in *Columns, more func(texts map[string]float64) bool) (map[string]float64, error) {
	texts := map[string]float64{}
	if len(spots) < ReprintDigits {
		return texts, nil
	}
	x, y := spots[0].Column*Stride, Height/2+reprintBelow*in.Digit
	strip := Strip{
		Left: geom.Point{X: x + reprintFrom*in.Digit, Y: y}, Right: geom.Point{X: x + reprintTo*in.Digit, Y: y},
		Height: reprintHeight * in.Digit, ToImage: in.ToImage,
	}
	for i, crop := range reprintCrops {
		if i == 1 && !more(texts) {
			break
		}
		cols, err := r.Columns(ctx, image, strip, crop)
		if err != nil {
			return nil, err
		}
		for _, h := range ctc.Combine([]*ctc.Decoded{ctc.DecodeDigits(cols.P)}, nil).List {
			if len(h.Text) == ReprintDigits {
				texts[h.Text] = math.Max(texts[h.Text], h.P)
			}
		}
	}
	return texts, nil
}
