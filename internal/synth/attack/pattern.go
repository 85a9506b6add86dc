package attack

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/kahao/kahao/internal/synth/raster"
)

// tile is a periodic pattern of n by n values, sampled at the nearest one.
type tile struct {
	n   int
	pix []float32
}

// at takes a position in periods.
func (t *tile) at(u, v float32) float32 {
	x, y := int((u-floor(u))*float32(t.n)), int((v-floor(v))*float32(t.n))
	return t.pix[min(y, t.n-1)*t.n+min(x, t.n-1)]
}

func floor(v float32) float32 {
	i := float32(int(v))
	if i > v {
		i--
	}
	return i
}

// blur convolves the pattern with a Gaussian, in values.
func (t *tile) blur(sigma float64) {
	if sigma < .2 {
		return
	}
	n := t.n
	k := make([]float32, n) // the periodic sum of the Gaussian
	sum := float32(0)
	for i := range k {
		for m := -4; m <= 4; m++ {
			x := float64(i + m*n)
			k[i] += float32(math.Exp(-x * x / (2 * sigma * sigma)))
		}
		sum += k[i]
	}
	line, out := make([]float32, n), make([]float32, n)
	reach := min(n/2, int(3.5*sigma)+1)
	pass := func(step, stride int) {
		for a := range n {
			for i := range n {
				line[i] = t.pix[a*stride+i*step]
			}
			for i := range n {
				v := float32(0)
				if 2*reach+1 >= n {
					for j := range n {
						v += k[(i-j+n)%n] * line[j]
					}
				} else {
					for j := -reach; j <= reach; j++ {
						v += k[(j+n)%n] * line[(i+j+n)%n]
					}
				}
				out[i] = v / sum
			}
			for i := range n {
				t.pix[a*stride+i*step] = out[i]
			}
		}
	}
	pass(1, n)
	pass(n, 1)
}

// normalize makes the mean 1.
func (t *tile) normalize() {
	sum := float32(0)
	for _, v := range t.pix {
		sum += v
	}
	for i := range t.pix {
		t.pix[i] *= float32(len(t.pix)) / sum
	}
}

// Sizes of a panel's tile: a period is one or two pixels of it.
const panelSide = 48

// panel is how a screen's pixels emit light: a tile for each channel.
type panel struct {
	family string
	period float32 // in pixels of the screen
	tiles  [3]*tile
}

// newPanel draws a panel as a camera sees it whose spread is given in pixels of
// the screen.
func newPanel(r *rand.Rand, family string, spread float64) *panel {
	p := &panel{family: family, period: 1}
	if family != "stripe panel" {
		p.period = 2
	}
	gap, gapV := between(r, .02, .08), between(r, .04, .16)
	slant := between(r, .15, .45)
	if maybe(r, .5) {
		slant = -slant
	}
	reverse, turned := maybe(r, .15), maybe(r, .15)
	size := between(r, .2, .34)
	for c := range p.tiles {
		m := raster.NewMask(panelSide, panelSide)
		px := panelSide / float64(p.period)
		place := c
		if reverse {
			place = 2 - c
		}
		for y := range panelSide {
			for x := range panelSide {
				u, v := (float64(x)+.5)/px, (float64(y)+.5)/px
				if turned {
					u, v = v, u
				}
				m.Pix[y*panelSide+x] = float32(emit(family, c, place, u, v, gap, gapV, slant, size))
			}
		}
		p.tiles[c] = &tile{panelSide, m.Pix}
		p.tiles[c].blur(max(.6, spread*px))
		p.tiles[c].normalize()
	}
	p.overlap(float32(between(r, .04, .16)))
	return p
}

// emit is how bright a place of a panel is in a channel.
func emit(family string, c, place int, u, v, gap, gapV, slant, size float64) float64 {
	fu, fv := u-math.Floor(u), v-math.Floor(v)
	switch family {
	case "diamond panel": // green at every pixel, red and blue at every other
		if c == 1 {
			return disc(fu-.5, fv-.5, size*.8) + 0
		}
		odd := (int(u) + int(v)) & 1
		du, dv := fu-1, fv-1 // between four green ones
		if fu < .5 {
			du, odd = fu, odd^1
		}
		if fv < .5 {
			dv, odd = fv, odd^1
		}
		if odd == c/2 {
			return disc(du, dv, size)
		}
		return 0
	case "chevron panel": // dual domains: the slant turns from row to row
		s := slant
		if int(v)&1 == 1 {
			s = -s
		}
		fu -= s * (fv - .5) / 3
		fu -= math.Floor(fu)
	}
	lo := float64(place) / 3
	if fu > lo+gap && fu < lo+1./3-gap && fv > gapV && fv < 1-gapV {
		return 1
	}
	return 0
}

func disc(u, v, r float64) float64 {
	if math.Abs(u)+math.Abs(v) < r*1.2 {
		return 1
	}
	return 0
}

// overlap mixes the channels: a camera's filters pass some of the others.
func (p *panel) overlap(k float32) {
	var mixed [3][]float32
	for c := range mixed {
		mixed[c] = make([]float32, panelSide*panelSide)
		for i := range mixed[c] {
			mixed[c][i] = (1 - k) * p.tiles[c].pix[i]
			if c == 1 {
				mixed[c][i] += k / 2 * (p.tiles[0].pix[i] + p.tiles[2].pix[i])
			} else {
				mixed[c][i] += k * p.tiles[1].pix[i]
			}
		}
	}
	for c := range mixed {
		p.tiles[c].pix = mixed[c]
	}
}

// at is the light of a channel at a place, on average 1.
func (p *panel) at(u, v float32, c int) float32 { return p.tiles[c].at(u/p.period, v/p.period) }

// inkLevels is the number of coverages for which a screen of dots is drawn.
const inkLevels = 12

// dots is a halftone: the ink at a place for each coverage, as the camera
// resolves it.
type dots struct {
	levels [inkLevels + 1]*tile
}

// at returns the ink, 0 to 1, where the coverage is a; u and v are in periods.
func (s *dots) at(u, v, a float32) float32 {
	a *= inkLevels
	i := int(a)
	if i >= inkLevels {
		return s.levels[inkLevels].at(u, v)
	}
	p := s.levels[i].at(u, v)
	return p + (a-float32(i))*(s.levels[i+1].at(u, v)-p)
}

// newDots turns ranks (0 is inked first) into dots; spread is in values.
func newDots(ranks []int, n int, spread float64) *dots {
	s := &dots{}
	for l := range s.levels {
		t := &tile{n, make([]float32, n*n)}
		limit := len(ranks) * l / inkLevels
		for i, rank := range ranks {
			if rank < limit {
				t.pix[i] = 1
			}
		}
		if l > 0 && l < inkLevels {
			t.blur(spread)
		}
		s.levels[l] = t
	}
	return s
}

// clusteredSide and dispersedSide are the sizes of the two kinds of screens.
const (
	clusteredSide = 32
	dispersedSide = 64
)

// cluster ranks a cell of a clustered (AM) screen; lines are a screen of lines.
func cluster(lines bool) []int {
	n := clusteredSide
	height := make([]float64, n*n)
	for i := range height {
		x, y := 2*math.Pi*float64(i%n)/float64(n), 2*math.Pi*float64(i/n)/float64(n)
		height[i] = -math.Cos(x) - math.Cos(y)
		if lines {
			height[i] = -math.Cos(x) - .02*math.Cos(y)
		}
	}
	return ranksOf(height)
}

// disperse ranks a dispersed (FM) screen: white noise whose low frequencies are
// taken out, several times.
func disperse(r *rand.Rand, n int) []int {
	v := make([]float64, n*n)
	for i := range v {
		v[i] = r.Float64()
	}
	var ranks []int
	for range 4 {
		t := &tile{n, make([]float32, n*n)}
		for i := range v {
			t.pix[i] = float32(v[i])
		}
		t.blur(1.5)
		for i := range v {
			v[i] -= float64(t.pix[i])
		}
		ranks = ranksOf(v)
		for i, rank := range ranks {
			v[i] = float64(rank) / float64(len(ranks))
		}
	}
	return ranks
}

func ranksOf(v []float64) []int {
	order := make([]int, len(v))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(v[a], v[b]) })
	ranks := make([]int, len(v))
	for rank, i := range order {
		ranks[i] = rank
	}
	return ranks
}
