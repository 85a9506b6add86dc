package raster

import "math"

// JPEG passes the image through the lossy part of baseline JPEG (ITU-T T.81):
// YCbCr, chroma subsampling, 8x8 DCT, quantisation by the tables of its annex
// K at a libjpeg quality of 1..100, and back. The entropy coder, which loses
// nothing, is left out: that is three times faster than image/jpeg and allows
// the subsamplings it cannot write. sx, sy: 2,2 is 4:2:0; 2,1 is 4:2:2; 1,1
// is 4:4:4.
type JPEG struct {
	y, cb, cr plane
}

type plane struct {
	w, h int
	v    []float32
}

func (p *plane) reset(w, h int) {
	p.w, p.h = (w+7)&^7, (h+7)&^7
	p.v = grow(p.v, p.w*p.h)
}

var lumaQ = [64]float32{
	16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
	14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
	18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
	49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
}

var chromaQ = [64]float32{
	17, 18, 24, 47, 99, 99, 99, 99, 18, 21, 26, 66, 99, 99, 99, 99,
	24, 26, 56, 99, 99, 99, 99, 99, 47, 66, 99, 99, 99, 99, 99, 99,
	99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
	99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99, 99,
}

// aan holds the scale factors of the AAN butterfly, cos(k pi/16) sqrt 2.
var aan = func() (a [8]float32) {
	a[0] = 1
	for k := 1; k < 8; k++ {
		a[k] = float32(math.Cos(float64(k)*math.Pi/16) * math.Sqrt2)
	}
	return a
}()

// Apply runs the round trip in place.
func (j *JPEG) Apply(im *Image, quality, sx, sy int) {
	w, h := im.W, im.H
	j.y.reset(w, h)
	cw, ch := (w+sx-1)/sx, (h+sy-1)/sy
	j.cb.reset(cw, ch)
	j.cr.reset(cw, ch)
	clear(j.cb.v)
	clear(j.cr.v)
	k := 1 / float32(sx*sy)
	for y := range j.y.h {
		src := im.Pix[min(y, h-1)*w*3:][:w*3]
		row := j.y.v[y*j.y.w : (y+1)*j.y.w]
		cy := y / sy
		inC := cy < ch && y < ch*sy
		var cb, cr []float32
		if inC {
			cb, cr = j.cb.v[cy*j.cb.w:], j.cr.v[cy*j.cr.w:]
		}
		for x := range row {
			q := src[min(x, w-1)*3:]
			r, g, b := clamp255(q[0]), clamp255(q[1]), clamp255(q[2])
			lum := 0.299*r + 0.587*g + 0.114*b
			row[x] = lum - 128
			if inC && x < cw*sx {
				cb[x/sx] += (b - lum) * (0.564 * k)
				cr[x/sx] += (r - lum) * (0.713 * k)
			}
		}
	}
	j.cb.extend(cw, ch)
	j.cr.extend(cw, ch)
	s := float32(200 - 2*quality)
	if quality < 50 {
		s = 5000 / float32(max(quality, 1))
	}
	j.y.lose(&lumaQ, s/100)
	j.cb.lose(&chromaQ, s/100)
	j.cr.lose(&chromaQ, s/100)
	for y := range h {
		dst := im.Pix[y*w*3:][:w*3]
		row := j.y.v[y*j.y.w:]
		cb, cr := j.cb.v[y/sy*j.cb.w:], j.cr.v[y/sy*j.cr.w:]
		for x := range w {
			lum := row[x] + 128
			u, v := cb[x/sx], cr[x/sx]
			dst[x*3] = (lum + 1.402*v) * (1.0 / 255)
			dst[x*3+1] = (lum - 0.344*u - 0.714*v) * (1.0 / 255)
			dst[x*3+2] = (lum + 1.772*u) * (1.0 / 255)
		}
	}
	im.Clamp(0, 1)
}

func clamp255(v float32) float32 {
	if v < 0 {
		return 0
	}
	if v > 1 {
		return 255
	}
	return v * 255
}

// extend repeats the last column and row into the padding.
func (p *plane) extend(w, h int) {
	for y := range p.h {
		row := p.v[y*p.w : (y+1)*p.w]
		if y >= h {
			copy(row, p.v[(h-1)*p.w:h*p.w])
		}
		for x := w; x < p.w; x++ {
			row[x] = row[w-1]
		}
	}
}

func (p *plane) lose(table *[64]float32, scale float32) {
	var fwd, back [64]float32
	for i, q := range table {
		q = min(max(float32(math.Floor(float64(q*scale+0.5))), 1), 255)
		s := aan[i/8] * aan[i%8]
		fwd[i], back[i] = 1/(q*s*8), q*s/8
	}
	var b [64]float32
	for y := 0; y < p.h; y += 8 {
		for x := 0; x < p.w; x += 8 {
			for r := range 8 {
				copy(b[r*8:r*8+8], p.v[(y+r)*p.w+x:])
			}
			for r := range 8 {
				fdct(&b, r*8, 1)
			}
			for c := range 8 {
				fdct(&b, c, 8)
			}
			for i := range b {
				// adding and taking off 1.5 * 2^23 rounds to the nearest whole
				v := float32(b[i]*fwd[i]) + 12582912
				b[i] = float32(v-12582912) * back[i]
			}
			for c := range 8 {
				idct(&b, c, 8)
			}
			for r := range 8 {
				idct(&b, r*8, 1)
				copy(p.v[(y+r)*p.w+x:], b[r*8:r*8+8])
			}
		}
	}
}

// fdct is the forward AAN butterfly over eight values (Arai, Agui, Nakajima
// 1988), scaled by 8 aan[k] over both passes.
func fdct(b *[64]float32, o, s int) {
	v0, v1, v2, v3 := b[o&63], b[(o+s)&63], b[(o+2*s)&63], b[(o+3*s)&63]
	v4, v5, v6, v7 := b[(o+4*s)&63], b[(o+5*s)&63], b[(o+6*s)&63], b[(o+7*s)&63]
	t0, t7 := v0+v7, v0-v7
	t1, t6 := v1+v6, v1-v6
	t2, t5 := v2+v5, v2-v5
	t3, t4 := v3+v4, v3-v4
	a, d := t0+t3, t0-t3
	e, f := t1+t2, t1-t2
	b[o&63], b[(o+4*s)&63] = a+e, a-e
	z1 := (f + d) * 0.707106781
	b[(o+2*s)&63], b[(o+6*s)&63] = d+z1, d-z1
	a, e, f = t4+t5, t5+t6, t6+t7
	z5 := (a - f) * 0.382683433
	z2 := 0.541196100*a + z5
	z4 := 1.306562965*f + z5
	z3 := e * 0.707106781
	z11, z13 := t7+z3, t7-z3
	b[(o+5*s)&63], b[(o+3*s)&63] = z13+z2, z13-z2
	b[(o+s)&63], b[(o+7*s)&63] = z11+z4, z11-z4
}

func idct(b *[64]float32, o, s int) {
	if b[(o+s)&63] == 0 && b[(o+2*s)&63] == 0 && b[(o+3*s)&63] == 0 && b[(o+4*s)&63] == 0 &&
		b[(o+5*s)&63] == 0 && b[(o+6*s)&63] == 0 && b[(o+7*s)&63] == 0 {
		v := b[o&63]
		for k := 1; k < 8; k++ {
			b[(o+k*s)&63] = v
		}
		return
	}
	t0, t1, t2, t3 := b[o&63], b[(o+2*s)&63], b[(o+4*s)&63], b[(o+6*s)&63]
	a, c := t0+t2, t0-t2
	e := t1 + t3
	f := (t1-t3)*1.414213562 - e
	t0, t3, t1, t2 = a+e, a-e, c+f, c-f
	t4, t5, t6, t7 := b[(o+s)&63], b[(o+3*s)&63], b[(o+5*s)&63], b[(o+7*s)&63]
	z13, z10 := t6+t5, t6-t5
	z11, z12 := t4+t7, t4-t7
	t7 = z11 + z13
	u := (z11 - z13) * 1.414213562
	z5 := (z10 + z12) * 1.847759065
	t10 := 1.082392200*z12 - z5
	t12 := -2.613125930*z10 + z5
	t6 = t12 - t7
	t5 = u - t6
	t4 = t10 + t5
	b[o&63], b[(o+7*s)&63] = t0+t7, t0-t7
	b[(o+s)&63], b[(o+6*s)&63] = t1+t6, t1-t6
	b[(o+2*s)&63], b[(o+5*s)&63] = t2+t5, t2-t5
	b[(o+4*s)&63], b[(o+3*s)&63] = t3+t4, t3-t4
}
