// Package page draws images that the scenes of cards lack: copies of cards
// without an outline, numbers on screens, things with long numbers that are no
// card's, and cards with dates in every form.
package page

import (
	"math/rand/v2"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/labels"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Image is a drawn image with its ground truth.
type Image struct {
	Pixels *pixel.RGB
	Label  labels.Image
	What   string // the kind of thing that it shows
}

// Painter draws images. It belongs to one goroutine. An image depends on its
// seed and arguments alone.
type Painter struct {
	source  *rand.PCG
	rng     *rand.Rand
	lib     *glyph.Library
	set     *glyph.Setter
	printer *imprint.Printer
	numbers number.Source
	im      *raster.Image
	card    labels.Card // that is being drawn
}

// New opens the embedded fonts and fills the banks of materials.
func New(numbers number.Source) (*Painter, error) { return NewWith(numbers, glyph.Options{}) }

// NewWith is New with the fonts that the options name, too.
func NewWith(numbers number.Source, fonts glyph.Options) (*Painter, error) {
	lib, err := glyph.Open(fonts)
	if err != nil {
		return nil, err
	}
	p := &Painter{source: rand.NewPCG(0, 0), lib: lib, set: glyph.NewSetter(), numbers: numbers}
	p.rng = rand.New(p.source)
	p.printer = imprint.New(p.rng)
	return p, nil
}

// start begins an image of the given size, filled with a colour.
func (p *Painter) start(w, h int, ground raster.Color) {
	p.im = raster.NewImage(w, h)
	p.im.Fill(ground)
	p.card = labels.Card{}
}

// seed restarts the random source.
func (p *Painter) seed(seed uint64) { p.source.Seed(seed, 0x70616765) }

// finish returns the image that was drawn.
func (p *Painter) finish(seed uint64, kind, what string) *Image {
	p.im.Clamp(0, 1)
	out := &Image{Pixels: p.im.RGB(), What: what, Label: labels.Image{Kind: kind, Seed: seed, Generator: Version, Cards: []labels.Card{}}}
	out.Label.W, out.Label.H = out.Pixels.W, out.Pixels.H
	if p.card.Number != "" {
		out.Label.Cards = append(out.Label.Cards, p.card)
	}
	return out
}

// Version is the generator's, as written into labels.
const Version = "kahao-page/1"

func (p *Painter) between(a, b float64) float64 { return raster.Uniform(p.rng, a, b) }
func (p *Painter) chance(v float64) bool        { return raster.Chance(p.rng, v) }
func (p *Painter) pick(list ...string) string   { return raster.Pick(p.rng, list...) }

// digits draws n digits.
func (p *Painter) digits(n int) string {
	var b strings.Builder
	for range n {
		b.WriteByte(byte('0' + p.rng.IntN(10)))
	}
	return b.String()
}

// font draws a font for text.
func (p *Painter) font() *glyph.Font { return p.lib.PickText(p.rng, "A") }

// fontSize is the size of a font over the height of its digits.
const fontSize = 1.36

// text prints a line with the top left corner of its ink at (x, y), its digits
// h pixels high, and returns its width.
func (p *Painter) text(f *glyph.Font, s string, x, y, h float64, ink raster.Color) float64 {
	m := p.set.Mask(f, s, h*fontSize)
	if m == nil {
		return 0
	}
	p.im.Blend(m, int(x), int(y), ink, 1)
	return float64(m.W)
}

// classes are the faces of numbers.
var classes = []glyph.Class{glyph.Farrington, glyph.Farrington, glyph.OCR, glyph.Sans, glyph.Sans}

// face draws a face for digits.
func (p *Painter) face() *glyph.Face {
	return p.lib.Pick(p.rng, classes[p.rng.IntN(len(classes))])
}

// row prints characters of a face with the left end of their ink at x, centred on
// y, h pixels high. A space is as wide as a digit. It returns their boxes and the
// right end.
func (p *Painter) row(face *glyph.Face, s string, x, y, h, pitch float64, style *imprint.Style) (boxes []geom.Rect, end float64) {
	l := imprint.Line{Face: face, Y: []float64{y}, Height: h}
	var text strings.Builder
	for _, c := range s {
		if c != ' ' {
			text.WriteRune(c)
			l.X = append(l.X, x+h*pitch/2)
		}
		x += h * pitch
	}
	l.Text = text.String()
	return p.printer.Print(p.im, l, style).Boxes, x
}

// grouped returns the digits with spaces between the groups.
func grouped(n number.Number) string {
	var parts []string
	at := 0
	for _, g := range n.Groups {
		parts = append(parts, n.Digits[at:at+g])
		at += g
	}
	return strings.Join(parts, " ")
}

// pan draws a number that passes its check, of a card's length.
func (p *Painter) pan() number.Number {
	for {
		if n := p.numbers.PAN(p.rng); n.Luhn() && len(n.Digits) >= 15 {
			return n
		}
	}
}

// flat returns the style of plain ink.
func flat(ink raster.Color) *imprint.Style {
	return &imprint.Style{Kind: imprint.Flat, Ink: ink, Hard: 1}
}
