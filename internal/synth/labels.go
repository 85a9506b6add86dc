package synth

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/scene"
)

// Generator is the version of the drawings: pictures of one seed and options
// are the same as long as it is.
const Generator = "kahao-synth/1"

// Line is a printed line and where it stands in the picture.
type Line struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
	// Quad is the ink box: TL, TR, BR, BL as x, y pairs, as the line is read.
	Quad [8]float64 `json:"quad"`
	// Height is that of the digits or capitals in pixels.
	Height float64 `json:"height,omitempty"`
	// Digits are the upright boxes x0, y0, x1, y1 around each character.
	Digits [][4]float64 `json:"digits,omitempty"`
}

// Card is what a card in a picture says and where it lies.
type Card struct {
	Number   string     `json:"number"`
	Grouping []int      `json:"grouping,omitempty"`
	Expiry   string     `json:"expiry,omitempty"`
	Dates    []string   `json:"dates,omitempty"`
	Name     string     `json:"name,omitempty"`
	Bank     string     `json:"bank,omitempty"`
	Network  string     `json:"network,omitempty"`
	Style    string     `json:"style,omitempty"`
	Print    string     `json:"print,omitempty"`
	Layout   string     `json:"layout"`
	Corners  [8]float64 `json:"corners"`
	Rotation float64    `json:"rotation"`
	Lines    []Line     `json:"lines"`
}

// Truth is the label of one picture.
type Truth struct {
	File      string `json:"file,omitempty"`
	W         int    `json:"w"`
	H         int    `json:"h"`
	Kind      string `json:"kind"`
	Cards     []Card `json:"cards"`
	Seed      uint64 `json:"seed"`
	Generator string `json:"generator"`
}

func round(v float64) float64 { return math.Round(v*100) / 100 }

func flatQuad(q geom.Quad) (f [8]float64) {
	for i, p := range q {
		f[2*i], f[2*i+1] = round(p.X), round(p.Y)
	}
	return f
}

// lines maps a card's lines into a picture.
func lines(c *card.Card, m geom.Homography, digits bool) []Line {
	out := make([]Line, 0, len(c.Lines))
	for _, l := range c.Lines {
		q := m.Quad(l.Quad)
		o := Line{Kind: l.Kind, Text: l.Text, Quad: flatQuad(q)}
		if h := l.Quad.Height(); h > 0 {
			o.Height = round(l.Height * q.Height() / h)
		}
		if digits {
			for _, d := range l.Digits {
				b := m.Quad(d).Bounds()
				o.Digits = append(o.Digits, [4]float64{round(b.X0), round(b.Y0), round(b.X1), round(b.Y1)})
			}
		}
		out = append(out, o)
	}
	return out
}

func truth(s *scene.Scene) Truth {
	t := Truth{W: s.Picture.W, H: s.Picture.H, Kind: s.Kind, Cards: make([]Card, 0, len(s.Cards)), Generator: Generator}
	for _, p := range s.Cards {
		c := p.Card
		t.Cards = append(t.Cards, Card{
			Number: c.Number, Grouping: c.Grouping, Expiry: c.Expiry, Dates: c.Dates, Name: c.Name, Bank: c.Bank,
			Network: c.Network, Style: c.Style, Print: c.Print, Layout: c.Layout,
			Corners: flatQuad(p.Corners), Rotation: round(scene.Rotation(p.Corners)), Lines: lines(c, p.Map, true),
		})
	}
	return t
}
