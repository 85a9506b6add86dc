package imprint

import (
	"math"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/synth/raster"
)

// mc is the side of a matcap: an image of a lit ball of one material, indexed by
// the slope of the surface. It replaces lighting computations per pixel.
const mc = 64

type matcap [mc * mc]float32

// index is the element for a slope of -1..1 in both directions.
func index(gx, gy float32) int {
	x, y := int32(gx*(mc/2)+mc/2), int32(gy*(mc/2)+mc/2)
	if uint32(x) >= mc {
		x = edge(x)
	}
	if uint32(y) >= mc {
		y = edge(y)
	}
	return int(y*mc + x)
}

func edge(v int32) int32 {
	if v < 0 {
		return 0
	}
	return mc - 1
}

func (m *matcap) fill(f func(nx, ny float64) float64, lo, hi float64) {
	for y := range mc {
		for x := range mc {
			nx, ny := (float64(x)+0.5)/(mc/2)-1, (float64(y)+0.5)/(mc/2)-1
			m[y*mc+x] = float32(min(max(f(nx, ny), lo), hi))
		}
	}
}

// plastic is the card's own surface: a factor on the artwork and a highlight.
type plastic struct{ shade, spec matcap }

func newPlastic(rng *rand.Rand) *plastic {
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	p := &plastic{}
	th := rng.NormFloat64()*.5 + math.Pi/4*float64(1+2*rng.IntN(4))
	ly, lx := math.Sincos(th)
	k := u(.25, 1.3) * raster.Pick(rng, 1, 1, .5)
	fall := u(0, .35)
	p.shade.fill(func(nx, ny float64) float64 {
		return 1 + k*(nx*lx+ny*ly) - fall*(nx*nx+ny*ny)
	}, .05, 2.2)
	sy, sx := math.Sincos(th + u(-.6, .6))
	s, w, a := u(.2, .7), u(.03, .25), u(0, 1.2)
	p.spec.fill(func(nx, ny float64) float64 {
		dx, dy := nx-s*sx, ny-s*sy
		return a * math.Exp(-(dx*dx+dy*dy)/w)
	}, 0, 2)
	// flat ground must not glow: keep only the excess over the value at slope 0
	c := p.spec[index(0, 0)]
	for i := range p.spec {
		p.spec[i] = max(0, p.spec[i]-c)
	}
	return p
}

// newFoil is the tipping foil: bright rims and a dark crest, dark flanks, or a
// plain gradient, with highlights where it reflects the surroundings.
func newFoil(rng *rand.Rand) *matcap {
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	m := &matcap{}
	base := u(.3, 1)
	ly, lx := math.Sincos(u(0, 2*math.Pi))
	k := u(-.1, .5)
	kind := rng.Float64()
	q0, r0, r1, r2, r3 := u(.2, .9), u(.1, .6), u(.3, 1.3), u(.3, .9), u(.12, .4)
	type spot struct{ x, y, a, w float64 }
	var spots []spot
	for range rng.IntN(4) {
		s, c := math.Sincos(u(0, 2*math.Pi))
		r := u(0, .9)
		spots = append(spots, spot{r * c, r * s, u(-.5, .9), u(.02, .3)})
	}
	if raster.Chance(rng, .4) {
		return chrome(rng)
	}
	var n *raster.Mask
	na := u(.1, .5)
	if raster.Chance(rng, .5) {
		n = raster.Noise(rng, mc, mc, 16)
	}
	m.fill(func(nx, ny float64) float64 {
		v := base + k*(nx*lx+ny*ly)
		q := nx*nx + ny*ny
		switch {
		case kind < .45:
			v -= q0 * q
		case kind < .85:
			d := (math.Sqrt(q) - r2) / r3
			v += r1*math.Exp(-d*d) - r0
		}
		for _, s := range spots {
			v += s.a * math.Exp(-((nx-s.x)*(nx-s.x)+(ny-s.y)*(ny-s.y))/s.w)
		}
		if n != nil {
			v += na * (float64(n.At(int((nx+1)*mc/2), int((ny+1)*mc/2))) - .5)
		}
		return v
	}, .02, 1.6)
	return m
}

// chrome reflects a room: light and dark bands with sharp edges in one
// direction, which appear as bright and dark lines along every stroke.
func chrome(rng *rand.Rand) *matcap {
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	m := &matcap{}
	// slanted, so that neither vertical nor horizontal strokes vanish
	ly, lx := math.Sincos(rng.NormFloat64()*.35 + math.Pi/4*float64(1+2*rng.IntN(4)))
	type step struct{ at, to, soft float64 }
	v0 := u(.05, .6)
	var steps []step
	dark := raster.Chance(rng, .5)
	for at := u(-.9, -.4); at < .95; at += u(.15, .6) {
		to := u(.65, 1.25)
		if dark {
			to = u(.05, .45)
		}
		dark = !dark
		steps = append(steps, step{at, to, u(.03, .2)})
	}
	rim := u(-.4, .5)
	bend := u(-.5, .5)
	m.fill(func(nx, ny float64) float64 {
		t := nx*lx + ny*ly
		w := nx*ly - ny*lx
		t += bend * w * w
		v := v0
		for _, s := range steps {
			k := 1 / (1 + math.Exp(-(t-s.at)/s.soft*3))
			v += (s.to - v) * k
		}
		return v + rim*(nx*nx+ny*ny)
	}, .02, 1.6)
	return m
}
