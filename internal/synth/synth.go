// Package synth draws bank cards and pictures of them with exact truth, from a
// seed: for training the networks, for testing them on what they never saw,
// and for whoever needs labelled pictures without any person's card in them.
package synth

import (
	"math/rand/v2"

	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/scene"
)

// Options says what to draw. The zero value draws 800-pixel pictures of full
// difficulty with the embedded fonts.
type Options struct {
	// Seed makes the drawings: the same seed and options, the same pictures.
	Seed uint64
	// Difficulty in 0..1 bounds how bad pictures get: each draws its own below
	// it. 0 means 1, and below 0 the easiest. In a stream of lines all are as
	// difficult as that, but for 1.
	Difficulty float64
	// Fonts is a directory of fonts used besides the embedded ones.
	Fonts string
	// Held draws with fonts that training does not use.
	Held bool
	// Size is the long side of pictures; 0 is 800.
	Size int
	// Workers draw a stream together; 0 is 1.
	Workers int
	// BINs gives the prefixes of numbers; nil uses a short list.
	BINs number.BINSource
	// Bank is the number of backgrounds and surfaces drawn beforehand; 0 is
	// 240. Fewer start faster.
	Bank int
}

func (o Options) difficulty() float64 {
	switch {
	case o.Difficulty < 0:
		return 0
	case o.Difficulty == 0 || o.Difficulty > 1:
		return 1
	}
	return o.Difficulty
}

// Drawer draws pictures. It belongs to one goroutine.
type Drawer struct {
	o    Options
	lib  *glyph.Library
	bank *scene.Bank
	d    *scene.Drawer
	r    *rand.Rand
}

// New opens the fonts and fills the banks, which takes a second or two.
func New(o Options) (*Drawer, error) {
	if o.Size == 0 {
		o.Size = 800
	}
	if o.Bank == 0 {
		o.Bank = 240
	}
	lib, err := glyph.Open(glyph.Options{Dir: o.Fonts, Held: o.Held})
	if err != nil {
		return nil, err
	}
	d := &Drawer{o: o, lib: lib}
	d.bank = scene.NewBank(card.NewBank(lib, o.Seed, o.Bank, o.BINs), lib, o.Seed, max(30, o.Bank/2))
	d.seed(o.Seed)
	return d, nil
}

// seed begins anew from a seed, with the same banks.
func (d *Drawer) seed(s uint64) {
	d.d = scene.NewDrawer(d.bank, s)
	d.r = rand.New(rand.NewPCG(s, 0xfaced))
}

// sizes are the shapes of photographs in long sides.
var sizes = [][2]float64{{1, .75}, {1, .75}, {1, .75}, {.75, 1}, {.75, 1}, {1, 2. / 3}, {1, .5625}, {.5625, 1}, {1, 1}, {1, .63}}

// size draws the shape of a picture whose long side has so many pixels.
func (d *Drawer) size(long int) (w, h int) {
	s := sizes[d.r.IntN(len(sizes))]
	return int(s[0]*float64(long) + .5), int(s[1]*float64(long) + .5)
}

// Scene draws a picture of cards, or of none.
func (d *Drawer) Scene() (*pixel.RGB, Truth) {
	w, h := d.size(d.o.Size)
	s := d.d.Draw(w, h, d.o.Size, d.r.Float64()*d.o.difficulty())
	t := truth(s)
	t.Seed = d.o.Seed
	return s.Picture, t
}

// Card draws a flattened card of 352 by 224 pixels, or standing, with its
// lines.
func (d *Drawer) Card() (*pixel.RGB, Card) {
	f := d.d.Flatten(480, d.r.Float64()*d.o.difficulty())
	c := f.Card
	return f.Picture, Card{Number: c.Number, Grouping: c.Grouping, Expiry: c.Expiry, Dates: c.Dates, Name: c.Name, Bank: c.Bank,
		Network: c.Network, Style: c.Style, Print: c.Print, Layout: c.Layout, Lines: lines(c, f.Map, true)}
}
