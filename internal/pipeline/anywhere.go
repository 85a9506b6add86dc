package pipeline

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/multiline"
	"github.com/kahao/kahao/internal/vision/pageline"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/textline"
	"github.com/kahao/kahao/pan"
)

// Numbers that are on no card stand as text on receipts, forms and screens. Their
// lines are found by the shapes of their marks in the whole image.

// closePitch is the distance of the digits of a plain line, in heights.
const closePitch = 1.0

// maxTextLines is how many lines of an image are read in one direction.
const maxTextLines = 64

// textNumbers is what was found as text: numbers that show that they are a card's,
// and lines of digits that may be one.
type textNumbers struct {
	passes []*pass
	maybe  []Region
}

// textNumbers reads the lines of print in the whole image, along rows and columns
// and upside down, until digits can be read in one direction. It leaves out those
// that were read before.
func (r *Reader) textNumbers(ctx context.Context, img input, read func(pageline.Line) bool) (found textNumbers, err error) {
	lines, err := pageline.Find(ctx, img.pixels)
	if err != nil {
		return found, err
	}
	lines = slices.DeleteFunc(lines, read)
	r.trace(ctx, "lines")
	rows, columns := []pageline.Line{}, []pageline.Line{}
	across := 0 // rows over columns; the letters of lines beneath each other are aligned, too, but far apart
	for _, l := range lines {
		step := 0
		if l.Spaced == 0 && l.Length() <= closePitch*l.Height*float64(l.Digits()) {
			step = 1
		}
		if l.Turned {
			columns = append(columns, l)
			across -= step
		} else {
			rows = append(rows, l)
			across += step
		}
	}
	if across < 0 {
		rows, columns = columns, rows
	}
	for _, turned := range [][]pageline.Line{rows, reversed(rows), columns, reversed(columns)} {
		legible, err := r.readText(ctx, img, turned[:min(len(turned), maxTextLines)], &found)
		if err != nil || legible >= enoughLegible || len(found.passes) > 0 {
			return found, err
		}
	}
	return found, nil
}

// reversed returns the lines as they are read upside down.
func reversed(lines []pageline.Line) []pageline.Line {
	out := make([]pageline.Line, len(lines))
	for i, l := range lines {
		out[i] = l.Reversed()
	}
	return out
}

// A page is read in no other direction if so many lines with so many digits can be
// read in one. Single lines are sometimes read sideways or upside down.
const (
	enoughLegible = 3
	minLegible    = 6
)

// readText reads lines in one direction. It counts the lines with legible digits.
func (r *Reader) readText(ctx context.Context, img input, lines []pageline.Line, found *textNumbers) (legible int, err error) {
	var passes []*pass
	for _, line := range lines {
		read := r.textLine
		if line.Spaced > 0 {
			read = r.spacedLine
		}
		l, err := read(ctx, img, line)
		if err != nil {
			return legible, err
		}
		if l == nil {
			continue
		}
		top := l.Top()
		if line.Spaced == 0 && len(top.Text) >= minLegible && top.Pixels >= confident {
			legible++
		}
		if len(top.Text) < minRegionDigits || top.Pixels < hopeless && !likelyNumber(top) {
			continue
		}
		weighGroups(l)
		if p, err := r.textPass(ctx, img, l, line); err != nil {
			return legible, err
		} else if p != nil {
			passes = append(passes, p)
		} else if mayBeNumber(l.Top()) {
			found.maybe = append(found.maybe, Region{Kind: RegionLine, Quad: img.toImage(l.Quad()), Digits: digits(img, l, l.Top().Text)})
		}
	}
	slices.SortStableFunc(passes, func(a, b *pass) int { return cmp.Compare(b.score, a.score) })
	for _, p := range passes { // parts of one line overlap: the likeliest stays
		if !slices.ContainsFunc(found.passes, p.overlaps) {
			found.passes = append(found.passes, p)
		}
	}
	return legible, nil
}

// textPlan says how a line of text is read.
func (r *Reader) textPlan(line pageline.Line) recognize.Plan {
	return recognize.Plan{
		Crops: numberCrops, CheckAfter: []int{1, firstCheck, secondCheck, len(numberCrops)},
		Decode: ctc.DecodeDigits, Prior: r.luhn.prior, Enough: func(l *recognize.Line) bool { return textEnough(l, line) },
	}
}

// textStrip returns the line as something to recognise.
func textStrip(l pageline.Line) recognize.Strip {
	return recognize.Strip{Left: l.Left, Right: l.Right, Height: l.Height, ToImage: geom.Identity}
}

// textLine reads a line whose digits follow each other. It returns nil if there are
// none in the middle.
func (r *Reader) textLine(ctx context.Context, img input, line pageline.Line) (*recognize.Line, error) {
	s := textStrip(line)
	legible, err := r.text.Legible(ctx, img.pixels, s, numberCrops[0])
	if err != nil || !legible {
		return nil, err
	}
	return r.text.Line(ctx, img.pixels, s, r.textPlan(line))
}

// A line of spaced digits is moved together before it is read: the network knows
// no digits so far apart, and takes the edges of boxes between them for digits.
const (
	spacedHeight = 24 // of a digit, in pixels
	spacedWidth  = 20 // of its cell
)

// spacedLine reads a line whose digits stand apart.
func (r *Reader) spacedLine(ctx context.Context, img input, line pageline.Line) (*recognize.Line, error) {
	n := line.Spaced
	first := line.Digit(0)
	apart := line.Digit(1).Sub(first)
	step := math.Max(apart.Len(), 1e-3)
	u := apart.Mul(1 / step)
	v := geom.Point{X: -u.Y, Y: u.X}
	k := line.Height / spacedHeight
	l, err := r.together(ctx, img, r.text, n, func(i int) geom.Homography {
		o := first.Add(u.Mul(float64(i)*step - k*spacedWidth/2)).Sub(v.Mul(line.Height))
		return geom.Homography{k * u.X, k * v.X, o.X, k * u.Y, k * v.Y, o.Y, 0, 0, 1}
	}, r.textPlan(line))
	if err != nil {
		return nil, err
	}
	kx := step / spacedWidth
	o := first.Sub(u.Mul(1.5 * step)).Sub(v.Mul(line.Height))
	spread := geom.Homography{kx * u.X, k * v.X, o.X, kx * u.Y, k * v.Y, o.Y, 0, 0, 1}
	placeOn(l, spread)
	return l, nil
}

// together reads n digits that stand apart, of the cells that a function maps to the
// image, side by side.
func (r *Reader) together(ctx context.Context, img input, text *recognize.Reader, n int, toImage func(i int) geom.Homography, plan recognize.Plan) (*recognize.Line, error) {
	joined := pixel.New((n+2)*spacedWidth, 2*spacedHeight)
	cell := pixel.New(spacedWidth, 2*spacedHeight)
	for i := range n {
		img.pixels.Warp(cell, toImage(i), nil)
		paste(joined, cell, (i+1)*spacedWidth)
	}
	extend(joined, spacedWidth, (n+1)*spacedWidth)
	return text.Line(ctx, pixel.NewPyramid(joined), recognize.Strip{
		Left: geom.Point{X: spacedWidth, Y: spacedHeight}, Right: geom.Point{X: float64(n+1) * spacedWidth, Y: spacedHeight},
		Height: spacedHeight, ToImage: geom.Identity,
	}, plan)
}

// placeOn maps a line of digits that were moved together to where they are.
func placeOn(l *recognize.Line, spread geom.Homography) {
	l.Strip.ToImage = spread
	for _, c := range l.Columns {
		c.ToImage = spread.Mul(c.ToImage)
	}
}

// paste copies an image as high as dst to column x.
func paste(dst, src *pixel.RGB, x int) {
	for y := range dst.H {
		copy(dst.Pix[(y*dst.W+x)*3:], src.Pix[y*src.W*3:(y+1)*src.W*3])
	}
}

// extend repeats the columns from and to-1 to the edges.
func extend(m *pixel.RGB, from, to int) {
	for y := range m.H {
		row := m.Pix[y*m.W*3 : (y+1)*m.W*3]
		for x := range m.W {
			if at := min(max(x, from), to-1); at != x {
				copy(row[3*x:3*x+3], row[3*at:3*at+3])
			}
		}
	}
}

// clearText is the log-likelihood from which a line of text is read rightly or
// nearly so: it is printed plainly, so that the first crop mostly reads it.
const clearText = -0.5

// minHalf is how many digits the first crop of a line of text shows at least if the
// line may be a number.
const minHalf = 8

// textEnough reports whether a line of text needs no more crops: it is surely a
// number, or surely none.
func textEnough(l *recognize.Line, line pageline.Line) bool {
	top := l.Top()
	n := len(top.Text)
	switch {
	case n < minHalf, n < minRegionDigits && len(l.Decoded) >= firstCheck:
		return true
	case top.Pixels >= clearText && !promising(top.Text, line):
		return true
	case top.Pixels < hopeless && len(l.Decoded) >= firstCheck && likelyNumber(top):
		return false
	}
	return numberEnough(l)
}

// promising reports whether a line that is read clearly may be a card's number by its
// first digits and its length, groups or check digit. One that fails the check digit
// may be misread.
func promising(text string, line pageline.Line) bool {
	at := prior.Lookup(text)
	switch {
	case prior.Known(at):
		return true
	case prior.Complete(text, at) && pan.Luhn(text):
		return true
	}
	return at.Network != "" && prior.CardGroups(line.Groups)
}

// likelyProb is the posterior from which a number that the issuer table knows is
// taken for one although the crops do not agree.
const likelyProb = 0.8

// likelyNumber reports whether a reading is likely a card's number although its
// crops read different texts: some see the date beside it, or half of a digit at its
// end. The issuer table has its BIN with its length, and its check digit is right.
// On 270 drawn documents 20 of 21 such readings are right.
func likelyNumber(top ctc.Hypothesis) bool {
	return top.P >= likelyProb && prior.Known(prior.Lookup(top.Text)) && pan.Luhn(top.Text)
}

// NumbersInFile returns the places of the accepted numbers in an image file: those
// of Regions that are sure, for less work.
func (r *Reader) NumbersInFile(ctx context.Context, file []byte) ([]Region, error) {
	reading, err := r.Read(ctx, file)
	if err != nil {
		return nil, err
	}
	var regions []Region
	for _, c := range reading.Cards {
		if n := cardRegions(c)[0]; n.Sure {
			regions = append(regions, n)
		}
	}
	return regions, nil
}

// textPass returns the pass over a line of text, or nil if nothing shows that it
// is a card's number. Spaced digits do not stand in groups.
func (r *Reader) textPass(ctx context.Context, img input, l *recognize.Line, line pageline.Line) (*pass, error) {
	p := newTextPass(img, l)
	if line.Spaced > 0 {
		if mayBeNumber(l.Top()) && l.Top().Pixels >= clearText {
			return p, nil // nobody sets other numbers of this length in single boxes
		}
		return nil, nil
	}
	shown := func() bool { return p.shown() || p.oneBlock(line) }
	if !shown() {
		return nil, nil
	}
	lines := []*recognize.Line{l}
	if _, err := r.askCovered(ctx, img, lines); err != nil {
		return nil, err
	}
	if p = newTextPass(img, lines[0]); p.rivals[0].p < minFoundProb || !shown() {
		return nil, nil
	}
	return p, nil
}

// oneBlock reports whether a number that stands in one block, with nothing close to
// it, shows that it is a card's although the table does not have it: all its digits
// are clear, and length, first digits and check digit are those of a network.
func (p *pass) oneBlock(line pageline.Line) bool {
	top := p.top()
	if line.Cut || top.Pixels < clearText || !pan.Luhn(top.Text) {
		return false
	}
	// A narrow 1 among wide digits leaves gaps between their centres, but not
	// between the digits.
	if len(line.Groups) != 1 && len(p.groups()) != 1 {
		return false
	}
	lost := line.Digits() - len(top.Text) // letters are read as nothing
	return lost >= -1 && lost <= 1 && prior.BlockNumber(top.Text)
}

func newTextPass(img input, l *recognize.Line) *pass {
	p := &pass{
		corners: img.frame(), whole: true, page: true, text: true, toImage: geom.Identity, lines: &textline.Map{},
		number: multiline.Number{Parts: []*recognize.Line{l}, Hypotheses: l.Hypotheses}, likely: 1,
	}
	p.setScore(0)
	return p
}

// overlaps reports whether two numbers stand, in part, at one place.
func (p *pass) overlaps(q *pass) bool {
	a, b := p.quad(), q.quad()
	return a.Contains(b.Center()) || b.Contains(a.Center())
}

// minCardShare is the share of a card's width that its number takes at least.
const minCardShare = 0.45

// fillsCard reports whether a sure number is as long as that of a card with these
// corners: there is no other one on it. A paper may look like a card, but has short
// lines.
func (p *pass) fillsCard() bool {
	long := math.Max(p.corners.Width(), p.corners.Height())
	return !p.whole && p.sure() && p.quad().Width() >= minCardShare*long
}

// withText adds the numbers that are found as text to the passes over cards.
func (r *Reader) withText(ctx context.Context, img input, passes []*pass) ([]*pass, []Region, error) {
	read := func(pageline.Line) bool { return false }
	if r.quick {
		// A screen may look like a card: its number is read as text unless it shows
		// by itself that it is a card's.
		read = func(l pageline.Line) bool {
			return slices.ContainsFunc(passes, func(p *pass) bool {
				return p.fillsCard() && p.shown() && p.corners.Contains(l.Left.Add(l.Right).Mul(0.5))
			})
		}
	}
	found, err := r.textNumbers(ctx, img, read)
	if err != nil {
		return nil, nil, err
	}
	for _, p := range found.passes {
		i := slices.IndexFunc(passes, p.overlaps)
		switch {
		case i < 0:
			passes = append(passes, p)
		case !passes[i].sure() || passes[i].whole && p.score > passes[i].score:
			passes[i] = p // a paper may look like a card; its lines are then read worse
		}
	}
	return passes, found.maybe, nil
}
