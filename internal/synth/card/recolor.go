package card

import (
	"math/rand/v2"

	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/raster"
)

// recolor is an affine map of colours: three rows of factors and an offset.
type recolor [12]float32

var identityColor = recolor{1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0}

// gain scales all channels and adds.
func (t recolor) gain(k, add float32) recolor {
	for i := range t {
		t[i] *= k
		if i%4 == 3 {
			t[i] += add
		}
	}
	return t
}

// newRecolor draws a colour map; with dark, one with a dark result.
func newRecolor(r *rand.Rand, dark bool) recolor {
	t := identityColor
	switch weighted(r, 40, 30, 8, 15, 7) {
	case 1: // swapped channels: other hues
		p := pick(r, [3]int{1, 2, 0}, [3]int{2, 0, 1}, [3]int{0, 2, 1}, [3]int{2, 1, 0}, [3]int{1, 0, 2})
		t = recolor{}
		for i, j := range p {
			t[i*4+j] = 1
		}
	case 2: // fewer colours
		s := float32(between(r, 0, .7))
		for i := range 3 {
			for j, w := range [3]float32{.299, .587, .114} {
				t[i*4+j] = (1 - s) * w
			}
			t[i*4+i] += s
		}
	case 3: // two inks
		h := r.Float64()
		a := hsv(h, between(r, .2, 1), between(r, 0, .5))
		b := hsv(h+between(r, -.1, .1)+1, between(r, 0, .7), between(r, .5, 1))
		if maybe(r, .4) {
			a, b = b, a
		}
		for i := range 3 {
			for j, w := range [3]float32{.299, .587, .114} {
				t[i*4+j] = (b[i] - a[i]) * w
			}
			t[i*4+3] = a[i]
		}
	case 4: // negative
		t = recolor{-1, 0, 0, 1, 0, -1, 0, 1, 0, 0, -1, 1}
	}
	k := float32(between(r, .8, 1.15))
	add := float32(between(r, -.04, .08))
	switch {
	case dark:
		k, add = float32(between(r, .08, .5)), float32(between(r, 0, .06))
	case maybe(r, .18): // pastel
		k = float32(between(r, .1, .5))
		add = 1 - k - float32(between(r, 0, .15))
	case maybe(r, .1): // washed out
		k = float32(between(r, .15, .5))
		add = float32(between(r, .05, .5))
	}
	return t.gain(k, add)
}

// cropRecolored fills im with a random crop of src, perhaps mirrored, in new
// colours.
func cropRecolored(r *rand.Rand, src *pixel.RGB, im *raster.Image, t recolor) {
	z := between(r, .45, 1)
	turn := im.H > im.W
	w, h := float64(src.W)*z, float64(src.H)*z
	if turn {
		w = h * float64(im.W) / float64(im.H)
	}
	x0, y0 := r.Float64()*(float64(src.W)-w), r.Float64()*(float64(src.H)-h)
	dx, dy := (w-1.01)/float64(im.W), (h-1.01)/float64(im.H)
	if maybe(r, .5) {
		x0, dx = x0+w-1.01, -dx
	}
	if maybe(r, .5) {
		y0, dy = y0+h-1.01, -dy
	}
	xi, xf := make([]int32, im.W), make([]float32, im.W)
	for x := range xi {
		s := min(max(x0+(float64(x)+.5)*dx, 0), float64(src.W)-1.01)
		xi[x] = int32(s) * 3
		xf[x] = float32(s - float64(int(s)))
	}
	for i := range t {
		if i%4 != 3 {
			t[i] /= 255
		}
	}
	for y := range im.H {
		s := min(max(y0+(float64(y)+.5)*dy, 0), float64(src.H)-1.01)
		j := int(s)
		v := float32(s - float64(j))
		a, b := src.Pix[j*src.W*3:(j+1)*src.W*3], src.Pix[(j+1)*src.W*3:(j+2)*src.W*3]
		out := im.Pix[y*im.W*3 : (y+1)*im.W*3]
		for x, i := range xi {
			u := xf[x]
			p, q := a[i:i+6:i+6], b[i:i+6:i+6]
			var c [3]float32
			for k := range 3 {
				m := float32(p[k]) + (float32(p[k+3])-float32(p[k]))*u
				n := float32(q[k]) + (float32(q[k+3])-float32(q[k]))*u
				c[k] = m + (n-m)*v
			}
			o := out[x*3 : x*3+3 : x*3+3]
			o[0] = t[0]*c[0] + t[1]*c[1] + t[2]*c[2] + t[3]
			o[1] = t[4]*c[0] + t[5]*c[1] + t[6]*c[2] + t[7]
			o[2] = t[8]*c[0] + t[9]*c[1] + t[10]*c[2] + t[11]
			for k, v := range o {
				if v < 0 {
					o[k] = 0
				} else if v > 1 {
					o[k] = 1
				}
			}
		}
	}
}
