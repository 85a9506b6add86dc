package card

import (
	"math/rand/v2"
	"slices"

	"github.com/kahao/kahao/internal/synth/cover"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Bank is shared by the painters of several goroutines: fonts and backgrounds.
type Bank struct {
	lib    *glyph.Library
	ground *Lazy
	source number.Source
}

// NewBank returns a bank of n backgrounds that depend on the seed; bins may be
// nil.
func NewBank(lib *glyph.Library, seed uint64, n int, bins number.BINSource) *Bank {
	return &Bank{lib: lib, ground: newGrounds(seed^0xba5e, n), source: number.Source{BINs: bins}}
}

// Painter draws cards. It belongs to one goroutine.
type Painter struct {
	*Bank
	Constraints Constraints
	chance      *rand.PCG
	r           *rand.Rand
	set         *glyph.Setter
	printer     *imprint.Printer
	cover       *cover.Painter
	im          raster.Image
}

// NewPainter returns a painter whose cards depend on the seed.
func NewPainter(b *Bank, seed uint64) *Painter {
	chance := rand.NewPCG(seed, 0xca7d)
	r := rand.New(chance)
	d := &Painter{Bank: b, chance: chance, r: r, set: glyph.NewSetter(), printer: imprint.New(r)}
	d.cover = cover.New(r, b.lib, d.set, d.printer)
	return d
}

// Seed restarts from a seed and keeps the painter's materials. The next cards
// depend on both, not on the cards before.
func (d *Painter) Seed(seed uint64) { d.chance.Seed(seed, 0xca7d) }

// Draw draws a card with a long side of long pixels; diff in 0..1 is the
// difficulty.
func (d *Painter) Draw(long int, diff float64) *Card {
	if maybe(d.r, .035) && d.Constraints.Layout == "" {
		return d.thing(long)
	}
	if d.Constraints.Layout == Thing {
		return d.Thing(long)
	}
	for {
		if c := d.card(long, diff); c != nil {
			return c
		}
	}
}

// canvas prepares an empty card.
func (d *Painter) canvas(long int, portrait bool) *canvas {
	k := float64(long) / Width
	c := &canvas{d: d, r: d.r, im: &d.im, k: k, w: Width, h: Height}
	if portrait {
		c.w, c.h = Height, Width
	}
	d.im.Reset(int(c.w*k+.5), int(c.h*k+.5))
	c.card = &Card{Scale: k, W: c.w, H: c.h, Gloss: between(d.r, 0, 1)}
	return c
}

func (c *canvas) done() *Card {
	c.hide()
	c.card.Image = c.im.RGB()
	for _, s := range c.snapshots {
		line := &c.card.Lines[s.line]
		for i, d := range line.Digits {
			v := 1.0 // a hidden digit is not to be read
			if line.Text[i] != cover.Digit {
				v = s.legibility(c.im, d)
			}
			line.Legibility = append(line.Legibility, v)
		}
	}
	return c.card
}

// card draws one bank card; nil if its number is illegible.
func (d *Painter) card(long int, diff float64) *Card {
	r := d.r
	kind := weighted(r, 46, 26, 5, 4, 8, 5, 6)
	if at := slices.Index(layouts, d.Constraints.Layout); at >= 0 {
		kind = at
	}
	portrait := kind == 4
	c := d.canvas(long, portrait)
	emboss := d.Constraints.raised(maybe(r, .62))
	dark := emboss && maybe(r, .3) || maybe(r, .05)
	cropRecolored(r, d.ground.Pick(r), c.im, newRecolor(r, dark))
	if dark {
		c.card.Gloss = between(r, .4, 1)
	}
	c.art()
	if maybe(r, .12) {
		c.mute()
	}
	c.card.Network = pick(r, "UnionPay", "UnionPay", "UnionPay", "UnionPay", "UnionPay", "Visa", "Visa", "Mastercard", "Mastercard", "JCB", "American Express", "Discover", "other")
	ok := true
	switch kind {
	case 0:
		ok = c.classic(diff, emboss)
	case 1:
		ok = c.free(diff, d.Constraints.raised(emboss && maybe(r, .4)))
	case 2:
		ok = c.lines2(diff)
	case 3:
		ok = c.stacked(diff)
	case 4:
		ok = c.portrait(diff, d.Constraints.raised(emboss && maybe(r, .3)))
	case 5:
		ok = c.back(diff)
	default:
		c.card.Layout = "blank"
		c.elements(maybe(r, .8))
		if maybe(r, .6) {
			c.holder(8, c.h-between(r, 5, 12), emboss)
		}
	}
	if !ok {
		return nil
	}
	c.clutter()
	return c.done()
}

// mute fades the artwork, for cards with quiet grounds.
func (c *canvas) mute() {
	v := raster.Gray(pick(c.r, float32(0), 1, .5))
	if maybe(c.r, .5) {
		v = c.randomColor()
	}
	c.veil(v, float32(between(c.r, .3, .9)))
}

func (c *canvas) veil(v raster.Color, a float32) {
	for i := 0; i+2 < len(c.im.Pix); i += 3 {
		for j := range v {
			c.im.Pix[i+j] += a * (v[j] - c.im.Pix[i+j])
		}
	}
}
