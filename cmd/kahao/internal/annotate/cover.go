package annotate

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// Cover paints over a digit, and over a part of its neighbourhood: where a digit
// begins and ends is known less exactly than what it is.
func Cover(p *pixel.RGB, digit geom.Quad) {
	q := grown(digit, 0.35)
	b := q.Bounds()
	y0, y1 := span(b.Y0, b.Y1, 0, p.H)
	x0, x1 := span(b.X0, b.X1, 0, p.W)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			if q.Contains(geom.Point{X: float64(x) + 0.5, Y: float64(y) + 0.5}) {
				blend(p, x, y, Color{40, 40, 48}, 1)
			}
		}
	}
}

// grown is a quad with a margin, a share of its sides, on every side.
func grown(q geom.Quad, share float64) geom.Quad {
	right, down := q[1].Sub(q[0]).Mul(share), q[3].Sub(q[0]).Mul(share)
	return geom.Quad{
		q[0].Sub(right).Sub(down), q[1].Sub(down).Sub(right.Mul(-1)),
		q[2].Sub(right.Mul(-1)).Sub(down.Mul(-1)), q[3].Sub(right).Sub(down.Mul(-1)),
	}
}

// tiles is how many tiles Blur leaves of the longer side: on a card that fills
// the image hardly one for each digit.
const tiles = 20

// Blur replaces the image by tiles of its mean colours, in which no digit can be
// read.
func Blur(p *pixel.RGB) {
	side := int(math.Ceil(float64(max(p.W, p.H)) / tiles))
	for y := 0; y < p.H; y += side {
		for x := 0; x < p.W; x += side {
			average(p, x, y, min(x+side, p.W), min(y+side, p.H))
		}
	}
}

func average(p *pixel.RGB, x0, y0, x1, y1 int) {
	var sum [3]int
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			for k := range 3 {
				sum[k] += int(p.Pix[(y*p.W+x)*3+k])
			}
		}
	}
	n := (x1 - x0) * (y1 - y0)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			for k := range 3 {
				p.Pix[(y*p.W+x)*3+k] = uint8(sum[k] / n)
			}
		}
	}
}
