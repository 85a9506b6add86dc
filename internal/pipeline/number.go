package pipeline

import (
	"cmp"
	"context"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/multiline"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/textline"
	"github.com/kahao/kahao/issuer"
	"github.com/kahao/kahao/pan"
)

const (
	// confident is the log-likelihood at which no more crops are added. On
	// synthetic lines nine of ten right readings reach it, and one in twenty
	// wrong ones. Readings that the prior disfavours always use all crops: it
	// takes all the evidence to accept them.
	confident = -0.1
	// confidentProb is the posterior that a whole number needs as well.
	confidentProb = 0.98
	// hopeless is the log-likelihood below which a line shows no number, or is
	// upside down.
	hopeless = -4.0
)

// Counts of crops after which a line of digits may be confident.
const (
	firstCheck  = 3
	secondCheck = 5
)

// maxGrouped is how many readings of a line are weighed by their groups.
const maxGrouped = 5

// numberCrops are the crops of a number, in the order in which they are read.
// One of the first three reaches beyond both ends, because crops that are cut
// alike agree on a lost digit. On synthetic lines three crops chosen so read
// 90.5 % of the numbers, the three tightest 84.6 %.
var numberCrops = cropOrder(0, 1, 6, 7, 5, 2, 3, 4)

// rowCrops are the crops of a row of a number, whose ends are known.
var rowCrops = cropOrder(0, 1, 2, 3, 4)

func cropOrder(order ...int) []recognize.Crop {
	all := make([]recognize.Crop, len(order))
	for i, n := range order {
		all[i] = recognize.Crops[n]
	}
	return all
}

// prior returns the log prior of a number.
func (m LuhnMode) prior(digits string) float64 {
	var at issuer.Result
	if len(digits) >= pan.MinDigits { // shorter ones have the same prior, whatever the issuer
		at = prior.Lookup(digits)
	}
	w := prior.Number(digits, at)
	if m != LuhnOff {
		w += prior.Check(digits, at, m == LuhnStrict)
	}
	return w
}

// strip returns the line as something to recognise.
func strip(l textline.Line, toImage geom.Homography) recognize.Strip {
	return recognize.Strip{Left: l.Left, Right: l.Right, Height: l.Height, ToImage: toImage}
}

// number reads the number of a card from its lines of print. ok is false if
// there is none. If the number is sure, only its lines are asked about covered
// digits, otherwise all, and more is looked for if further is set.
func (r *Reader) number(ctx context.Context, img input, lines *textline.Map, toImage geom.Homography, further bool) (number multiline.Number, ok bool, err error) {
	first := firstCheck
	if r.quick {
		first = 1
	}
	read, err := r.readLines(ctx, img, lines.Lines(textline.ClearProb), toImage, first)
	if err != nil {
		return number, false, err
	}
	if err := r.dropSigns(ctx, img, read, first); err != nil {
		return number, false, err
	}
	whole, err := r.complete(ctx, img, read)
	if err != nil {
		return number, false, err
	}
	number, ok = r.rules().Join(whole)
	if ok && sureNumber(number.Hypotheses.Top()) {
		changed, err := r.askCovered(ctx, img, number.Parts)
		if err == nil && changed {
			number, ok = r.rules().Join(number.Parts)
		}
		return number, ok, err
	}
	if r.quick { // what is not sure yet is hardly ever accepted
		return number, ok, nil
	}
	changed, err := r.askCovered(ctx, img, read)
	if err != nil {
		return number, false, err
	}
	if changed {
		recountRows(read)
		if whole, err = r.complete(ctx, img, read); err != nil {
			return number, false, err
		}
		number, ok = r.rules().Join(whole)
	}
	if !further {
		return number, ok, nil
	}
	l, err := r.askFurther(ctx, img, lines, read, toImage, number, ok)
	if err != nil || l == nil {
		return number, ok, err
	}
	number, ok = r.rules().Join([]*recognize.Line{l})
	return number, ok, nil
}

// askFurther looks for more of a number than its lines show: for covered digits beyond
// their ends, on faint lines, and on longer ones. It returns nil if there is none, or if
// the number so far needs no more.
func (r *Reader) askFurther(ctx context.Context, img input, lines *textline.Map, read []*recognize.Line, toImage geom.Homography, number multiline.Number, ok bool) (l *recognize.Line, err error) {
	rest, open, seen := read, true, 0
	if top := number.Hypotheses.Top(); ok && possible(top.Text, number.Parts[0].Groups(top.Text)) {
		open = openEnded(top.Text)
		doubtful := ctc.HasCovered(top.Text) && top.Pixels < minBeyondPixels
		if len(number.Parts) > 1 || !open && !doubtful {
			return nil, nil
		}
		rest, seen = number.Parts, seenDigits(number.Parts[0])
	}
	if open {
		if l, err = r.askBeyond(ctx, img, rest, lines.Area()); err != nil {
			return nil, err
		}
	}
	if l == nil && !ok {
		if l, err = r.askFaint(ctx, img, lines, read, toImage); err != nil {
			return nil, err
		}
	}
	if l != nil {
		if _, _, fits := layoutOf(l, lines.Area()); fits {
			return l, nil
		}
		seen = seenDigits(l)
	}
	wide, err := r.askWide(ctx, img, lines, read, toImage)
	if err == nil && wide != nil && seenDigits(wide) > seen {
		return wide, nil
	}
	return l, err
}

// possible reports whether a card can have a number, or its digits are covered. If it
// is shorter than most, the groups count only with the check digit: the first groups
// of a longer number, whose rest is covered, look the same.
func possible(text string, groups []int) bool {
	if len(text) < usualDigits && !pan.Luhn(text) {
		groups = nil
	}
	return ctc.HasCovered(text) || prior.PossibleLength(text, prior.Lookup(text), groups)
}

// rules returns the rules for joining the parts of a number.
func (r *Reader) rules() multiline.Rules {
	return multiline.Rules{MinDigits: pan.MinDigits, MaxDigits: pan.MaxDigits, Prior: r.luhn.prior, Whole: prior.Whole}
}

// readLines reads those of the lines that are for numbers. After the given count
// of crops, or more, a line may be dropped.
func (r *Reader) readLines(ctx context.Context, img input, lines []textline.Line, toImage geom.Homography, first int) (read []*recognize.Line, err error) {
	for _, line := range lines {
		if line.Kind != textline.Number {
			continue
		}
		l, err := r.text.Line(ctx, img.pixels, strip(line, toImage), recognize.Plan{
			Crops: numberCrops, CheckAfter: []int{first, firstCheck, secondCheck, len(numberCrops)},
			Decode: ctc.DecodeDigits, Prior: r.luhn.prior, Enough: numberEnough,
		})
		if err != nil {
			return nil, err
		}
		weighGroups(l)
		read = append(read, l)
	}
	return read, nil
}

// complete reads the rows that are missing between the lines that were read.
func (r *Reader) complete(ctx context.Context, img input, read []*recognize.Line) ([]*recognize.Line, error) {
	by := func(text *recognize.Reader) multiline.ReadLine {
		return func(s recognize.Strip) (*recognize.Line, error) {
			return text.Line(ctx, img.pixels, s, recognize.Plan{
				Crops: rowCrops, CheckAfter: []int{firstCheck, len(rowCrops)}, Decode: ctc.DecodeDigits,
				Enough: func(l *recognize.Line) bool { return l.Top().Pixels >= confident || l.Top().Pixels < hopeless },
			})
		}
	}
	return r.rules().Complete(read, by(r.text), func(s recognize.Strip) (*recognize.Line, error) {
		row, err := by(r.covered)(s)
		if err == nil && !coveredSeen(row) {
			row.Hypotheses = &ctc.Hypotheses{} // the other network reads it better
		}
		return row, err
	})
}

// numberEnough reports whether a line that may be a number needs no more crops.
// If the crops are sure of a reading that the prior disfavours, the line is not
// hopeless: more crops outweigh the prior.
func numberEnough(l *recognize.Line) bool {
	top := l.Top()
	n := len(top.Text)
	if len(l.Decoded) < firstCheck {
		return top.Pixels < hopeless || n < multiline.MinPart || n > multiline.MaxPart && n < pan.MinDigits-1
	}
	switch {
	case top.Pixels < hopeless && l.MaxPixels() < confident || n < multiline.MinPart:
		return true
	case n <= multiline.MaxPart:
		return top.Pixels >= confident
	}
	return top.Pixels >= confident && top.P >= confidentProb && prior.Complete(top.Text, prior.Lookup(top.Text))
}

// weighGroups weighs the likeliest readings of a whole number by the groups
// that their digits form.
func weighGroups(l *recognize.Line) {
	if n := len(l.Top().Text); n < pan.MinDigits || n > pan.MaxDigits {
		return
	}
	l.Weigh(maxGrouped, func(digits string) float64 {
		if prior.UsualFor(digits, l.Groups(digits)) {
			return 0
		}
		return prior.OddGroups
	})
}

// linePass reads the whole input as one line of digits. It returns nil if there
// are none.
func (r *Reader) linePass(ctx context.Context, img input) (*pass, error) {
	w, h := float64(img.pixels.W), float64(img.pixels.H)
	crops := recognize.Crops[:recognize.WideCrops]
	l, err := r.text.Line(ctx, img.pixels, recognize.Strip{
		Left: geom.Point{X: 0.3 * h, Y: h / 2}, Right: geom.Point{X: w - 0.3*h, Y: h / 2},
		Height: 0.74 * h, ToImage: geom.Identity,
	}, recognize.Plan{
		Crops: crops, CheckAfter: []int{firstCheck, len(crops)}, Decode: ctc.DecodeDigits,
		Enough: func(l *recognize.Line) bool { return l.Top().Pixels >= confident },
	})
	if err != nil {
		return nil, err
	}
	lines := []*recognize.Line{l}
	if _, err = r.askCovered(ctx, img, lines); err != nil {
		return nil, err
	}
	l = lines[0]
	if top := l.Top(); top.Text == "" || top.P < minNumberProb || !legible(top.Text) {
		return nil, nil
	}
	p := &pass{corners: img.frame(), whole: true, number: multiline.Number{Parts: []*recognize.Line{l}, Hypotheses: l.Hypotheses}}
	p.setScore(0)
	return p, nil
}

// digits returns the digits of a line's text, each with its place in the image
// in the crop that reads the text best.
func digits(img input, l *recognize.Line, text string) []Digit {
	spots, in := l.Spots(text)
	half := 0.44 * ctc.Pitch(spots)
	if half == 0 {
		half = 0.3 * in.Digit / recognize.Stride
	}
	digits := make([]Digit, len(spots))
	for k, spot := range spots {
		value := ctc.Symbol(text[k])
		digits[k] = Digit{
			Value: text[k], P: spot.P[value],
			Quad:         img.toImage(in.Cell(spot.Column-half, spot.Column+half)),
			Alternatives: alternatives(spot, value),
		}
	}
	return digits
}

// minAlternative is the probability from which another digit is reported.
const minAlternative = 0.005

func alternatives(spot ctc.Spot, value int) []Alternative {
	if value == ctc.Covered {
		return nil
	}
	var out []Alternative
	for d := range 10 {
		if d != value && spot.P[d] >= minAlternative {
			out = append(out, Alternative{Value: '0' + byte(d), P: spot.P[d]})
		}
	}
	slices.SortFunc(out, func(a, b Alternative) int { return cmp.Compare(b.P, a.P) })
	return out
}
