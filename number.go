package kahao

import (
	"cmp"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/card/issuer"
	"github.com/kahao/kahao/internal/card/pan"
	"github.com/kahao/kahao/internal/vision/flatten"
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

// attempt is one way of looking at a card, and the number that it gave.
type attempt struct {
	corners geom.Quad
	flat    *flatten.Flat
	lines   []lines.Line
	number  Number
	score   float64 // log probability of the pixels, and of looking this way
}

// try reads the number of the card with the given corners, seen the right way
// up with the given probability. It returns nil where there is no number.
func (s *session) try(corners geom.Quad, likely float64) (*attempt, error) {
	flat, ok := s.flat(corners)
	if !ok {
		return nil, nil
	}
	a := &attempt{corners: corners, flat: flat}
	var err error
	if a.lines, err = s.Reader.lines.Find(s.ctx, flat.RGB); err != nil {
		return nil, err
	}
	s.trace("lines")
	var pieces []*piece
	for _, l := range a.lines {
		if l.Kind != lines.Number {
			continue
		}
		p, err := s.piece(strip(l, flat.ToPicture), transcribe.Views, s.prior, complete)
		if err != nil {
			return nil, err
		}
		pieces = append(pieces, p)
	}
	n, pixels, ok := s.assemble(pieces)
	if !ok {
		return nil, nil
	}
	a.number, a.score = n, pixels+math.Log(likely)
	return a, nil
}

// strip is the line as something to transcribe.
func strip(l lines.Line, toPicture geom.Homography) transcribe.Strip {
	return transcribe.Strip{Left: l.Left, Right: l.Right, Height: l.Height, ToPicture: toPicture}
}

// piece is a line of print that was read from several crops.
type piece struct {
	views      []*transcribe.Columns
	matrices   []lattice.Matrix
	candidates []lattice.Candidate
}

// certain is the log probability of the pixels from which no further crop is
// read. On drawn lines nine of ten right readings reach it, and of wrong ones
// one in twenty.
const certain = -0.1

// lost is the log probability below which no crop more is spent on a line: it
// shows no number, or not this way up.
const lost = -4.0

// firstLook is the index of the view after which a reading may be certain.
const firstLook = 2

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

// anyNumber is for lines that are no card's number.
func anyNumber(string) bool { return true }

// piece reads a strip crop by crop until it is certain of a reading that is
// as expected.
func (s *session) piece(strip transcribe.Strip, views []transcribe.View, prior lattice.Prior, expected func(digits string) bool) (*piece, error) {
	p := &piece{}
	for i, v := range views {
		cols, err := s.digits.Read(s.ctx, s.picture, strip, v)
		if err != nil {
			return nil, err
		}
		s.trace("transcribe")
		p.views = append(p.views, cols)
		p.matrices = append(p.matrices, cols.P)
		if i != firstLook && i != len(views)-1 {
			continue
		}
		p.candidates = lattice.Digits(p.matrices, prior)
		s.trace("lattice")
		if top := p.top(); top.Pixels < lost || top.Pixels >= certain && expected(top.Text) {
			break
		}
	}
	return p, nil
}

func (p *piece) top() lattice.Candidate {
	if len(p.candidates) == 0 {
		return lattice.Candidate{}
	}
	return p.candidates[0]
}

// assemble makes the number out of the pieces: the best one that is a whole
// number, or the short ones read from top to bottom.
func (s *session) assemble(pieces []*piece) (n Number, pixels float64, ok bool) {
	var whole *piece
	var parts []*piece
	count := 0
	for _, p := range pieces {
		n := len(p.top().Text)
		if n >= minDigits && n <= maxDigits {
			if whole == nil || p.top().P > whole.top().P {
				whole = p
			}
		} else if n > 0 && n < minDigits {
			parts = append(parts, p)
			count += n
		}
	}
	if whole != nil {
		return s.number([]*piece{whole})
	}
	if count >= minDigits && count <= maxDigits {
		return s.number(parts)
	}
	return Number{}, 0, false
}

// number builds the result from the pieces that make it up, in order.
func (s *session) number(pieces []*piece) (n Number, pixels float64, ok bool) {
	n.Confidence = 1
	text := ""
	var quads []geom.Quad
	for _, p := range pieces {
		top := p.top()
		text += top.Text
		n.Confidence *= top.P
		pixels += top.Pixels
		digits := s.place(p, top.Text)
		n.Digits = append(n.Digits, digits...)
		for _, d := range digits {
			quads = append(quads, d.Quad)
		}
	}
	var err error
	if n.Number, err = pan.New(text); err != nil || len(quads) == 0 {
		return Number{}, 0, false
	}
	n.Quad = around(quads)
	return n, pixels, true
}

// place says where each digit of the text is, by the crop that reads it best.
func (s *session) place(p *piece, text string) []Digit {
	view, spots := 0, []lattice.Spot(nil)
	strongest := math.Inf(-1)
	for i, m := range p.matrices {
		if found := lattice.Align(m, text); found != nil {
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
	half := pitch(spots, cols.Digit) * transcribe.Stride * 0.44
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

// pitch is the median distance between neighbouring digits, in columns.
func pitch(spots []lattice.Spot, digitHeight float64) float64 {
	var gaps []float64
	for k := 1; k < len(spots); k++ {
		gaps = append(gaps, spots[k].Column-spots[k-1].Column)
	}
	if len(gaps) == 0 {
		return 0.7 * digitHeight / transcribe.Stride
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
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

// around is the quad from the first digit to the last where they stand on one
// line, and the bounds of all where they do not.
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
	p, err := s.piece(transcribe.Strip{
		Left:  geom.Point{X: 0.3 * h, Y: h / 2},
		Right: geom.Point{X: w - 0.3*h, Y: h / 2}, Height: 0.74 * h, ToPicture: geom.Identity,
	}, transcribe.Views[:transcribe.Wide], nil, anyNumber)
	if err != nil {
		return nil, err
	}
	if p.top().Text == "" || p.top().P < hopeless {
		return nil, nil
	}
	n, _, ok := s.number([]*piece{p})
	if !ok {
		return nil, nil
	}
	card := &Card{Number: n, Corners: s.toFile(geom.RectQuad(0, 0, w, h))}
	s.conclude(card)
	return card, nil
}
