package pipeline

import (
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/vision/textline"
)

// A number that is embossed without colour, or lies under glare, cannot be read, but
// its line often shows. If it shows clearly, and upside down as well, it is taken for
// where the number stands, together with shorter lines that show so: the number may
// have a second row. Otherwise it may be anywhere on the card.
//
// On 290 drawn images 166 of 251 cards show such a line, and all of the number stands
// there.
const (
	minShownScore = 0.6 // mean probability of the line's cells
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
}

// unread returns where the number of a card may stand on which none was read, from the
// card in its turns. It returns nothing if the card has none.
func unread(img input, corners geom.Quad, turns []turn) []Region {
	if blank(img, corners, turns) {
		return nil
	}
	var shown [4][]shownLine
	for n, t := range turns {
		shown[n] = t.shownLines()
	}
	for n := range 2 {
		var regions []Region
		longest := 0.0
		for _, a := range shown[n] {
			if slices.ContainsFunc(shown[n+2], a.flipped) {
				regions = append(regions, Region{Kind: RegionBand, Quad: img.toImage(a.cover)})
				longest = max(longest, a.share)
			}
		}
		if longest >= minCardShare {
			return regions
		}
	}
	return []Region{band(img, corners)}
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

// shownLines returns the lines of a number that show clearly on a card.
func (t turn) shownLines() (shown []shownLine) {
	for _, l := range t.lines.Lines(textline.ClearProb) {
		share := l.Right.Sub(l.Left).Len() / float64(max(t.card.RGB.W, t.card.RGB.H))
		if l.Kind == textline.Number && l.Score >= minShownScore && share >= minRowShare {
			shown = append(shown, shownLine{t.card.ToImage.Quad(outline(l, 0, 0)), t.card.ToImage.Quad(outline(l, shownAlong, shownAcross)), share})
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

// flipped reports whether two lines are one, seen both ways up.
func (l shownLine) flipped(m shownLine) bool {
	a, b := l.quad, m.quad
	long, short := max(a.Width(), b.Width()), min(a.Width(), b.Width())
	return short >= minFlipLength*long && a.Center().Sub(b.Center()).Len() <= maxFlipShift*max(a.Height(), b.Height())
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
