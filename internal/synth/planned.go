package synth

import (
	"github.com/kahao/kahao/internal/synth/scene"
)

// Order is one picture of a planned set.
type Order struct {
	Seed       uint64
	W, H       int
	Difficulty float64 // 0 to 1
	Ask        scene.Ask
}

// Fork returns a drawer for another goroutine, with the same fonts and banks,
// which fills any order with the same picture.
func (d *Drawer) Fork() *Drawer {
	v := &Drawer{o: d.o, lib: d.lib, bank: d.bank}
	v.seed(d.o.Seed)
	return v
}

// Fill draws what is ordered. The picture follows from the order and from the
// seed of the drawer's banks, whatever was drawn before. Chance may leave less
// in it than was asked for; the truth says what is there.
func (d *Drawer) Fill(o Order) (*scene.Scene, Truth) {
	d.d.Seed(o.Seed)
	d.d.Ask = o.Ask
	s := d.d.Draw(o.W, o.H, max(o.W, o.H), o.Difficulty)
	d.d.Ask = scene.Ask{}
	t := truth(s)
	t.Seed = o.Seed
	return s, t
}
