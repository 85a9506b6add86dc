package pipeline

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// workingSide is the length of the longer side from which a picture is
// decoded at a reduced scale: digits of a card that fills the picture are
// then still 50 pixels high.
const workingSide = 1000

// session is one picture being read.
type session struct {
	*Reader
	ctx     context.Context
	picture *pixel.Pyramid
	scale   float64 // pixels of picture per pixel of the file
	width   int     // of the file, upright
	height  int
}

func (r *Reader) begin(ctx context.Context, p *imagein.Picture) *session {
	r.trace("decode")
	return &session{r, ctx, pixel.NewPyramid(p.RGB), p.Scale, p.Width, p.Height}
}

func (s *session) reading(cards []*Card, reasons []Reason) *Reading {
	return &Reading{Width: s.width, Height: s.height, Cards: cards, Reasons: reasons}
}

// wholeLikely is the probability that the picture itself is the card, where
// another outline was found and gave nothing sure.
const wholeLikely = 0.3

// cards reads every card: first where the network sees one, then, if that
// gave nothing sure, the picture itself as the card. The reasons are of the
// picture.
func (s *session) cards() (cards []*Card, reasons []Reason, err error) {
	found, err := s.locate.Find(s.ctx, s.picture)
	if err != nil {
		return nil, nil, err
	}
	s.trace("detect")
	var looks []*look
	for _, f := range found {
		l, err := s.bestOf(f.Corners, f.Likely)
		if err != nil {
			return nil, nil, err
		}
		if l != nil {
			looks = s.add(looks, l)
		}
	}
	if !slices.ContainsFunc(looks, (*look).settled) {
		l, err := s.bestOf(s.frame(), [4]float64{0.7, 0.1, 0.1, 0.1})
		if err != nil {
			return nil, nil, err
		}
		if l != nil {
			l.whole = true
			l.score += math.Log(wholeLikely)
			looks = s.add(looks, l)
		}
	}
	for _, l := range looks {
		if l.rivals[0].p < hopeless {
			continue
		}
		card, err := s.finish(l)
		if err != nil {
			return nil, nil, err
		}
		cards = append(cards, card)
	}
	inReadingOrder(cards)
	switch {
	case len(cards) == 0:
		reasons = s.withoutCard(found)
	case len(cards) > 1:
		reasons = []Reason{{Code: SeveralCards}}
	}
	return cards, reasons, nil
}

// frame is the whole picture's outline.
func (s *session) frame() geom.Quad {
	return geom.RectQuad(0, 0, float64(s.picture.W), float64(s.picture.H))
}

// add takes a look into those at the cards found so far. Of two looks at one
// card the better one stays; where both found the same line their crops are
// read together.
func (s *session) add(looks []*look, l *look) []*look {
	for i, other := range looks {
		switch {
		case !l.sameCard(other):
			continue
		case l.sameLine(other):
			looks[i] = s.fuse(other, l)
		default:
			looks[i] = better(other, l)
		}
		return looks
	}
	return append(looks, l)
}

// finish makes a card of a look: the number, the dates and the issuer.
func (s *session) finish(l *look) (*Card, error) {
	number, n, err := s.number(l)
	if err != nil {
		return nil, err
	}
	card := &Card{PAN: number, Number: n, Corners: s.toFile(l.corners)}
	if err := s.dates(l, card); err != nil {
		return nil, err
	}
	s.conclude(card, l)
	return card, nil
}

// fromFile maps a quad from the file's pixels to the decoded picture.
func (s *session) fromFile(q geom.Quad) geom.Quad {
	for i := range q {
		q[i] = q[i].Mul(s.scale)
	}
	return q
}

// toFile maps a quad from the decoded picture to the file's pixels.
func (s *session) toFile(q geom.Quad) geom.Quad {
	for i := range q {
		q[i] = q[i].Mul(1 / s.scale)
	}
	return q
}

// rank puts the verdicts in order.
var rank = map[Verdict]int{Accept: 0, Review: 1, Reject: 2}

// inReadingOrder sorts cards by verdict, and those of one verdict from top to
// bottom, in a row from left to right: an order that a slightly other picture
// of the same cards keeps.
func inReadingOrder(cards []*Card) {
	slices.SortStableFunc(cards, func(a, b *Card) int {
		return cmp.Or(cmp.Compare(rank[a.Verdict], rank[b.Verdict]), cmp.Compare(middle(a).Y, middle(b).Y))
	})
	for begin := 0; begin < len(cards); {
		first, end := cards[begin], begin+1
		low := middle(first).Y + first.Number.Quad.Bounds().H()/2 + first.Corners.Bounds().H()/4
		for end < len(cards) && cards[end].Verdict == first.Verdict && middle(cards[end]).Y <= low {
			end++
		}
		slices.SortStableFunc(cards[begin:end], func(a, b *Card) int { return cmp.Compare(middle(a).X, middle(b).X) })
		begin = end
	}
}

// middle is where a card's number is.
func middle(c *Card) geom.Point { return c.Number.Quad.Center() }
