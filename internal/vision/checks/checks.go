// Package checks judges how an image of a card was captured. Border, glare and
// overlap are measured on the outline that was detected and on its pixels.
package checks

import (
	"math"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// Card is what is known of a card, in pixels of the image.
type Card struct {
	Corners geom.Quad
	Outline bool // Corners are an outline that was detected, not the whole image
	Fields  []Field
	Others  []geom.Quad // outlines of the other cards
	Whole   geom.Rect   // the part of the image that the file holds
}

// Field is where a field of the card was read.
type Field struct {
	Name  capture.Field
	Quads []geom.Quad // its digits, or the whole of it
}

// Measure returns the checks that need no network: border, glare and overlap.
func Measure(image *pixel.Pyramid, c Card) (m capture.Checks) {
	flat, ok := flatten(image, c.Corners)
	if !ok {
		return m
	}
	m.Border = border(flat, c)
	m.Glare = glare(image, flat, c)
	m.Overlap = overlap(c)
	return m
}

// warnFrom is the probability from which a measured check warns. The scales of
// the checks are set so that it is the same for all.
const warnFrom = 0.5

// result is a check with a probability and polygons.
func result(p float64, at ...geom.Quad) capture.Check {
	c := capture.Check{P: p, Warn: p >= warnFrom}
	if c.Warn {
		c.Polygons = polygons(at)
	}
	return c
}

func polygons(quads []geom.Quad) (all []capture.Polygon) {
	for _, q := range quads {
		var p capture.Polygon
		for i, corner := range q {
			p[i] = [2]float64{corner.X, corner.Y}
		}
		all = append(all, p)
	}
	return all
}

// logistic is 0.5 at middle and 0.73 a scale above it.
func logistic(v, middle, scale float64) float64 { return 1 / (1 + math.Exp((middle-v)/scale)) }

// flatCard is a card seen from straight above, small, with a rim of its
// surroundings.
type flatCard struct {
	*pixel.RGB
	toImage geom.Homography
	frame   geom.Rect // the card in it
}

// Size of a flat card of landscape format, and of the rim around it.
const (
	flatLong, flatShort = 144, 91
	flatRim             = 7
)

func flatten(image *pixel.Pyramid, corners geom.Quad) (*flatCard, bool) {
	w, h := flatLong, flatShort
	if corners.Height() > corners.Width() {
		w, h = h, w
	}
	f := geom.Rect{X0: flatRim, Y0: flatRim, X1: float64(w + flatRim), Y1: float64(h + flatRim)}
	toImage, ok := geom.QuadToQuad(geom.RectQuad(f.X0, f.Y0, f.W(), f.H()), corners)
	if !ok {
		return nil, false
	}
	flat := &flatCard{pixel.New(w+2*flatRim, h+2*flatRim), toImage, f}
	image.Warp(flat.RGB, toImage, nil)
	return flat, true
}

// at returns the pixel at a whole position.
func (f *flatCard) at(x, y int) [3]uint8 {
	i := (y*f.W + x) * 3
	return [3]uint8{f.Pix[i], f.Pix[i+1], f.Pix[i+2]}
}

// quad returns a rectangle of the flat card in the image.
func (f *flatCard) quad(r geom.Rect) geom.Quad {
	return f.toImage.Quad(geom.RectQuad(r.X0, r.Y0, r.W(), r.H()))
}
