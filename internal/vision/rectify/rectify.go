// Package rectify takes a card out of a photograph: the homography between
// its four corners and an upright ID-1 card (ISO/IEC 7810: 85.60 x 53.98 mm),
// drawn small for finding the lines. Lines are later cut from the photograph
// itself, through the same homography, at its full resolution.
package rectify

import (
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// Size of the flattened image and of the card centred in it, landscape;
// portrait cards have them swapped. 317 pixels are 85.6 mm: 3.70 a mm.
const (
	Width, Height         = 352, 224
	cardWidth, cardHeight = 317.0, 200.0
)

// Flat is a flattened card.
type Flat struct {
	RGB      *pixel.RGB
	ToImage  geom.Homography // from pixels of RGB to those of the photograph
	Portrait bool
}

// Card flattens the card with the given corners; ok is false when they span
// no area.
func Card(image *pixel.Pyramid, corners geom.Quad) (flat *Flat, ok bool) {
	w, h := Width, Height
	portrait := corners.Height() > corners.Width()
	if portrait {
		w, h = h, w
	}
	toImage, ok := geom.QuadToQuad(Frame(portrait), corners)
	if !ok {
		return nil, false
	}
	flat = &Flat{RGB: pixel.New(w, h), ToImage: toImage, Portrait: portrait}
	image.Warp(flat.RGB, toImage, nil)
	return flat, true
}

// Frame is where the card lies in the flattened image.
func Frame(portrait bool) geom.Quad {
	w, h, cw, ch := float64(Width), float64(Height), cardWidth, cardHeight
	if portrait {
		w, h, cw, ch = h, w, ch, cw
	}
	return geom.RectQuad((w-cw)/2, (h-ch)/2, cw, ch)
}
