package raster

import "math"

// Filter names a resampling kernel.
type Filter int

// The kernels of Resize: Area averages when shrinking (and is linear when
// growing); Linear and Cubic interpolate without widening, as cheap resizers
// do, so that they alias when they shrink.
const (
	Area Filter = iota
	Linear
	Cubic
)

// taps is the weighted list of source positions of each output position.
type taps struct {
	n   int
	pos []int32
	w   []float32
}

func makeTaps(src, dst int, f Filter) taps {
	scale := float64(src) / float64(dst)
	if f == Area && scale <= 1 {
		f = Linear
	}
	n := map[Filter]int{Area: int(math.Ceil(scale)) + 1, Linear: 2, Cubic: 4}[f]
	t := taps{n: n, pos: make([]int32, dst*n), w: make([]float32, dst*n)}
	for i := range dst {
		p, w := t.pos[i*n:(i+1)*n], t.w[i*n:(i+1)*n]
		if f == Area {
			a, b := float64(i)*scale, float64(i+1)*scale
			for k := range p {
				j := int(a) + k
				w[k] = float32(max(0, min(b, float64(j+1))-max(a, float64(j))) / scale)
				p[k] = int32(min(j, src-1))
			}
			continue
		}
		c := (float64(i)+0.5)*scale - 0.5
		j := int(math.Floor(c))
		u := c - float64(j)
		if f == Cubic {
			j--
		}
		for k := range p {
			p[k] = int32(min(max(j+k, 0), src-1))
		}
		if f == Linear {
			w[0], w[1] = float32(1-u), float32(u)
			continue
		}
		const a = -0.6
		far := func(t float64) float32 { return float32(a * (t*t*t - 5*t*t + 8*t - 4)) }
		near := func(t float64) float32 { return float32((a+2)*t*t*t - (a+3)*t*t + 1) }
		w[0], w[1], w[2], w[3] = far(1+u), near(u), near(1-u), far(2-u)
	}
	return t
}

// Resize fills dst with im at dst's size.
func (im *Image) Resize(dst *Image, w, h int, f Filter) {
	dst.Reset(w, h)
	im.tmp = resize(dst.Pix, im.Pix, im.tmp, im.W, im.H, w, h, 3, f)
}

// Resize fills dst with m at size w by h.
func (m *Mask) Resize(dst *Mask, w, h int, f Filter) {
	dst.Reset(w, h)
	m.tmp = resize(dst.Pix, m.Pix, m.tmp, m.W, m.H, w, h, 1, f)
}

func resize(dst, src, tmp []float32, sw, sh, w, h, ch int, f Filter) []float32 {
	ty, tx := makeTaps(sh, h, f), makeTaps(sw, w, f)
	tmp = grow(tmp, sw*ch)
	n := sw * ch
	for y := range h {
		row := tmp[:n]
		for k := range ty.n {
			wt := ty.w[y*ty.n+k]
			s := src[int(ty.pos[y*ty.n+k])*n:][:n]
			switch {
			case k == 0:
				for i, v := range s {
					row[i] = v * wt
				}
			case wt != 0:
				for i, v := range s {
					row[i] += v * wt
				}
			}
		}
		d := dst[y*w*ch : (y+1)*w*ch]
		if ch == 3 {
			rows3(d, row, tx)
		} else {
			rows1(d, row, tx)
		}
	}
	return tmp
}

func rows3(d, row []float32, t taps) {
	for x := 0; x*3 < len(d); x++ {
		var r, g, b float32
		for k, p := range t.pos[x*t.n : (x+1)*t.n] {
			w := t.w[x*t.n+k]
			q := row[p*3 : p*3+3 : p*3+3]
			r, g, b = r+w*q[0], g+w*q[1], b+w*q[2]
		}
		d[x*3], d[x*3+1], d[x*3+2] = r, g, b
	}
}

func rows1(d, row []float32, t taps) {
	for x := range d {
		var v float32
		for k, p := range t.pos[x*t.n : (x+1)*t.n] {
			v += t.w[x*t.n+k] * row[p]
		}
		d[x] = v
	}
}
