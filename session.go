package kahao

import (
	"cmp"
	"context"
	"slices"

	"github.com/kahao/kahao/internal/card/issuer"
	"github.com/kahao/kahao/internal/vision/flatten"
	"github.com/kahao/kahao/internal/vision/geom"
	"github.com/kahao/kahao/internal/vision/picture"
	"github.com/kahao/kahao/internal/vision/pixel"
)

// workingSide is the length of the longer side from which a picture is
// decoded at a reduced scale: digits of a card that fills the picture are
// then still 60 pixels high.
const workingSide = 1200

// session is one picture being read.
type session struct {
	*Reader
	ctx     context.Context
	picture *pixel.RGB
	scale   float64 // pixels of picture per pixel of the file
	width   int     // of the file, upright
	height  int
}

func (r *Reader) begin(ctx context.Context, image []byte) (*session, error) {
	p, err := picture.Decode(ctx, image, picture.Options{
		MaxBytes: r.options.MaxBytes, MaxPixels: r.options.MaxPixels, WorkingSide: workingSide,
	})
	if err != nil {
		return nil, err
	}
	r.trace("decode")
	return &session{r, ctx, p.RGB, p.Scale, p.Width, p.Height}, nil
}

func (s *session) reading(cards []*Card) *Reading {
	return &Reading{Width: s.width, Height: s.height, Cards: cards}
}

// Confidence of a number from which no other way of reading the card is
// tried, and below which nothing is reported at all.
const (
	settled  = 0.90
	hopeless = 0.02
)

// cards reads every card: first where the network sees one, then, if that
// gave no number, the picture itself as the card.
func (s *session) cards() ([]*Card, error) {
	found, err := s.locate.Find(s.ctx, s.picture)
	if err != nil {
		return nil, err
	}
	s.trace("locate")
	var cards []*Card
	for _, f := range found {
		turns := []int{0, 2}
		if f.Upright < 0.5 {
			turns = []int{2, 0}
		}
		if f.Upright < 0.35 || f.Upright > 0.65 {
			// The corners also name the side that is up; where they are
			// sure of it only a failure makes us look at the others.
			turns = append(turns, 1, 3)
		}
		card, err := s.bestOf(f.Corners, turns)
		if err != nil {
			return nil, err
		}
		if card != nil {
			cards = append(cards, card)
		}
	}
	if best(cards) < settled {
		whole := geom.RectQuad(0, 0, float64(s.picture.W), float64(s.picture.H))
		card, err := s.bestOf(whole, []int{0, 2, 1, 3})
		if err != nil {
			return nil, err
		}
		if card != nil && card.Number.Confidence > best(cards) {
			cards = []*Card{card}
		}
	}
	slices.SortStableFunc(cards, func(a, b *Card) int {
		return cmp.Compare(b.Number.Confidence, a.Number.Confidence)
	})
	return cards, nil
}

func best(cards []*Card) float64 {
	top := 0.0
	for _, c := range cards {
		top = max(top, c.Number.Confidence)
	}
	return top
}

// bestOf reads the card with the given corners after each of the quarter
// turns until one reading is settled, and returns the most confident.
func (s *session) bestOf(corners geom.Quad, turns []int) (*Card, error) {
	var top *attempt
	for _, n := range turns {
		a, err := s.try(corners.Turn(n))
		if err != nil {
			return nil, err
		}
		if a != nil && (top == nil || a.confidence() > top.confidence()) {
			top = a
		}
		if top != nil && top.confidence() >= settled {
			break
		}
	}
	if top == nil || top.confidence() < hopeless {
		return nil, nil
	}
	return s.finish(top)
}

// finish adds the dates and the issuer to the number of an attempt.
func (s *session) finish(a *attempt) (*Card, error) {
	card := &Card{Number: a.number, Corners: s.toFile(a.corners)}
	if err := s.dates(a, card); err != nil {
		return nil, err
	}
	s.conclude(card)
	return card, nil
}

// conclude names the issuer and gives the verdict.
func (s *session) conclude(card *Card) {
	card.Issuer = issuer.Lookup(card.Number.Reveal())
	card.Verdict = verdict(card.Number.Confidence)
	s.trace("issuer")
}

// Probabilities that the number is right from which a verdict is given.
const (
	acceptFrom = 0.985
	reviewFrom = 0.40
)

func verdict(p float64) Verdict {
	switch {
	case p >= acceptFrom:
		return Accept
	case p >= reviewFrom:
		return Review
	}
	return Reject
}

// toFile maps a quad from the decoded picture to the file's pixels.
func (s *session) toFile(q geom.Quad) geom.Quad {
	for i := range q {
		q[i] = q[i].Mul(1 / s.scale)
	}
	return q
}

// flat is a card ready for its lines to be found.
func (s *session) flat(corners geom.Quad) (*flatten.Flat, bool) {
	f, ok := flatten.Card(s.picture, corners)
	s.trace("flatten")
	return f, ok
}
