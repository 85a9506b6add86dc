package raster

import (
	"math/rand/v2"
)

// Noise fills m with smooth random values in 0..1 whose features measure about
// cell pixels.
func (m *Mask) Noise(rng *rand.Rand, cell float64) {
	gw, gh := int(float64(m.W)/cell)+3, int(float64(m.H)/cell)+3
	grid := make([]float32, gw*gh)
	for i := range grid {
		grid[i] = rng.Float32()
	}
	ox, oy := rng.Float64(), rng.Float64()
	xi, xf := make([]int, m.W), make([]float32, m.W)
	for x := range m.W {
		xi[x], xf[x] = ease(float64(x)/cell + ox)
	}
	for y := range m.H {
		j, v := ease(float64(y)/cell + oy)
		a, b := grid[j*gw:(j+1)*gw], grid[(j+1)*gw:(j+2)*gw]
		row := m.Pix[y*m.W : (y+1)*m.W]
		for x := range row {
			i, u := xi[x], xf[x]
			t := a[i] + (a[i+1]-a[i])*u
			row[x] = t + (b[i]+(b[i+1]-b[i])*u-t)*v
		}
	}
}

func ease(p float64) (int, float32) {
	i := int(p)
	u := float32(p - float64(i))
	return i, u * u * (3 - 2*u)
}

// Noise returns a w by h map of smooth random values in 0..1.
func Noise(rng *rand.Rand, w, h int, cell float64) *Mask {
	m := NewMask(w, h)
	m.Noise(rng, cell)
	return m
}

// Grain is a bank of Gaussian values that sensor noise is cut from, since
// drawing them one by one costs more than the rest of a camera.
type Grain struct{ v []float32 }

// NewGrain draws a bank of n values.
func NewGrain(rng *rand.Rand, n int) *Grain {
	g := &Grain{make([]float32, n)}
	for i := range g.v {
		g.v[i] = float32(rng.NormFloat64())
	}
	return g
}

// Add adds noise of standard deviation sd; color is the share that differs
// between the channels, and clumpy correlates neighbours, as demosaicing and
// compression in a phone do.
func (g *Grain) Add(im *Image, rng *rand.Rand, sd, color float32, clumpy bool) {
	gray := sd * (1 - color)
	cs := sd * color
	n := im.W * 3
	for y := range im.H {
		a := g.cut(rng, im.W+2)
		b := g.cut(rng, n+6)
		row := im.Pix[y*n : (y+1)*n]
		for x := range im.W {
			v := a[x]
			q := row[x*3 : x*3+3 : x*3+3]
			e := b[x*3 : x*3+6 : x*3+6]
			if clumpy {
				v = (v + a[x+1]) * 0.7
				q[0] += gray*v + cs*0.7*(e[0]+e[3])
				q[1] += gray*v + cs*0.7*(e[1]+e[4])
				q[2] += gray*v + cs*0.7*(e[2]+e[5])
				continue
			}
			q[0] += gray*v + cs*e[0]
			q[1] += gray*v + cs*e[1]
			q[2] += gray*v + cs*e[2]
		}
	}
}

// cut returns n consecutive values from a random place.
func (g *Grain) cut(rng *rand.Rand, n int) []float32 {
	if n >= len(g.v) {
		g.v = append(g.v, g.v...)
		return g.cut(rng, n)
	}
	i := rng.IntN(len(g.v) - n)
	return g.v[i : i+n]
}
