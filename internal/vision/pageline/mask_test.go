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
