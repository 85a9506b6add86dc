package pipeline

import (
	"context"
	"image"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/detect"
	"github.com/kahao/kahao/internal/vision/imagein"
	"github.com/kahao/kahao/internal/vision/multiline"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/rectify"
	"github.com/kahao/kahao/internal/vision/textline"
	"github.com/kahao/kahao/pan"
)

// RegionKind says why a Region may show a number.
type RegionKind string

// The kinds of regions.
const (
	RegionNumber  RegionKind = "number"  // a card number was read here
	RegionReprint RegionKind = "reprint" // its first digits stand here once more, small
	RegionLine    RegionKind = "line"    // digits that may be one, or a part of one
	RegionBand    RegionKind = "band"    // where it may stand: on a card on which none was read
	RegionDate    RegionKind = "date"
)

// Region is a place where a card number may be readable. Places are found for
// recall: what is read here may be no number at all.
type Region struct {
	Kind   RegionKind
	Quad   geom.Quad  // in pixels of the image, in reading direction
	Digits []Digit    // from left to right; none in a band
	Sure   bool       // a number that was accepted: all of its digits are in their places
	PAN    pan.Number // the number that was read; zero for other kinds
}

// LastFour returns the last four digits of a sure number, otherwise "".
func (r Region) LastFour() string {
	text := r.PAN.Reveal()
	if !r.Sure || len(text) < pan.MinDigits {
		return ""
	}
	return text[len(text)-4:]
}

// minRegionDigits is how many digits a line outside of cards has at least: those
// of the shortest card numbers.
const minRegionDigits = pan.MinDigits

// clearRegion is the log-likelihood that a line outside of cards has at least.
const clearRegion = -1.2

// minBandScore is the score of an outline without a number from which it is
// taken for a card whose number was missed.
const minBandScore = 0.75

// minPiece is how many digits a line on a card has at least if it may be what was
// found of the number. Shorter ones are seen in chips and patterns, too. Of numbers
// that were covered before, six digits stay.
const minPiece = 5

// regionCrops are the crops with which lines are read that only have to be
// found.
var regionCrops = cropOrder(0, 1, 6)

// Regions returns all places in a decoded image where a card number may be
// readable: those of the cards that Read returns, and lines of digits on every
// outline in each of its four turns, whatever their reading is worth.
func (r *Reader) Regions(ctx context.Context, m image.Image) ([]Region, error) {
	converted, err := imagein.Convert(ctx, m, r.limits)
	if err != nil {
		return nil, err
	}
	return r.regions(ctx, r.input(ctx, converted))
}

// RegionsInFile is Regions of an image file.
func (r *Reader) RegionsInFile(ctx context.Context, file []byte) ([]Region, error) {
	decoded, err := imagein.Decode(ctx, file, r.limits)
	if err != nil {
		return nil, err
	}
	return r.regions(ctx, r.input(ctx, decoded))
}

func (r *Reader) regions(ctx context.Context, img input) ([]Region, error) {
	reading, found, err := r.read(ctx, img)
	if err != nil {
		return nil, err
	}
	var regions []Region
	for _, c := range reading.Cards {
		regions = append(regions, cardRegions(c)...)
	}
	missed := false // an outline shows no number
	for _, f := range found {
		turns, err := r.turns(ctx, img, f.Corners)
		if err != nil {
			return nil, err
		}
		on, err := r.regionsOn(ctx, img, turns, minPartOf(f))
		if err != nil {
			return nil, err
		}
		on = slices.DeleteFunc(on, func(l Region) bool { return slices.ContainsFunc(regions, l.within) })
		piece := func(l Region) bool { return len(l.Digits) >= minPiece }
		within := func(n Region) bool { return f.Corners.Contains(img.fromImage(n.Quad).Center()) }
		empty := !slices.ContainsFunc(on, piece) && !slices.ContainsFunc(regions, within)
		missed = missed || empty
		if empty && f.Score >= minBandScore {
			hidden, err := r.unread(ctx, img, f.Corners, turns)
			if err != nil {
				return nil, err
			}
			on = append(on, hidden...)
		}
		regions = append(regions, on...)
	}
	turns, err := r.turns(ctx, img, img.frame())
	if err != nil {
		return nil, err
	}
	if missed {
		slanted, err := r.slantedTurns(ctx, img)
		if err != nil {
			return nil, err
		}
		turns = append(turns, slanted...)
	}
	whole, err := r.regionsOn(ctx, img, turns, minRegionDigits)
	if err != nil {
		return nil, err
	}
	for _, l := range append(whole, reading.maybe...) {
		if !slices.ContainsFunc(regions, l.within) {
			regions = append(regions, l)
		}
	}
	return regions, nil
}

// minPartOf returns how many digits a line on the outline has at least. A faint
// outline is rarely a card's, so that a line on it must be a whole number.
func minPartOf(f detect.Found) int {
	if f.Score >= minBandScore {
		return multiline.MinPart
	}
	return minRegionDigits
}

// cardRegions returns where the number and the dates of a card stand.
func cardRegions(c *Card) []Region {
	regions := []Region{{
		Kind: RegionNumber, Quad: c.Number.Quad, Digits: c.Number.Digits, PAN: c.PAN,
		Sure: c.Verdict == Accept && len(c.Number.Digits) >= pan.MinDigits && !c.PAN.IsZero(),
	}}
	if n := len(c.Number.Digits); n >= 4 && !c.text {
		regions = append(regions, reprintRegion(c.Number.Digits[0].Quad, c.Number.Digits[3].Quad))
	}
	for _, d := range c.Dates {
		regions = append(regions, Region{Kind: RegionDate, Quad: d.Quad})
	}
	return regions
}

// reprintRegion returns where cards repeat the first four digits: beneath them.
func reprintRegion(first, fourth geom.Quad) Region {
	down := func(top, bottom geom.Point, k float64) geom.Point { return top.Add(bottom.Sub(top).Mul(k)) }
	return Region{Kind: RegionReprint, Quad: geom.Quad{
		down(first[0], first[3], 1.2), down(fourth[1], fourth[2], 1.2), down(fourth[1], fourth[2], 2.3), down(first[0], first[3], 2.3),
	}}
}

// turn is a card after some of its quarter turns, with its lines.
type turn struct {
	card  *rectify.Rectified
	lines *textline.Map
}

// turns returns the card with the given corners in each of its four turns, or nothing if
// they are no card's.
func (r *Reader) turns(ctx context.Context, img input, corners geom.Quad) (turns []turn, err error) {
	for n := range 4 {
		t := turn{}
		var ok bool
		if t.card, ok = rectify.Card(img.pixels, corners.Turn(n)); !ok {
			return nil, nil
		}
		if t.lines, err = r.lines.Find(ctx, t.card.RGB); err != nil {
			return nil, err
		}
		turns = append(turns, t)
	}
	return turns, nil
}

// regionsOn returns the lines with at least so many digits on a card in each of its
// turns. Of two at one place it returns the likelier one.
func (r *Reader) regionsOn(ctx context.Context, img input, turns []turn, least int) ([]Region, error) {
	type scored struct {
		Region
		pixels float64
	}
	var all []scored
	for _, t := range turns {
		for _, line := range t.lines.Lines(textline.ClearProb) {
			if line.Kind != textline.Number {
				continue
			}
			l, err := r.text.Line(ctx, img.pixels, strip(line, t.card.ToImage), recognize.Plan{
				Crops: regionCrops, CheckAfter: []int{1, len(regionCrops)}, Decode: ctc.DecodeDigits,
				Enough: func(l *recognize.Line) bool { return l.Top().Pixels >= confident || l.Top().Pixels < hopeless },
			})
			if err != nil {
				return nil, err
			}
			top := l.Top()
			if len(top.Text) < least || top.Pixels < hopeless || least == minRegionDigits && !mayBeNumber(top) {
				continue
			}
			all = append(all, scored{Region{Kind: RegionLine, Quad: img.toImage(l.Quad()), Digits: digits(img, l, top.Text)}, top.Pixels})
		}
	}
	slices.SortStableFunc(all, func(a, b scored) int {
		switch {
		case a.pixels > b.pixels:
			return -1
		case a.pixels < b.pixels:
			return 1
		}
		return 0
	})
	var regions []Region
	for _, s := range all {
		if !slices.ContainsFunc(regions, s.within) {
			regions = append(regions, s.Region)
		}
	}
	return regions, nil
}

// mayBeNumber reports whether digits that stand on no card are a card number's:
// clear, of a possible length and range, and with the right check digit.
func mayBeNumber(h ctc.Hypothesis) bool {
	return h.Pixels >= clearRegion && prior.Complete(h.Text, prior.Lookup(h.Text)) && pan.Luhn(h.Text)
}

// within reports whether nearly all of a line lies in another region.
func (r Region) within(other Region) bool {
	if other.Kind == RegionDate || other.Kind == RegionReprint {
		return false
	}
	around := other.Quad
	c := around.Center()
	for i := range around { // lines are as high as their digits: their ends may be a little apart
		around[i] = c.Add(around[i].Sub(c).Mul(1.1))
	}
	inside := 0
	for i := range 5 {
		k := 0.1 + 0.2*float64(i)
		left, right := r.Quad[0].Add(r.Quad[3]).Mul(0.5), r.Quad[1].Add(r.Quad[2]).Mul(0.5)
		if around.Contains(left.Add(right.Sub(left).Mul(k))) {
			inside++
		}
	}
	return inside >= 4
}
