package pipeline

import (
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/rectify"
)

// slantStep is the angle between two turns of the image, in degrees. The network finds lines
// up to about half of it from upright.
const slantStep = 30

// slantedTurns returns the whole image turned by the angles between its quarter turns. An
// outline without a number may lie so far from the card that the number stands beyond it,
// at any angle.
func (r *Reader) slantedTurns(ctx context.Context, img input) (turns []turn, err error) {
	frame := img.frame()
	w, h := frame.Width(), frame.Height()
	k := float64(slices.Min(pageSides)) / max(w, h)
	for degrees := slantStep; degrees < 360; degrees += slantStep {
		if degrees%90 == 0 {
			continue
		}
		sin, cos := math.Sincos(float64(degrees) * math.Pi / 180)
		wide, high := w*math.Abs(cos)+h*math.Abs(sin), w*math.Abs(sin)+h*math.Abs(cos)
		at, along, down := frame.Center(), geom.Point{X: cos, Y: sin}.Mul(wide/2), geom.Point{X: -sin, Y: cos}.Mul(high/2)
		around := geom.Quad{at.Sub(along).Sub(down), at.Add(along).Sub(down), at.Add(along).Add(down), at.Sub(along).Add(down)}
		toImage, ok := geom.QuadToQuad(geom.RectQuad(0, 0, k*wide, k*high), around)
		if !ok {
			return nil, nil
		}
		t := turn{card: &rectify.Rectified{RGB: pixel.New(viewSide(k*wide), viewSide(k*high)), ToImage: toImage}}
		img.pixels.Warp(t.card.RGB, toImage, nil)
		if t.lines, err = r.lines.Find(ctx, t.card.RGB); err != nil {
			return nil, err
		}
		turns = append(turns, t)
	}
	return turns, nil
}
