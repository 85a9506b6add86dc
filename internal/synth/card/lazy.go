package card

import (
	"math/rand/v2"
	"sync"

	"github.com/kahao/kahao/internal/pixel"
)

// Lazy is a bank of images, each drawn on first use from its own seed, so that
// a stream does not depend on the order of use.
type Lazy struct {
	seed  uint64
	draw  func(r *rand.Rand, i int) *pixel.RGB
	items []item
}

type item struct {
	once sync.Once
	pic  *pixel.RGB
}

// NewLazy returns a bank of n images that draw makes.
func NewLazy(seed uint64, n int, draw func(r *rand.Rand, i int) *pixel.RGB) *Lazy {
	return &Lazy{seed: seed, draw: draw, items: make([]item, n)}
}

// Pick draws one of the images. It is shared: do not write to it.
func (l *Lazy) Pick(r *rand.Rand) *pixel.RGB {
	i := r.IntN(len(l.items))
	t := &l.items[i]
	t.once.Do(func() { t.pic = l.draw(rand.New(rand.NewPCG(l.seed, uint64(i))), i) })
	return t.pic
}
