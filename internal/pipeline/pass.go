package pipeline

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/multiline"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/rectify"
	"github.com/kahao/kahao/internal/vision/textline"
)

// pass is one way of seeing a card, and the number that it gives.
type pass struct {
	corners geom.Quad
	whole   bool            // the whole image was taken for the card
	page    bool            // its number was found by a search of the whole image
	text    bool            // its number was found as text of the image
	column  bool            // its digits stand one beneath the other
	toImage geom.Homography // from the rectified card to pixels of the input
	lines   *textline.Map   // on the rectified card; nil for a crop of one line
	number  multiline.Number
	reprint map[string]float64 // probabilities of the reprinted first digits; nil if they were not looked for
	rivals  []rival            // the number and what else it may be, likeliest first
	likely  float64            // probability of this orientation
	score   float64            // log weight of the number in this orientation
}

// rival is one reading of a card's number, from whichever pass.
type rival struct {
	text string
	p    float64
}

// maxRivals is how many readings of a number are reported.
const maxRivals = 5

// minSurePixels is the log-likelihood (nats) from which no other orientation is
// tried. Right readings exceed it 19 times in 20, and cards read upside down
// once in 20 times.
const minSurePixels = -1.2

// minUpright is how likely a card must stand upright in a pass that looks for more than
// its lines show: that costs as much again, and in the other turns there is nothing.
const minUpright = 0.5

// pass reads the number of the card with the given corners, which has this
// orientation with the given probability. It returns nil if there is none.
func (r *Reader) pass(ctx context.Context, img input, corners geom.Quad, likely float64) (*pass, error) {
	card, ok := rectify.Card(img.pixels, corners)
	r.trace(ctx, "rectify")
	if !ok {
		return nil, nil
	}
	upright := likely >= minUpright
	f, err := r.find(ctx, img, card, r.lines, upright)
	if err == nil && upright && !r.quick && !f.likely() {
		f, err = r.lookAgain(ctx, img, card, f)
	}
	if err != nil {
		return nil, err
	}
	if !f.ok {
		return nil, nil
	}
	p := &pass{corners: corners, toImage: card.ToImage, lines: f.lines, number: f.number, likely: likely}
	if err := r.checkReprint(ctx, img, p); err != nil {
		return nil, err
	}
	p.setScore(math.Log(likely))
	return p, nil
}

// setScore sets the score and the rivals from the number's n-best list.
func (p *pass) setScore(likely float64) {
	top := p.top()
	p.score = top.Pixels + top.Prior + likely
	p.rivals = p.rivals[:0]
	list := p.number.Hypotheses.List
	for _, h := range list[:min(maxRivals, len(list))] {
		p.rivals = append(p.rivals, rival{h.Text, h.P})
	}
}

// top is the likeliest number.
func (p *pass) top() ctc.Hypothesis { return p.number.Hypotheses.Top() }

// sure reports whether no other pass over the card is needed.
func (p *pass) sure() bool { return sureNumber(p.top()) }

// sureNumber reports whether a reading is surely the number of a card.
func sureNumber(top ctc.Hypothesis) bool {
	return top.Pixels >= minSurePixels && top.P > 0.5 && prior.Complete(top.Text, prior.Lookup(top.Text))
}

// texts returns the text of each part of the number.
func (p *pass) texts() []string {
	top := p.top()
	if len(p.number.Parts) > 1 {
		return top.Parts
	}
	return []string{top.Text}
}

// groups returns the lengths of the groups of the number's digits, part after
// part.
func (p *pass) groups() (groups []int) {
	for i, text := range p.texts() {
		groups = append(groups, p.number.Parts[i].Groups(text)...)
	}
	return groups
}

// quad is the outline of the number's lines, in pixels of the input.
func (p *pass) quad() geom.Quad {
	var quads []geom.Quad
	for _, part := range p.number.Parts {
		quads = append(quads, part.Quad())
	}
	return geom.Around(quads)
}

// better returns the pass with the higher score, with the rivals of both: a is
// as likely as b as their scores say. a may be nil.
func better(a, b *pass) *pass {
	if a == nil {
		return b
	}
	if b.score > a.score {
		a, b = b, a
	}
	bProb := 1 / (1 + math.Exp(a.score-b.score))
	p := map[string]float64{}
	for _, r := range a.rivals {
		p[r.text] += r.p * (1 - bProb)
	}
	for _, r := range b.rivals {
		p[r.text] += r.p * bProb
	}
	a.rivals = a.rivals[:0:0]
	for text, v := range p {
		a.rivals = append(a.rivals, rival{text, v})
	}
	slices.SortFunc(a.rivals, func(x, y rival) int {
		return cmp.Or(cmp.Compare(y.p, x.p), cmp.Compare(x.text, y.text))
	})
	a.rivals = a.rivals[:min(maxRivals, len(a.rivals))]
	// The top of the better pass is the answer, even if the two together favour
	// another one: only its digits have places.
	if i := slices.IndexFunc(a.rivals, func(r rival) bool { return r.text == a.top().Text }); i > 0 {
		r := a.rivals[i]
		copy(a.rivals[1:i+1], a.rivals[:i])
		a.rivals[0] = r
	}
	return a
}

// sameCard reports whether two passes are over one card: their numbers are at
// the same place, or the number of one lies within the outline of the other.
func (p *pass) sameCard(q *pass) bool {
	a, b := p.quad(), q.quad()
	return a.Center().Sub(b.Center()).Len() < math.Max(a.Width(), b.Width())/2 ||
		!p.whole && p.corners.Contains(b.Center()) || !q.whole && q.corners.Contains(a.Center())
}

// sameLine reports whether two passes found the same line of print, read in the
// same direction.
func (p *pass) sameLine(q *pass) bool {
	if len(p.number.Parts) != 1 || len(q.number.Parts) != 1 {
		return false
	}
	a, b := p.quad(), q.quad()
	u, v := a[1].Sub(a[0]), b[1].Sub(b[0])
	return a.Center().Sub(b.Center()).Len() < math.Max(a.Height(), a.Width()/8) && u.X*v.X+u.Y*v.Y > 0.95*u.Len()*v.Len()
}

// fuse returns the better of two passes with the number read from the crops of
// both. They must have found the same line.
func fuse(a, b *pass, by ctc.Prior) *pass {
	if b.score > a.score {
		a, b = b, a
	}
	if ctc.HasCovered(a.top().Text) != ctc.HasCovered(b.top().Text) {
		return a // two networks read them: their crops are not of one kind
	}
	line := a.number.Parts[0].Merge(b.number.Parts[0], by)
	weighGroups(line)
	fused := *a
	if a.whole && !b.whole { // the line is on a card, whichever way it was seen
		fused.whole, fused.corners = false, b.corners
	}
	fused.number.Parts, fused.number.Hypotheses = []*recognize.Line{line}, line.Hypotheses
	if fused.reprint == nil {
		fused.reprint = b.reprint
	}
	fused.weighReprint()
	top := a.top()
	fused.setScore(a.score - top.Pixels - top.Prior)
	return &fused
}
