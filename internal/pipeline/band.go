package pipeline

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/textline"
)

// A number that is embossed without colour, or lies under glare, cannot be read, but
// its line often shows. It is looked for in four views of a card along one axis: two
// networks see it both ways up. If two of the views show the same line clearly, the number
// stands on a line of this axis: that line is covered, with all others that any of the
// views shows, even faintly. The number may have a second row, and a name may show better
// than it does. Otherwise it may be anywhere on the card.
//
// Of 68 drawn cards whose number was not read 44 show such a line, and of each number 80 %
// or more stands on the lines. When one network looked both ways up 30 did, and of one
// number 38 % stood elsewhere.
const (
	minShownScore = 0.6 // mean probability of the line's cells
	minFaintScore = 0.2 // of lines besides it
	minRowShare   = 0.2 // of the card's longer side by a second row
	shownAcross   = 0.6 // heights of a digit above and below the line
	shownAlong    = 2.0 // beyond its ends
	maxFlipShift  = 1.0 // heights between the centres of the two
	minFlipLength = 0.8 // of the shorter one by the longer one
)

// shownLine is a line of print on an outline.
type shownLine struct {
	quad  geom.Quad // in pixels of the input
	cover geom.Quad // with rims
	share float64   // of the card's longer side
	score float64
	view  int // which of the views of its axis shows it
}

// unread returns where the number of a card may stand on which none was read, from the
// card in its turns. It returns nothing if the card has none.
func (r *Reader) unread(ctx context.Context, img input, corners geom.Quad, turns []turn) ([]Region, error) {
	if blank(img, corners, turns) {
		return nil, nil
	}
	var clear, all [2][]shownLine // by axis: the turns 0 and 2, and 1 and 3
	for n, t := range turns {
		second, err := r.covers.Find(ctx, t.card.RGB)
		if err != nil {
			return nil, err
		}
		for i, lines := range []*textline.Map{t.lines, second} {
			view := n/2 + 2*i
			sure, axis := t.shownLines(lines, textline.ClearProb, view), n%2
			clear[axis] = append(clear[axis], sure...)
			all[axis] = slices.Concat(all[axis], sure, t.shownLines(lines, textline.FaintProb, view))
		}
	}
	for axis := range clear {
		agreed := func(a shownLine) bool { return a.share >= minCardShare && slices.ContainsFunc(clear[axis], a.agrees) }
		if slices.ContainsFunc(clear[axis], agreed) {
			return faintLines(img, all[axis]), nil
		}
	}
	return []Region{band(img, corners)}, nil
}

// faintLines returns where lines stand. A line within the cover of a longer one is the same
// one in another view.
func faintLines(img input, lines []shownLine) (regions []Region) {
	slices.SortStableFunc(lines, func(a, b shownLine) int { return cmp.Compare(b.share, a.share) })
	var covers []geom.Quad
	for _, l := range lines {
		if l.score >= minFaintScore && !slices.ContainsFunc(covers, l.within) {
			covers = append(covers, l.cover)
			regions = append(regions, Region{Kind: RegionBand, Quad: img.toImage(l.cover)})
		}
	}
	return regions
}

// within reports whether a line lies in a cover with all of its corners.
func (l shownLine) within(cover geom.Quad) bool {
	for _, corner := range l.quad {
		if !cover.Contains(corner) {
			return false
		}
	}
	return true
}

// minBlankSide is the length in pixels of a card from which it may be blank: a part of one
// with a few digits may look like a smaller one.
const minBlankSide = 160

// blank reports whether a card surely has no number: it lies in the image with all of its
// corners, and no part of it looks like the line of a number, however faint, whichever way
// up. Of 327 such outlines around a drawn number none is blank, of 43 others 8 are.
func blank(img input, corners geom.Quad, turns []turn) bool {
	frame := img.frame()
	if len(turns) == 0 || max(corners.Width(), corners.Height()) < minBlankSide {
		return false
	}
	for _, corner := range corners {
		if !frame.Contains(corner) {
			return false
		}
	}
	number := func(l textline.Line) bool { return l.Kind == textline.Number }
	return !slices.ContainsFunc(turns, func(t turn) bool { return slices.ContainsFunc(t.lines.Lines(textline.FaintProb), number) })
}

// shownLines returns the lines of a number on a card whose cells reach a probability, in
// a map of one of the views.
func (t turn) shownLines(lines *textline.Map, from float64, view int) (shown []shownLine) {
	for _, l := range lines.Lines(from) {
		share := l.Right.Sub(l.Left).Len() / float64(max(t.card.RGB.W, t.card.RGB.H))
		if l.Kind == textline.Number && share >= minRowShare {
			shown = append(shown, shownLine{
				quad: t.card.ToImage.Quad(outline(l, 0, 0)), cover: t.card.ToImage.Quad(outline(l, shownAlong, shownAcross)),
				share: share, score: l.Score, view: view,
			})
		}
	}
	return shown
}

// outline returns the outline of a line, with rims in heights of a digit.
func outline(l textline.Line, along, across float64) geom.Quad {
	u := l.Right.Sub(l.Left)
	u = u.Mul(l.Height / math.Max(u.Len(), 1e-3))
	v := geom.Point{X: -u.Y, Y: u.X}.Mul(0.5 + across)
	left, right := l.Left.Sub(u.Mul(along)), l.Right.Add(u.Mul(along))
	return geom.Quad{left.Sub(v), right.Sub(v), right.Add(v), left.Add(v)}
}

// agrees reports whether two lines are one that shows clearly in two views.
func (l shownLine) agrees(m shownLine) bool {
	a, b := l.quad, m.quad
	long, short := max(a.Width(), b.Width()), min(a.Width(), b.Width())
	return l.view != m.view && min(l.score, m.score) >= minShownScore &&
		short >= minFlipLength*long && a.Center().Sub(b.Center()).Len() <= maxFlipShift*max(a.Height(), b.Height())
}

// bandRim is the share of a card's height at its edges in which no number stands.
const bandRim = 0.06

// band is nearly all of a card.
func band(img input, corners geom.Quad) Region {
	at := func(a, b geom.Point, k float64) geom.Point { return a.Add(b.Sub(a).Mul(k)) }
	return Region{Kind: RegionBand, Quad: img.toImage(geom.Quad{
		at(corners[0], corners[3], bandRim), at(corners[1], corners[2], bandRim), at(corners[1], corners[2], 1-bandRim), at(corners[0], corners[3], 1-bandRim),
	})}
}
