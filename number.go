package kahao

import (
	"cmp"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/card/issuer"
	"github.com/kahao/kahao/internal/card/pan"
	"github.com/kahao/kahao/internal/vision/geom"
	"github.com/kahao/kahao/internal/vision/lattice"
	"github.com/kahao/kahao/internal/vision/lines"
	"github.com/kahao/kahao/internal/vision/transcribe"
)

// Lengths of a card number (ISO/IEC 7812-1 allows 8 to 19; the issuers'
// tables and networks use these).
const (
	minDigits = 12
	maxDigits = 19
)

// strip is the line as something to transcribe.
func strip(l lines.Line, toPicture geom.Homography) transcribe.Strip {
	return transcribe.Strip{Left: l.Left, Right: l.Right, Height: l.Height, ToPicture: toPicture}
}

// piece is a line of print that was read from several crops.
type piece struct {
	strip   transcribe.Strip
	views   []*transcribe.Columns
	lattice *lattice.Lattice
}

// quad is where the line is in the picture.
func (p *piece) quad() geom.Quad {
	along := p.strip.Right.Sub(p.strip.Left)
	up := geom.Point{X: along.Y, Y: -along.X}.Mul(p.strip.Height / 2 / math.Max(along.Len(), 1e-3))
	return p.strip.ToPicture.Quad(geom.Quad{
		p.strip.Left.Add(up), p.strip.Right.Add(up), p.strip.Right.Sub(up), p.strip.Left.Sub(up),
	})
}

// certain is what the crops must say of a reading for no further crop to be
// read. On drawn lines nine of ten right readings reach it, and of wrong ones
// one in twenty. What the priors doubt is read on: it takes all evidence there
// is to be accepted.
const (
	certain      = -0.1
	undisputed   = 0.98
	firstLook    = 2    // index of the view after which a reading may be certain
	lost         = -4.0 // below it the line shows no number, or not this way up
	groupedFirst = 5    // readings of a line whose groups are looked at
)

// complete reports whether a number is as long as those that begin like it. One
// that is not is first checked for digits beyond the line's ends: there the
// crops agree on a number that is wrong.
func complete(digits string) bool {
	at := issuer.Lookup(digits)
	switch {
	case at.Listed && !at.Permissive:
		return at.LengthMatches
	case at.Network == issuer.Amex:
		return len(digits) == 15
	}
	return len(digits) == 16
}

// piece reads a strip crop by crop until it is certain of a reading that is
// as expected.
func (s *session) piece(strip transcribe.Strip, prior lattice.Prior, expected func(digits string) bool) (*piece, error) {
	p := &piece{strip: strip}
	for i, v := range transcribe.Views {
		cols, err := s.digits.Read(s.ctx, s.picture, strip, v)
		if err != nil {
			return nil, err
		}
		s.trace("transcribe")
		p.views = append(p.views, cols)
		if i != firstLook && i != transcribe.Wide-1 && i != len(transcribe.Views)-1 {
			continue
		}
		s.decode(p, prior)
		top := p.lattice.Top()
		if top.Pixels < lost || top.Pixels >= certain && top.P >= undisputed && expected(top.Text) {
			break
		}
	}
	s.weighGroups(p)
	return p, nil
}

// decode makes the lattice of a piece from its crops.
func (s *session) decode(p *piece, prior lattice.Prior) {
	p.lattice = lattice.Digits(p.matrices(), prior)
	s.trace("lattice")
}

func (p *piece) matrices() []lattice.Matrix {
	m := make([]lattice.Matrix, len(p.views))
	for i, v := range p.views {
		m[i] = v.P
	}
	return m
}

// weighGroups weighs the likeliest readings of a whole number by the groups
// that their digits stand in.
func (s *session) weighGroups(p *piece) {
	if n := len(p.lattice.Top().Text); n < minDigits || n > maxDigits {
		return
	}
	p.lattice.Weigh(groupedFirst, func(digits string) float64 {
		if usualGroups(p.groups(digits)) {
			return 0
		}
		return oddGroups
	})
}

// groups is how a reading's digits are grouped, by the first crop.
func (p *piece) groups(digits string) []int {
	return lattice.Groups(lattice.Align(p.views[0].P, digits))
}

// number builds the result of a look.
func (s *session) number(l *look) (n Number, err error) {
	top := l.number.Top()
	texts := top.Parts
	if len(l.parts) == 1 {
		texts = []string{top.Text}
	}
	var quads []geom.Quad
	for i, p := range l.parts {
		digits := s.place(p, texts[i])
		n.Digits = append(n.Digits, digits...)
		for _, d := range digits {
			quads = append(quads, d.Quad)
		}
	}
	if n.Number, err = pan.New(top.Text); err != nil {
		return Number{}, err
	}
	for _, r := range l.rivals {
		other, err := pan.New(r.text)
		if err != nil {
			continue // of no digits at all
		}
		n.Candidates = append(n.Candidates, Candidate{other, r.p})
	}
	if len(quads) > 0 {
		n.Quad = around(quads)
	}
	s.judge(&n, l)
	return n, nil
}

// place says where each digit of the text is, by the crop that reads it best.
func (s *session) place(p *piece, text string) []Digit {
	view, spots := 0, []lattice.Spot(nil)
	strongest := math.Inf(-1)
	for i, v := range p.views {
		if found := lattice.Align(v.P, text); found != nil {
			score := 0.0
			for k, spot := range found {
				score += math.Log(spot.P[text[k]-'0'] + 1e-9)
			}
			if score > strongest {
				view, spots, strongest = i, found, score
			}
		}
	}
	cols := p.views[view]
	pitch := lattice.Pitch(spots)
	if pitch == 0 {
		pitch = 0.7 * cols.Digit / transcribe.Stride
	}
	half := pitch * transcribe.Stride * 0.44
	digits := make([]Digit, len(spots))
	for k, spot := range spots {
		x := spot.Column * transcribe.Stride
		box := geom.RectQuad(x-half, (transcribe.Height-cols.Digit)/2, 2*half, cols.Digit)
		value := text[k] - '0'
		digits[k] = Digit{
			Value: text[k], P: spot.P[value],
			Quad:         s.toFile(cols.ToPicture.Quad(box)),
			Alternatives: alternatives(spot, value),
		}
	}
	return digits
}

func alternatives(spot lattice.Spot, value byte) []Alternative {
	var out []Alternative
	for d := range byte(10) {
		if d != value && spot.P[d] >= 0.005 {
			out = append(out, Alternative{Value: '0' + d, P: spot.P[d]})
		}
	}
	slices.SortFunc(out, func(a, b Alternative) int { return cmp.Compare(b.P, a.P) })
	return out
}

// around is the quad from the first of several to the last where they stand on
// one line, and the bounds of all where they do not.
func around(quads []geom.Quad) geom.Quad {
	first, last := quads[0], quads[len(quads)-1]
	q := geom.Quad{first[0], last[1], last[2], first[3]}
	if q.Convex() && q.Height() < 2*first.Height() {
		return q
	}
	b := quads[0].Bounds()
	for _, other := range quads[1:] {
		o := other.Bounds()
		b.X0, b.Y0 = math.Min(b.X0, o.X0), math.Min(b.Y0, o.Y0)
		b.X1, b.Y1 = math.Max(b.X1, o.X1), math.Max(b.Y1, o.Y1)
	}
	return geom.RectQuad(b.X0, b.Y0, b.W(), b.H())
}

// line reads the whole picture as one line.
func (s *session) line() (*Card, error) {
	w, h := float64(s.picture.W), float64(s.picture.H)
	strip := transcribe.Strip{
		Left:  geom.Point{X: 0.3 * h, Y: h / 2},
		Right: geom.Point{X: w - 0.3*h, Y: h / 2}, Height: 0.74 * h, ToPicture: geom.Identity,
	}
	p := &piece{strip: strip}
	for i, v := range transcribe.Views[:transcribe.Wide] {
		cols, err := s.digits.Read(s.ctx, s.picture, strip, v)
		if err != nil {
			return nil, err
		}
		s.trace("transcribe")
		p.views = append(p.views, cols)
		if i >= firstLook {
			if s.decode(p, nil); p.lattice.Top().Pixels >= certain {
				break
			}
		}
	}
	top := p.lattice.Top()
	if top.Text == "" || top.P < hopeless {
		return nil, nil
	}
	l := &look{corners: s.frame(), whole: true, parts: []*piece{p}, number: p.lattice}
	l.conclude(0)
	n, err := s.number(l)
	if err != nil {
		return nil, nil // more digits than a number may have
	}
	card := &Card{Number: n, Corners: s.toFile(l.corners)}
	s.conclude(card)
	return card, nil
}
