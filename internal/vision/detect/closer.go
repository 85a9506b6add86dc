package detect

import (
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// closer looks again at parts of a picture. Its first error ends it: from then
// on it finds nothing new.
type closer struct {
	*Finder
	ctx       context.Context
	picture   *pixel.Pyramid
	toPicture geom.Homography // from the first look's input
	err       error
}

// Where the mask shows card and no outline lies, there is another card.
const (
	otherCells = 12   // of the mask, from which what is left over is looked at
	otherBlobs = 2    // so many patches of it, the largest
	around     = 0.35 // of a patch's size, beyond each side
	nearCard   = 1.15 // an outline's size, within which the mask may be its own
)

// inPicture is a card of the first look, in pixels of the picture.
func (c *closer) inPicture(f Found) Found {
	f.Corners = c.toPicture.Quad(f.Corners)
	return f
}

// none confirms nothing.
func none([]Found) []Found { return nil }

// confirm returns the cards if a closer look finds any of them again where it
// was.
func (c *closer) confirm(cards []Found) (all []Found) {
	sure := false
	for i, f := range cards {
		if i < refined {
			if again, ok := c.again(c.inPicture(f)); ok {
				f.closer, sure = &again, true
			}
		}
		all = append(all, f)
	}
	if !sure {
		return nil
	}
	return all
}

// refine is what a closer look finds, or what was found before.
func (c *closer) refine(first Found) Found {
	if again, ok := c.again(first); ok {
		return again
	}
	return first
}

// again looks again, at the card alone: upright, centred and large, by the
// corners found so far. That is the easiest picture of it, so the second
// answer is the better one wherever it names the same card.
func (c *closer) again(first Found) (Found, bool) {
	w, h := closeWidth, closeHeight
	if first.Corners.Height() > first.Corners.Width() {
		w, h = h, w
	}
	frame := geom.RectQuad((Content-w)/2, (Content-h)/2, w, h)
	toPicture, ok := geom.QuadToQuad(frame, first.Corners)
	if !ok {
		return Found{}, false
	}
	for _, again := range c.look(toPicture) {
		if _, d := nearest(again.Corners, frame); again.Score < first.Score/2 || d > sameQuad*math.Sqrt(w*h) {
			continue
		}
		again.Corners = toPicture.Quad(again.Corners)
		if again.Corners.Convex() {
			return again, true
		}
	}
	return Found{}, false
}

// look finds cards in a square view of the picture, Content pixels wide.
func (c *closer) look(toPicture geom.Homography) []Found {
	if c.err != nil {
		return nil
	}
	view := pixel.New(Content, Content)
	c.picture.Warp(view, toPicture, nil)
	near := pixel.NewPyramid(view)
	in, back := Letterbox(near)
	out, err := c.plan.Run(c.ctx, in, nil)
	if err != nil {
		c.err = err
		return nil
	}
	found := decode(out, content(back, near), none)
	for i := range found {
		found[i].Corners = back.Quad(found[i].Corners)
	}
	return found
}

// others adds the cards that a closer look finds where the mask shows card and
// none was found.
func (c *closer) others(out []float32, found []Found) []Found {
	cells := votes(out)
	for i := range cells {
		x, y := center(i)
		at := c.toPicture.Apply(geom.Point{X: x, Y: y})
		if slices.ContainsFunc(found, func(f Found) bool { return grown(f.Corners, nearCard).Contains(at) }) {
			cells[i].p = 0
		}
	}
	left := blobs(cells)
	for _, b := range left[:min(otherBlobs, len(left))] {
		if b.cells < otherCells {
			break
		}
		box := b.window()
		toPicture, ok := geom.QuadToQuad(geom.RectQuad(0, 0, Content, Content), c.toPicture.Quad(box))
		if !ok {
			continue
		}
		for _, f := range c.look(toPicture) {
			f.Corners = toPicture.Quad(f.Corners)
			if f = c.refine(f); len(found) < maxCards && !overlaps(found, f.Corners) {
				found = append(found, f)
			}
		}
	}
	return found
}

// window is a square around the blob.
func (b *blob) window() geom.Quad {
	r := geom.Quad{b.edge[0], b.edge[0], b.edge[0], b.edge[0]}.Bounds()
	for _, p := range b.edge {
		r.X0, r.X1 = math.Min(r.X0, p.X), math.Max(r.X1, p.X)
		r.Y0, r.Y1 = math.Min(r.Y0, p.Y), math.Max(r.Y1, p.Y)
	}
	side := (1 + 2*around) * math.Max(r.X1-r.X0, r.Y1-r.Y0)
	return geom.RectQuad((r.X0+r.X1-side)/2, (r.Y0+r.Y1-side)/2, side, side)
}

// grown is a quad made larger about its middle.
func grown(q geom.Quad, by float64) geom.Quad {
	m := q.Center()
	for k := range q {
		q[k] = m.Add(q[k].Sub(m).Mul(by))
	}
	return q
}
