// Package rectify maps a card in an image to an upright ID-1 card (ISO/IEC 7810:
// 85.60 x 53.98 mm), by the homography of its four corners. The result is small,
// for finding the lines. Lines are later cropped from the image itself, through
// the same homography, at full resolution.
package rectify

import (
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// Size of the rectified image and of the card centred in it, landscape;
// portrait cards have them swapped. 317 pixels are 85.6 mm: 3.70 a mm.
const (
	Width, Height         = 352, 224
	cardWidth, cardHeight = 317.0, 200.0
)

// Rectified is a card seen from straight above.
type Rectified struct {
	RGB      *pixel.RGB
	ToImage  geom.Homography // from pixels of RGB to those of the image
	Portrait bool
}

// Card rectifies the card with the given corners. ok is false if they span no
// area.
func Card(image *pixel.Pyramid, corners geom.Quad) (card *Rectified, ok bool) {
	w, h := Width, Height
	portrait := corners.Height() > corners.Width()
	if portrait {
		w, h = h, w
	}
	toImage, ok := geom.QuadToQuad(Frame(portrait), corners)
	if !ok {
		return nil, false
	}
	card = &Rectified{RGB: pixel.New(w, h), ToImage: toImage, Portrait: portrait}
	image.Warp(card.RGB, toImage, nil)
	return card, true
}

// Frame returns where the card lies in the rectified image.
func Frame(portrait bool) geom.Quad {
	w, h, cw, ch := float64(Width), float64(Height), cardWidth, cardHeight
	if portrait {
		w, h, cw, ch = h, w, ch, cw
	}
	return geom.RectQuad((w-cw)/2, (h-ch)/2, cw, ch)
}
