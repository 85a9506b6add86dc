package pageline

import (
	"math/rand/v2"
	"testing"
)

// The marks are those of the definition: pixels that differ from the mean of their
// surroundings by half of the standard deviation, and by a least difference.
func TestInk(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, size := range [][2]int{{61, 47}, {5, 40}, {27, 27}, {28, 9}, {40, 13}, {1, 1}} {
		g := &gray{size[0], size[1], make([]uint8, size[0]*size[1])}
		for i := range g.pix {
			g.pix[i] = uint8(120 + rng.IntN(20))
			if rng.IntN(6) == 0 {
				g.pix[i] = uint8(rng.IntN(256))
			}
		}
		got := g.ink()
		for y := range g.h {
			for x := range g.w {
				var n, s, q int64
				for v := max(0, y-reach); v <= min(g.h-1, y+reach); v++ {
					for u := max(0, x-reach); u <= min(g.w-1, x+reach); u++ {
						p := int64(g.pix[v*g.w+u])
						n, s, q = n+1, s+p, q+p*p
					}
				}
				if want := inkOf(n, int64(g.pix[y*g.w+x]), s, q); got[y*g.w+x] != want {
					t.Fatalf("%v: pixel %d, %d is %d, want %d", size, x, y, got[y*g.w+x], want)
				}
			}
		}
	}
}

// A pixel of the doubled image is the mean of the four nearest pixels, weighed by their
// distance.
func TestDoubled(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for _, size := range [][2]int{{1, 1}, {1, 5}, {5, 1}, {17, 9}} {
		g := &gray{size[0], size[1], make([]uint8, size[0]*size[1])}
		for i := range g.pix {
			g.pix[i] = uint8(rng.IntN(256))
		}
		got := g.doubled()
		other := func(i, n int) int { return min(max(i/2+2*(i&1)-1, 0), n-1) } // the second nearest
		for y := range got.h {
			for x := range got.w {
				at := func(u, v int) uint32 { return uint32(g.pix[v*g.w+u]) }
				u, v := other(x, g.w), other(y, g.h)
				if want := uint8((9*at(x/2, y/2) + 3*at(u, y/2) + 3*at(x/2, v) + at(u, v) + 8) / 16); got.pix[y*got.w+x] != want {
					t.Fatalf("%v: pixel %d, %d is %d, want %d", size, x, y, got.pix[y*got.w+x], want)
				}
			}
		}
	}
}
