package pipeline

import (
	"cmp"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/prior"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/rectify"
	"github.com/kahao/kahao/internal/vision/spell"
	"github.com/kahao/kahao/internal/vision/textline"
)

// look is one way of seeing a card, and the number that it shows there.
type look struct {
	corners geom.Quad
	whole   bool // the whole picture was taken for the card
	flat    *rectify.Flat
	marks   *textline.Map
	parts   []*spell.Line      // of the number, in order
	number  *ctc.Lattice       // of all parts together
	more    bool               // a row beside them was left out
	first   map[string]float64 // what stands beneath the first digits, as probabilities; nil where nobody looked
	rivals  []rival            // the number and what else it may be, the best first
	likely  float64            // how likely the card is seen this way up
	score   float64            // log weight of this number, seen this way
}

// rival is one reading of a card's number, whichever look gave it.
type rival struct {
	text string
	p    float64
}

// settled is what the crops must say of a number, in nats, for no other way of
// looking to be tried: right readings are above it nineteen times in twenty,
// cards read upside down one time in twenty. A number less likely than
// hopeless is not reported at all.
const (
	settled  = -1.2
	hopeless = 0.005
)

func (l *look) settled() bool {
	top := l.number.Top()
	return top.Pixels >= settled && top.P > 0.5 && prior.Complete(top.Text)
}

// bestOf looks at the card with the given corners after quarter turns, from the
// likeliest on, until one settles it or what is left cannot win. A card on its
// side is only tried where nothing else gave a number.
func (s *session) bestOf(corners geom.Quad, likely [4]float64) (*look, error) {
	order := []int{0, 1, 2, 3}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(likely[b], likely[a]) })
	var top *look
	for i, n := range order {
		if top != nil && (i >= 2 || top.settled() || top.number.Top().Pixels+math.Log(top.likely) > math.Log(likely[n])) {
			break
		}
		l, err := s.look(corners.Turn(n), likely[n])
		if err != nil {
			return nil, err
		}
		if l != nil {
			top = better(top, l)
		}
	}
	return top, nil
}

// look reads the number of the card with the given corners, seen the right way
// up with the given probability. It returns nil where there is no number.
func (s *session) look(corners geom.Quad, likely float64) (*look, error) {
	flat, ok := rectify.Card(s.picture, corners)
	s.trace("rectify")
	if !ok {
		return nil, nil
	}
	l := &look{corners: corners, flat: flat, likely: likely}
	var err error
	if l.marks, err = s.Reader.lines.Look(s.ctx, flat.RGB); err != nil {
		return nil, err
	}
	s.trace("lines")
	var pieces []*spell.Line
	for _, line := range l.marks.Lines(textline.Clear) {
		if line.Kind != textline.Number {
			continue
		}
		p, err := s.numberIn(strip(line, flat.ToPicture))
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, p)
	}
	number := s.onRows()
	if pieces, err = number.Fill(pieces); err != nil {
		return nil, err
	}
	if l.parts, l.number, l.more = number.Assemble(pieces); l.number == nil {
		return nil, nil
	}
	if err := s.again(l); err != nil {
		return nil, err
	}
	l.conclude(math.Log(likely))
	return l, nil
}

// conclude sets the score and the rivals from the number's lattice.
func (l *look) conclude(likely float64) {
	top := l.number.Top()
	l.score = top.Pixels + top.Prior + likely
	l.rivals = l.rivals[:0]
	for _, c := range l.number.Candidates[:min(maxRivals, len(l.number.Candidates))] {
		l.rivals = append(l.rivals, rival{c.Text, c.P})
	}
}

// texts is what each part says of the number.
func (l *look) texts() []string {
	top := l.number.Top()
	if len(l.parts) > 1 {
		return top.Parts
	}
	return []string{top.Text}
}

// groups is how the number's digits are grouped, from part to part.
func (l *look) groups() (groups []int) {
	for i, text := range l.texts() {
		groups = append(groups, l.parts[i].Groups(text)...)
	}
	return groups
}

// maxRivals is how many readings of a number are reported.
const maxRivals = 5

// better is the look with the higher score, which then knows of the other's
// readings too: a is as likely as b as their scores say.
func better(a, b *look) *look {
	if a == nil {
		return b
	}
	if b.score > a.score {
		a, b = b, a
	}
	other := 1 / (1 + math.Exp(a.score-b.score))
	p := map[string]float64{}
	for _, r := range a.rivals {
		p[r.text] += r.p * (1 - other)
	}
	for _, r := range b.rivals {
		p[r.text] += r.p * other
	}
	a.rivals = a.rivals[:0:0]
	for text, v := range p {
		a.rivals = append(a.rivals, rival{text, v})
	}
	slices.SortFunc(a.rivals, func(x, y rival) int {
		return cmp.Or(cmp.Compare(y.p, x.p), cmp.Compare(x.text, y.text))
	})
	a.rivals = a.rivals[:min(maxRivals, len(a.rivals))]
	// The best reading of the better look is the answer, even where the two
	// together would favour another: its digits and places are known.
	if i := slices.IndexFunc(a.rivals, func(r rival) bool { return r.text == a.number.Top().Text }); i > 0 {
		r := a.rivals[i]
		copy(a.rivals[1:i+1], a.rivals[:i])
		a.rivals[0] = r
	}
	return a
}

// sameCard reports whether two looks are at one card: their numbers are at one
// place, or one's number lies within the other's outline.
func (l *look) sameCard(m *look) bool {
	a, b := l.place(), m.place()
	return a.Center().Sub(b.Center()).Len() < math.Max(a.Width(), b.Width())/2 ||
		!l.whole && l.corners.Contains(b.Center()) || !m.whole && m.corners.Contains(a.Center())
}

// sameLine reports whether two looks found one line of print, read in one
// direction.
func (l *look) sameLine(m *look) bool {
	if len(l.parts) != 1 || len(m.parts) != 1 {
		return false
	}
	a, b := l.place(), m.place()
	u, v := a[1].Sub(a[0]), b[1].Sub(b[0])
	return a.Center().Sub(b.Center()).Len() < math.Max(a.Height(), a.Width()/8) && u.X*v.X+u.Y*v.Y > 0.95*u.Len()*v.Len()
}

// place is the quad around the number's lines, in pixels of the picture.
func (l *look) place() geom.Quad {
	var quads []geom.Quad
	for _, p := range l.parts {
		quads = append(quads, p.Quad())
	}
	return geom.Around(quads)
}

// fuse reads the line that two looks found from the crops of both.
func (s *session) fuse(a, b *look) *look {
	if b.score > a.score {
		a, b = b, a
	}
	p := a.parts[0].Fuse(b.parts[0], s.prior)
	weighGroups(p)
	fused := *a
	fused.parts, fused.number = []*spell.Line{p}, p.Lattice
	if fused.first == nil {
		fused.first = b.first
	}
	fused.weighFirst()
	top := a.number.Top()
	fused.conclude(a.score - top.Pixels - top.Prior)
	return &fused
}
