package kahao

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/card/issuer"
	"github.com/kahao/kahao/internal/vision/flatten"
	"github.com/kahao/kahao/internal/vision/geom"
	"github.com/kahao/kahao/internal/vision/picture"
	"github.com/kahao/kahao/internal/vision/pixel"
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

func (r *Reader) begin(ctx context.Context, image []byte) (*session, error) {
	p, err := picture.Decode(ctx, image, picture.Options{
		MaxBytes: r.options.MaxBytes, MaxPixels: r.options.MaxPixels, WorkingSide: workingSide,
	})
	if err != nil {
		return nil, err
	}
	r.trace("decode")
	return &session{r, ctx, pixel.NewPyramid(p.RGB), p.Scale, p.Width, p.Height}, nil
}

func (s *session) reading(cards []*Card) *Reading {
	return &Reading{Width: s.width, Height: s.height, Cards: cards}
}

// settled is the score of an attempt from which no other way of looking is
// tried: right readings are above it nineteen times in twenty, cards read
// upside down one time in twenty. A number less confident than hopeless is
// not reported at all.
const (
	settled  = -0.6
	hopeless = 0.005
)

// wholeLikely is the probability that the picture itself is the card, where
// another outline was found and gave nothing sure.
const wholeLikely = 0.3

// cards reads every card: first where the network sees one, then, if that
// gave nothing sure, the picture itself as the card.
func (s *session) cards() ([]*Card, error) {
	found, err := s.locate.Find(s.ctx, s.picture)
	if err != nil {
		return nil, err
	}
	s.trace("locate")
	var attempts []*attempt
	for _, f := range found {
		a, err := s.bestOf(f.Corners, f.Likely)
		if err != nil {
			return nil, err
		}
		if a != nil && !repeats(attempts, a) {
			attempts = append(attempts, a)
		}
	}
	if !anySettled(attempts) {
		whole := geom.RectQuad(0, 0, float64(s.picture.W), float64(s.picture.H))
		a, err := s.bestOf(whole, [4]float64{0.7, 0.1, 0.1, 0.1})
		if err != nil {
			return nil, err
		}
		if a != nil {
			a.score += math.Log(wholeLikely)
		}
		if a != nil && (len(attempts) == 0 || a.score > attempts[0].score) {
			attempts = []*attempt{a}
		}
	}
	var cards []*Card
	for _, a := range attempts {
		if a.number.Confidence < hopeless {
			continue
		}
		card, err := s.finish(a)
		if err != nil {
			return nil, err
		}
		cards = append(cards, card)
	}
	slices.SortStableFunc(cards, func(a, b *Card) int {
		return cmp.Compare(b.Number.Confidence, a.Number.Confidence)
	})
	return cards, nil
}

func anySettled(attempts []*attempt) bool {
	return slices.ContainsFunc(attempts, func(a *attempt) bool { return a.score >= settled })
}

// repeats reports whether a reads a number at a place where one was read
// already: two outlines of one card.
func repeats(attempts []*attempt, a *attempt) bool {
	c := a.number.Quad.Center()
	return slices.ContainsFunc(attempts, func(b *attempt) bool {
		return b.number.Quad.Center().Sub(c).Len() < b.number.Quad.Width()/2
	})
}

// bestOf reads the card with the given corners after quarter turns, from the
// likeliest on, until one settles it or what is left cannot win. A card on its
// side is only tried where nothing else gave a number.
func (s *session) bestOf(corners geom.Quad, likely [4]float64) (*attempt, error) {
	order := []int{0, 1, 2, 3}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(likely[b], likely[a]) })
	var top *attempt
	for i, n := range order {
		if top != nil && (i >= 2 || top.score >= settled || top.score > math.Log(likely[n])) {
			break
		}
		a, err := s.try(corners.Turn(n), likely[n])
		if err != nil {
			return nil, err
		}
		if a != nil && (top == nil || a.score > top.score) {
			top = a
		}
	}
	return top, nil
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
