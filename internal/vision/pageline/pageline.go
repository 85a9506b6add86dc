// Package pageline finds lines of print that may be long numbers, anywhere in an
// image: on receipts, forms and screens. It looks at shapes alone and knows no
// digit. Digits of one line are equally high, stand on one base line and follow
// each other closely; most other print does not. What it finds is for a network
// to read.
//
// The image is compared with its surroundings, at several scales and in both
// polarities. The connected marks that this gives are chained to lines, along
// rows and along columns.
package pageline

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// Line is a line of print that may be a number, in pixels of the image.
type Line struct {
	Left, Right geom.Point // of the ink, on the centre axis
	Height      float64
	Groups      []int // digits between gaps, estimated from the widths
	Turned      bool  // it runs along a column: Left is its lower end
	Chain       int   // lines of one chain overlap: at most one of them is right

	// Cut means that a character as high stands close to an end: the line may be a
	// part of a longer number.
	Cut bool

	// Spaced is how many digits stand far apart at even distances, as in boxes of a
	// form; 0 if they follow each other closely.
	Spaced int
}

// Digits is how many digits the line has, estimated from the widths.
func (l Line) Digits() (n int) {
	for _, k := range l.Groups {
		n += k
	}
	return n
}

// digitHalf is half of a digit's width, in heights.
const digitHalf = 0.3

// Digit returns the centre of a spaced digit.
func (l Line) Digit(i int) geom.Point {
	u := l.Right.Sub(l.Left).Mul(1 / math.Max(l.Length(), 1e-3))
	step := (l.Length() - 2*digitHalf*l.Height) / float64(l.Spaced-1)
	return l.Left.Add(u.Mul(digitHalf*l.Height + float64(i)*step))
}

// Length is the length of the line's ink.
func (l Line) Length() float64 { return l.Right.Sub(l.Left).Len() }

// Reversed returns the line as it is read upside down.
func (l Line) Reversed() Line {
	l.Left, l.Right = l.Right, l.Left
	l.Groups = slices.Clone(l.Groups)
	slices.Reverse(l.Groups)
	return l
}

// Overlaps reports whether the centre of one of two lines lies on the other.
func (l Line) Overlaps(m Line) bool {
	if l.Length() < m.Length() {
		l, m = m, l
	}
	u := l.Right.Sub(l.Left).Mul(1 / math.Max(l.Length(), 1e-3))
	d := m.Left.Add(m.Right).Mul(0.5).Sub(l.Left)
	x, y := d.X*u.X+d.Y*u.Y, d.Y*u.X-d.X*u.Y
	return x > 0 && x < l.Length() && math.Abs(y) < l.Height/2
}

// minSide is the least side of a scaled image that is searched.
const minSide = 100

// smallSide is the longer side up to which an image is also searched enlarged:
// in small images digits are small and touch.
const smallSide = 1000

// maxSide is the longer side of the largest image that is searched.
const maxSide = 2600

// Find returns lines that may be numbers, from top to bottom, those along rows
// first.
func Find(ctx context.Context, image *pixel.Pyramid) ([]Line, error) {
	base := image.Base()
	scale := 1.0
	for max(base.W, base.H) > maxSide {
		base = base.Resize((base.W+1)/2, (base.H+1)/2)
		scale *= 2
	}
	g := luma(base)
	var all []Line
	chains := 0
	if max(g.w, g.h) <= smallSide {
		all = g.doubled().lines(all, &chains, scale/2)
	}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		all = g.lines(all, &chains, scale)
		if min(g.w, g.h) < 2*minSide {
			break
		}
		g, scale = g.halved(), 2*scale
	}
	return distinct(all), nil
}

// distinct leaves one of several lines at one place, the first one.
func distinct(all []Line) []Line {
	var kept []Line
	for _, l := range all {
		if !slices.ContainsFunc(kept, l.same) {
			kept = append(kept, l)
		}
	}
	slices.SortStableFunc(kept, func(a, b Line) int {
		if a.Turned != b.Turned {
			if a.Turned {
				return 1
			}
			return -1
		}
		return cmp.Compare(a.Left.Y+a.Right.Y, b.Left.Y+b.Right.Y)
	})
	return kept
}

// same reports whether two lines are at one place.
func (l Line) same(m Line) bool {
	h := max(l.Height, m.Height)
	return l.Turned == m.Turned && min(l.Height, m.Height) > 0.75*h &&
		l.Left.Sub(m.Left).Len() < 0.6*h && l.Right.Sub(m.Right).Len() < 0.6*h
}
