// Package synth draws bank cards and images of them from a seed, with exact
// ground truth: to train the networks, to test them on images they never saw,
// and to have labelled images without any real person's card in them.
package synth

import (
	"math/rand/v2"

	"github.com/kahao/kahao/internal/labels"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/scene"
)

// Options says what to draw. The zero value draws 800-pixel images of full
// difficulty with the embedded fonts.
type Options struct {
	// Seed decides the images: the same seed and options give the same ones.
	Seed uint64
	// Difficulty in 0..1 bounds how hard images get: each draws its own value
	// below it. 0 means 1; a negative value means the easiest. In a stream of
	// lines every line has exactly this difficulty, unless it is 1.
	Difficulty float64
	// Fonts is a directory of fonts to use in addition to the embedded ones.
	Fonts string
	// HeldOut draws with the fonts that training does not use.
	HeldOut bool
	// Size is the long side of images; 0 is 800.
	Size int
	// Workers is how many goroutines draw a stream; 0 is 1.
	Workers int
	// BINs gives the prefixes of numbers; nil uses a short list.
	BINs number.BINSource
	// BankSize is the number of backgrounds drawn once and used for many cards;
	// 0 is 240. A smaller bank starts faster.
	BankSize int
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

// Generator draws images. It belongs to one goroutine.
type Generator struct {
	o      Options
	seed   uint64 // of this fork
	lib    *glyph.Library
	bank   *scene.Bank
	scenes *scene.Composer
	r      *rand.Rand
}

// New opens the fonts and fills the banks, which takes a second or two.
func New(o Options) (*Generator, error) {
	if o.Size == 0 {
		o.Size = 800
	}
	if o.BankSize == 0 {
		o.BankSize = 240
	}
	lib, err := glyph.Open(glyph.Options{Dir: o.Fonts, HeldOut: o.HeldOut})
	if err != nil {
		return nil, err
	}
	g := &Generator{o: o, lib: lib}
	g.bank = scene.NewBank(card.NewBank(lib, o.Seed, o.BankSize, o.BINs), lib, o.Seed, max(30, o.BankSize/2))
	return g.fork(o.Seed), nil
}

// fork returns a generator of another seed with the same banks.
func (g *Generator) fork(seed uint64) *Generator {
	return &Generator{o: g.o, seed: seed, lib: g.lib, bank: g.bank, scenes: scene.NewComposer(g.bank, seed), r: rand.New(rand.NewPCG(seed, 0xfaced))}
}

// aspects are the shapes of photographs, in long sides.
var aspects = [][2]float64{{1, .75}, {1, .75}, {1, .75}, {.75, 1}, {.75, 1}, {1, 2. / 3}, {1, .5625}, {.5625, 1}, {1, 1}, {1, .63}}

// size draws the shape of an image with the given long side in pixels.
func (g *Generator) size(long int) (w, h int) {
	s := aspects[g.r.IntN(len(aspects))]
	return int(s[0]*float64(long) + .5), int(s[1]*float64(long) + .5)
}

// Scene draws an image of cards, or of none.
func (g *Generator) Scene() (*pixel.RGB, labels.Image) {
	w, h := g.size(g.o.Size)
	s := g.scenes.Draw(w, h, g.o.Size, g.r.Float64()*g.o.difficulty())
	return s.Image, label(s, g.o.Seed)
}

// Card draws a rectified card of 352 by 224 pixels, or 224 by 352 if it is in
// portrait, with its lines.
func (g *Generator) Card() (*pixel.RGB, labels.Card) {
	f := g.scenes.Rectify(480, g.r.Float64()*g.o.difficulty())
	return f.Image, labelCard(f.Card, f.Map)
}
