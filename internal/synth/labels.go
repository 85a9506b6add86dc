package synth

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/labels"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/scene"
)

// Version is the generator's, as written into labels: with one version, a seed
// and options always give the same images.
const Version = "kahao-synth/1"

func round(v float64) float64 { return math.Round(v*100) / 100 }

func flatQuad(q geom.Quad) (f [8]float64) {
	for i, p := range q {
		f[2*i], f[2*i+1] = round(p.X), round(p.Y)
	}
	return f
}

// labelLines maps a card's lines into an image.
func labelLines(c *card.Card, m geom.Homography, digits bool) []labels.Line {
	out := make([]labels.Line, 0, len(c.Lines))
	for _, l := range c.Lines {
		q := m.Quad(l.Quad)
		o := labels.Line{Kind: l.Kind, Text: l.Text, Quad: flatQuad(q)}
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

// labelCard is the label of a card that m maps into an image; its place is left
// to the caller.
func labelCard(c *card.Card, m geom.Homography) labels.Card {
	return labels.Card{
		Number: c.Number, Grouping: c.Grouping, Expiry: c.Expiry, Dates: c.Dates, Name: c.Name, Bank: c.Bank,
		Network: c.Network, Style: c.Style, Print: c.Print, Layout: c.Layout, Lines: labelLines(c, m, true),
	}
}

func label(s *scene.Scene, seed uint64) labels.Image {
	t := labels.Image{W: s.Image.W, H: s.Image.H, Kind: s.Kind, Cards: make([]labels.Card, 0, len(s.Cards)), Seed: seed, Generator: Version}
	for _, p := range s.Cards {
		c := labelCard(p.Card, p.Map)
		c.Corners, c.Rotation = flatQuad(p.Corners), round(scene.Rotation(p.Corners))
		t.Cards = append(t.Cards, c)
	}
	return t
}
