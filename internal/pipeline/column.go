package pipeline

import (
	"context"
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/multiline"
	"github.com/kahao/kahao/internal/vision/pageline"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/pan"
)

// maxColumns is how many columns of a view are read.
const maxColumns = 3

// columnPass returns the pass over a number whose digits stand one beneath the other
// on an enlarged card, or nil. The networks know no such line. That of the corners
// turns the card so that the column is a row: the card is looked at in all its turns.
func (r *Reader) columnPass(ctx context.Context, img input, v view) (*pass, error) {
	for turn := range 4 {
		turned := enlarged(v.corners.Turn(turn))
		flat := pixel.New(turned.w, turned.h)
		img.pixels.Warp(flat, turned.toImage, nil)
		r.trace(ctx, "rectify")
		columns := pageline.Columns(flat)
		r.trace(ctx, "lines")
		for _, c := range columns[:min(len(columns), maxColumns)] {
			l, err := r.numberIn(ctx, img, turned, c)
			if err != nil {
				return nil, err
			}
			if l == nil {
				continue
			}
			lines, err := r.lines.Find(ctx, flat) // for the dates
			if err != nil {
				return nil, err
			}
			p := &pass{
				corners: turned.corners, toImage: turned.toImage, lines: lines, likely: 1, column: true,
				number: multiline.Number{Parts: []*recognize.Line{l}, Hypotheses: l.Hypotheses},
			}
			p.setScore(math.Log(wholeImageProb))
			return p, nil
		}
	}
	return nil, nil
}

// numberIn reads a column, and returns nil if it is no number. The first letters of a
// text's lines stand in columns, too, so that it must be a network's number with the
// right check digit, and no digit may be covered.
func (r *Reader) numberIn(ctx context.Context, img input, v view, c pageline.Column) (*recognize.Line, error) {
	l, err := r.columnLine(ctx, img, v, c, r.text)
	if err != nil {
		return nil, err
	}
	text := l.Top().Text
	if len(text) < pan.MinDigits || len(text) > pan.MaxDigits || l.Top().Pixels < clearText {
		return nil, nil
	}
	at := prior.Lookup(text)
	if at.Network == "" || !prior.PossibleLength(text, at, nil) || !pan.Luhn(text) && !prior.MadeUp(text) {
		return nil, nil
	}
	covered, err := r.columnLine(ctx, img, v, c, r.covered)
	if err != nil || ctc.HasCovered(covered.Top().Text) {
		return nil, err
	}
	l.CoveredProb = covered.Hypotheses.CoveredProb()
	return l, nil
}

// columnLine reads a column with a network.
func (r *Reader) columnLine(ctx context.Context, img input, v view, c pageline.Column, text *recognize.Reader) (*recognize.Line, error) {
	k := c.Height / spacedHeight
	l, err := r.together(ctx, img, text, c.Digits, func(i int) geom.Homography {
		o := c.First.Add(c.Step.Mul(float64(i))).Sub(geom.Point{X: k * spacedWidth / 2, Y: c.Height})
		return v.toImage.Mul(geom.Homography{k, 0, o.X, 0, k, o.Y, 0, 0, 1})
	}, recognize.Plan{
		Crops: numberCrops, CheckAfter: []int{firstCheck, secondCheck, len(numberCrops)},
		Decode: ctc.DecodeDigits, Prior: r.luhn.prior, Enough: numberEnough,
	})
	if err != nil {
		return nil, err
	}
	along := c.Step.Mul(1 / float64(spacedWidth))
	across := geom.Point{X: -k} // the line runs down: what is below it is at its left
	o := c.First.Sub(c.Step.Mul(1.5)).Sub(across.Mul(spacedHeight))
	placeOn(l, v.toImage.Mul(geom.Homography{along.X, across.X, o.X, along.Y, across.Y, o.Y, 0, 0, 1}))
	return l, nil
}
