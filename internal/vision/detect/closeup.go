package detect

import (
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// If the mask shows card where no outline was found, there is another card.
const (
	minOtherCells = 12   // of the mask, from which a patch is examined
	maxOtherBlobs = 2    // patches examined, the largest first
	windowMargin  = 0.35 // of a patch's size, beyond each side
	ownMask       = 1.15 // of an outline's size, within which the mask is its own
)

// confirm returns the cards if a close-up finds any of them again at its
// place, and nil if not. The cards and toImage are those of the first pass.
func (f *Finder) confirm(ctx context.Context, image *pixel.Pyramid, toImage geom.Homography, cards []Found) (all []Found, err error) {
	sure := false
	for i, card := range cards {
		if i < maxCloseUps {
			again, ok, err := f.closeUp(ctx, image, card.mapped(toImage))
			if err != nil {
				return nil, err
			}
			if ok {
				card.closeUp, sure = &again, true
			}
		}
		all = append(all, card)
	}
	if !sure {
		return nil, nil
	}
	return all, nil
}

// refine returns the card as a close-up shows it, or as it was if that does not
// find it.
func (f *Finder) refine(ctx context.Context, image *pixel.Pyramid, card Found) (Found, error) {
	again, ok, err := f.closeUp(ctx, image, card)
	if !ok {
		again = card
	}
	return again, err
}

// closeUp detects a card again in an image of the card alone: upright, centred
// and large, by the corners found so far. That is the easiest image of it, so
// this answer is the better one, if it is the same card.
func (f *Finder) closeUp(ctx context.Context, image *pixel.Pyramid, card Found) (again Found, ok bool, err error) {
	w, h := closeWidth, closeHeight
	if card.Corners.Height() > card.Corners.Width() {
		w, h = h, w
	}
	frame := geom.RectQuad((Content-w)/2, (Content-h)/2, w, h)
	toImage, ok := geom.QuadToQuad(frame, card.Corners)
	if !ok {
		return Found{}, false, nil
	}
	found, err := f.inWindow(ctx, image, toImage)
	if err != nil {
		return Found{}, false, err
	}
	for _, again := range found {
		if _, d := nearest(again.Corners, frame); again.Score < card.Score/2 || d > sameQuad*math.Sqrt(w*h) {
			continue
		}
		if again = again.mapped(toImage); again.Corners.Convex() {
			return again, true, nil
		}
	}
	return Found{}, false, nil
}

// inWindow detects cards in a window of the image, a square of Content pixels.
// Their corners are in pixels of the window.
func (f *Finder) inWindow(ctx context.Context, image *pixel.Pyramid, toImage geom.Homography) ([]Found, error) {
	window := pixel.New(Content, Content)
	image.Warp(window, toImage, nil)
	pyramid := pixel.NewPyramid(window)
	in, toWindow := Letterbox(pyramid)
	out, err := f.plan.Run(ctx, in, nil)
	if err != nil {
		return nil, err
	}
	found, err := decode(out, content(toWindow, pyramid), func([]Found) ([]Found, error) { return nil, nil })
	for i := range found {
		found[i] = found[i].mapped(toWindow)
	}
	return found, err
}

// others adds the cards that a close-up finds where the mask shows card and
// none was found. out and toImage are those of the first pass.
func (f *Finder) others(ctx context.Context, image *pixel.Pyramid, out []float32, toImage geom.Homography, found []Found) ([]Found, error) {
	cells := votes(out)
	for i := range cells {
		x, y := center(i)
		at := toImage.Apply(geom.Point{X: x, Y: y})
		if slices.ContainsFunc(found, func(f Found) bool { return scaled(f.Corners, ownMask).Contains(at) }) {
			cells[i].p = 0
		}
	}
	left := blobs(cells)
	for _, b := range left[:min(maxOtherBlobs, len(left))] {
		if b.cells < minOtherCells {
			break
		}
		window, ok := geom.QuadToQuad(geom.RectQuad(0, 0, Content, Content), toImage.Quad(b.window()))
		if !ok {
			continue
		}
		inWindow, err := f.inWindow(ctx, image, window)
		if err != nil {
			return nil, err
		}
		for _, card := range inWindow {
			if card, err = f.refine(ctx, image, card.mapped(window)); err != nil {
				return nil, err
			}
			if len(found) < maxCards && !overlaps(found, card.Corners) {
				found = append(found, card)
			}
		}
	}
	return found, nil
}

// window returns a square around the blob.
func (b *blob) window() geom.Quad {
	r := geom.Quad{b.edge[0], b.edge[0], b.edge[0], b.edge[0]}.Bounds()
	for _, p := range b.edge {
		r.X0, r.X1 = math.Min(r.X0, p.X), math.Max(r.X1, p.X)
		r.Y0, r.Y1 = math.Min(r.Y0, p.Y), math.Max(r.Y1, p.Y)
	}
	side := (1 + 2*windowMargin) * math.Max(r.X1-r.X0, r.Y1-r.Y0)
	return geom.RectQuad((r.X0+r.X1-side)/2, (r.Y0+r.Y1-side)/2, side, side)
}

// scaled returns a quad scaled about its centre.
func scaled(q geom.Quad, by float64) geom.Quad {
	m := q.Center()
	for k := range q {
		q[k] = m.Add(q[k].Sub(m).Mul(by))
	}
	return q
}
