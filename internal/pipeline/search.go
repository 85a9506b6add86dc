package pipeline

import (
	"cmp"
	"context"
	"iter"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/detect"
	"github.com/kahao/kahao/internal/vision/multiline"
	"github.com/kahao/kahao/internal/vision/pageline"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/rectify"
	"github.com/kahao/kahao/internal/vision/textline"
	"github.com/kahao/kahao/pan"
)

// If the passes over cards give no number, the lines are looked for without a
// card: in the whole image, and in enlarged cards, whose number may be small.
// A copy of a white card has no outline, and so has a number on a screen.
const (
	// minFoundProb is the probability of a number from which no search is made.
	minFoundProb = 0.5
	// maxSearchLines is how many lines of a view are read, the likeliest ones.
	maxSearchLines = 6
	// maxSearchCards is how many cards are enlarged.
	maxSearchCards = 2
	// cardScale is by how much they are.
	cardScale = 2
	// maxSearchPrint is how many lines of print get a view.
	maxSearchPrint = 3
	// A card's dates are this near to its number, in lengths of the number. One in
	// several rows counts as longer: minCardNumber digit heights.
	dateReachX, dateReachY = 0.6, 0.6
	minCardNumber          = 12.0
	// viewStep divides the sides of a view: the network halves them five times.
	viewStep = 32
)

// pageSides are the lengths of the longer side at which the whole image is
// searched. The network knows cards 317 pixels long: at the longer one that is a
// card on a page of A4, at the shorter one half of the image.
var pageSides = []int{992, 608}

// view is an upright view of the image, or of a part, in which lines are looked
// for.
type view struct {
	w, h    int
	toImage geom.Homography
	corners geom.Quad       // of the card, or of the image
	page    bool            // a number in it stands on no card: it shows the whole image, or a line of print
	turn    int             // quarter turns of the image
	lines   []textline.Line // those to read; nil for what the network finds
}

// search returns passes over numbers found without a card, in the first of the
// views that shows one. It ends with the views of the turn in which any digits
// can be read.
func (r *Reader) search(ctx context.Context, img input, found []detect.Found) ([]*pass, error) {
	upright := -1
	for v, err := range r.views(ctx, img, found) {
		if err != nil {
			return nil, err
		}
		if upright >= 0 && v.turn != upright {
			break
		}
		passes, legible, err := r.searchView(ctx, img, v)
		if err != nil || len(passes) > 0 {
			return passes, err
		}
		if legible && v.page {
			upright = v.turn
		}
	}
	return nil, nil
}

// views returns the views of a search: the cards enlarged, the whole image at each
// size, upright, the lines of print in it, and the whole image after quarter turns.
func (r *Reader) views(ctx context.Context, img input, found []detect.Found) iter.Seq2[view, error] {
	return func(yield func(view, error) bool) {
		each := func(all []view) bool {
			return !slices.ContainsFunc(all, func(v view) bool { return !yield(v, nil) })
		}
		if !each(cardViews(found)) || !each(pageViews(img, 0)) {
			return
		}
		printed, err := r.printViews(ctx, img)
		if err != nil {
			yield(view{}, err)
			return
		}
		if !each(printed) {
			return
		}
		for turn := 1; turn < 4 && each(pageViews(img, turn)); turn++ {
		}
	}
}

// cardViews returns the views of the cards.
func cardViews(found []detect.Found) (all []view) {
	for _, f := range found[:min(len(found), maxSearchCards)] {
		if v := enlarged(f.Corners); v.w > 0 {
			all = append(all, v)
		}
	}
	return all
}

// pageViews returns the views of the whole image after quarter turns.
func pageViews(img input, turn int) (all []view) {
	frame := img.frame().Turn(turn)
	for _, side := range pageSides {
		k := float64(side) / math.Max(frame.Width(), frame.Height())
		v := view{w: viewSide(k * frame.Width()), h: viewSide(k * frame.Height()), corners: frame, page: true, turn: turn}
		var ok bool
		if v.toImage, ok = geom.QuadToQuad(geom.RectQuad(0, 0, k*frame.Width(), k*frame.Height()), frame); ok {
			all = append(all, v)
		}
	}
	return all
}

// printViews returns the views of the lines of print in the upright image.
func (r *Reader) printViews(ctx context.Context, img input) (all []view, err error) {
	lines, err := r.printedLines(ctx, img)
	for _, l := range lines {
		if v, ok := aroundLine(l); ok {
			v.corners = img.frame()
			all = append(all, v)
		}
	}
	return all, err
}

// printedLines returns the lines of print in the upright image whose digits can be read,
// so many of them at most as views are made of.
func (r *Reader) printedLines(ctx context.Context, img input) (legible []pageline.Line, err error) {
	lines, err := pageline.Find(ctx, img.pixels)
	if err != nil {
		return nil, err
	}
	lines = slices.DeleteFunc(lines, func(l pageline.Line) bool { return l.Turned || l.Spaced > 0 })
	for _, l := range lines[:min(len(lines), maxTextLines)] {
		ok, err := r.text.Legible(ctx, img.pixels, textStrip(l), numberCrops[0])
		if err != nil {
			return nil, err
		}
		if ok && !slices.ContainsFunc(legible, l.Overlaps) {
			if legible = append(legible, l); len(legible) == maxSearchPrint {
				break
			}
		}
	}
	r.trace(ctx, "lines")
	return legible, nil
}

// Where the number of a card stands: the card's length in lengths of the number and in
// heights of its digits, and the height of the number's axis on it.
const (
	cardByNumber = 1.25
	cardByHeight = 16.0
	numberDown   = 0.6
)

// aroundLine returns an enlarged view of the card on which a line would be the number.
func aroundLine(l pageline.Line) (v view, ok bool) {
	along := l.Right.Sub(l.Left)
	u := along.Mul(1 / math.Max(along.Len(), 1e-3))
	down := geom.Point{X: -u.Y, Y: u.X}
	w := max(cardByNumber*along.Len(), cardByHeight*l.Height)
	h := w * rectify.Height / rectify.Width
	at := func(x, y float64) geom.Point {
		return l.Left.Add(along.Mul(0.5)).Add(u.Mul(x * w)).Add(down.Mul(y * h))
	}
	v = enlarged(geom.Quad{at(-0.5, -numberDown), at(0.5, -numberDown), at(0.5, 1-numberDown), at(-0.5, 1-numberDown)})
	k := float64(v.w) / w
	half, y := k*along.Len()/2, numberDown*float64(v.h)
	v.page = true
	v.lines = []textline.Line{{
		Kind: textline.Number, Left: geom.Point{X: float64(v.w)/2 - half, Y: y}, Right: geom.Point{X: float64(v.w)/2 + half, Y: y}, Height: k * l.Height,
	}}
	return v, v.w > 0
}

// enlarged returns the view of a card, or one without a width if the corners are of
// none.
func enlarged(corners geom.Quad) view {
	portrait := corners.Height() > corners.Width()
	frame := rectify.Frame(portrait)
	for i := range frame {
		frame[i] = frame[i].Mul(cardScale)
	}
	v := view{w: cardScale * rectify.Width, h: cardScale * rectify.Height, corners: corners}
	if portrait {
		v.w, v.h = v.h, v.w
	}
	var ok bool
	if v.toImage, ok = geom.QuadToQuad(frame, corners); !ok {
		return view{}
	}
	return v
}

// viewSide returns the side of a view for a length. What a side is longer shows
// the image's edge again.
func viewSide(length float64) int {
	return max(1, int(math.Ceil(length/viewStep))) * viewStep
}

// searchView returns passes over the numbers in a view, and whether any digits
// can be read in it.
func (r *Reader) searchView(ctx context.Context, img input, v view) (passes []*pass, legible bool, err error) {
	flat := pixel.New(v.w, v.h)
	img.pixels.Warp(flat, v.toImage, nil)
	r.trace(ctx, "rectify")
	found, err := r.lines.Find(ctx, flat)
	if err != nil {
		return nil, false, err
	}
	r.trace(ctx, "lines")
	lines := v.lines
	if lines == nil {
		lines = likeliest(found.Lines(textline.ClearProb), textline.Number, maxSearchLines)
	}
	read, err := r.readLines(ctx, img, lines, v.toImage, 1)
	if err != nil {
		return nil, false, err
	}
	if err := r.dropSigns(ctx, img, read, 1); err != nil {
		return nil, false, err
	}
	if !v.page { // a number on no card must show itself whole
		if _, err := r.askCovered(ctx, img, read); err != nil {
			return nil, false, err
		}
	}
	if read, err = r.complete(ctx, img, read); err != nil {
		return nil, false, err
	}
	legible = slices.ContainsFunc(read, func(l *recognize.Line) bool {
		top := l.Top()
		return len(top.Text) >= minSeen && top.Pixels >= confident
	})
	for {
		number, ok := r.rules().Join(read)
		if !ok {
			break
		}
		read = without(read, number.Parts)
		p := &pass{corners: v.corners, whole: v.page, page: v.page, toImage: v.toImage, lines: found.Within(around(number)), number: number, likely: 1}
		if err := r.checkReprint(ctx, img, p); err != nil {
			return nil, false, err
		}
		p.setScore(math.Log(wholeImageProb))
		if p.rivals[0].p < minFoundProb || v.page && !p.shown() {
			continue
		}
		if v.page {
			if changed, err := r.askCovered(ctx, img, slices.Clone(number.Parts)); err != nil {
				return nil, false, err
			} else if changed {
				continue
			}
		}
		passes = append(passes, p)
	}
	if len(passes) == 0 && !v.page {
		p, err := r.columnPass(ctx, img, v)
		if err != nil {
			return nil, false, err
		}
		if p != nil {
			passes = append(passes, p)
		}
	}
	return passes, legible, nil
}

// without returns the lines that are not in used.
func without(lines, used []*recognize.Line) (left []*recognize.Line) {
	for _, l := range lines {
		if !slices.Contains(used, l) {
			left = append(left, l)
		}
	}
	return left
}

// likeliest returns the likeliest n lines of a kind, from top to bottom.
func likeliest(lines []textline.Line, kind textline.Kind, n int) []textline.Line {
	lines = slices.DeleteFunc(lines, func(l textline.Line) bool { return l.Kind != kind })
	slices.SortStableFunc(lines, func(a, b textline.Line) int { return cmp.Compare(b.Score, a.Score) })
	lines = lines[:min(len(lines), n)]
	slices.SortStableFunc(lines, func(a, b textline.Line) int { return cmp.Compare(a.Left.Y+a.Right.Y, b.Left.Y+b.Right.Y) })
	return lines
}

// around returns where a card's dates may be, by its number, in pixels of the
// view.
func around(number multiline.Number) geom.Rect {
	area := geom.Rect{X0: math.Inf(1), Y0: math.Inf(1), X1: math.Inf(-1), Y1: math.Inf(-1)}
	long := 0.0
	for _, part := range number.Parts {
		for _, end := range []geom.Point{part.Left, part.Right} {
			area.X0, area.X1 = min(area.X0, end.X), max(area.X1, end.X)
			area.Y0, area.Y1 = min(area.Y0, end.Y), max(area.Y1, end.Y)
		}
		long = max(long, part.Right.Sub(part.Left).Len(), minCardNumber*part.Height)
	}
	return geom.Rect{X0: area.X0 - dateReachX*long, Y0: area.Y0 - dateReachY*long, X1: area.X1 + dateReachX*long, Y1: area.Y1 + dateReachY*long}
}

// shown reports whether a number shows by itself that it is a card's: the table
// has it, or its network and groups fit, and its check digit is right or it is a
// specimen's. Receipts and forms have long numbers, too.
func (p *pass) shown() bool {
	text, groups := p.top().Text, p.groups()
	at := prior.Lookup(text)
	if ctc.HasCovered(text) || !prior.PossibleLength(text, at, groups) {
		return false
	}
	return (pan.Luhn(text) || prior.MadeUp(text)) && (prior.Known(at) || at.Network != "" && prior.CardGroupsFor(text, groups))
}
