package raster

import "math"

// Blur applies a Gaussian of standard deviation sigma, edges extended. Small
// ones use the sampled kernel, large ones three box passes.
func (m *Mask) Blur(sigma float64) { m.tmp = blur(m.Pix, m.tmp, m.W, m.H, 1, sigma) }

// Blur applies a Gaussian of standard deviation sigma, edges extended.
func (im *Image) Blur(sigma float64) { im.tmp = blur(im.Pix, im.tmp, im.W, im.H, 3, sigma) }

func blur(p, tmp []float32, w, h, ch int, sigma float64) []float32 {
	if sigma < 0.15 || w < 1 || h < 1 {
		return tmp
	}
	tmp = grow(tmp, len(p))
	if sigma < 1.6 {
		k := kernel(sigma)
		convRows(tmp, p, w, h, ch, k)
		convCols(p, tmp, w*ch, h, k)
		return tmp
	}
	// three boxes of widths around sqrt(12 sigma^2/3 + 1)
	ideal := math.Sqrt(4*sigma*sigma + 1)
	r := int((ideal - 1) / 2)
	frac := float32((ideal-1)/2 - float64(r))
	for range 3 {
		boxRows(tmp, p, w, h, ch, r, frac)
		boxCols(p, tmp, w*ch, h, r, frac)
	}
	return tmp
}

// kernel returns the half kernel (centre first) that sums to 1 when mirrored.
func kernel(sigma float64) []float32 {
	n := max(1, int(math.Ceil(sigma*2.5)))
	k := make([]float32, n+1)
	sum := 0.0
	for i := range k {
		v := math.Exp(-float64(i*i) / (2 * sigma * sigma))
		k[i] = float32(v)
		if i > 0 {
			v *= 2
		}
		sum += v
	}
	for i := range k {
		k[i] /= float32(sum)
	}
	return k
}

func convRows(dst, src []float32, w, h, ch int, k []float32) {
	n := w * ch
	for y := range h {
		s, d := src[y*n:(y+1)*n], dst[y*n:(y+1)*n]
		pad := (len(k) - 1) * ch
		for i := range d {
			if i >= pad && i < n-pad {
				continue
			}
			x, c := i/ch, i%ch
			v := s[i] * k[0]
			for j := 1; j < len(k); j++ {
				v += k[j] * (s[max(0, x-j)*ch+c] + s[min(w-1, x+j)*ch+c])
			}
			d[i] = v
		}
		if n <= 2*pad {
			continue
		}
		mid := d[pad : n-pad]
		scaleRow(mid, s[pad:], k[0])
		for j := 1; j < len(k); j++ {
			addPair(mid, s[pad-j*ch:], s[pad+j*ch:], k[j])
		}
	}
}

func convCols(dst, src []float32, n, h int, k []float32) {
	for y := range h {
		d := dst[y*n : (y+1)*n]
		scaleRow(d, src[y*n:], k[0])
		for j := 1; j < len(k); j++ {
			addPair(d, src[max(0, y-j)*n:], src[min(h-1, y+j)*n:], k[j])
		}
	}
}

func scaleRow(d, s []float32, k float32) {
	s = s[:len(d)]
	for i := range d {
		d[i] = s[i] * k
	}
}

func addPair(d, a, b []float32, k float32) {
	a, b = a[:len(d)], b[:len(d)]
	for i := range d {
		d[i] += k * (a[i] + b[i])
	}
}

// boxRows averages over 2r+1 pixels plus a fraction of the two next ones.
func boxRows(dst, src []float32, w, h, ch, r int, frac float32) {
	inv := 1 / (float32(2*r+1) + 2*frac)
	for y := range h {
		s, d := src[y*w*ch:(y+1)*w*ch], dst[y*w*ch:(y+1)*w*ch]
		for c := range ch {
			at := func(x int) float32 { return s[min(max(x, 0), w-1)*ch+c] }
			var sum float32
			for x := -r; x <= r; x++ {
				sum += at(x)
			}
			for x := range w {
				d[x*ch+c] = (sum + frac*(at(x-r-1)+at(x+r+1))) * inv
				sum += at(x+r+1) - at(x-r)
			}
		}
	}
}

func boxCols(dst, src []float32, n, h, r int, frac float32) {
	inv := 1 / (float32(2*r+1) + 2*frac)
	row := func(y int) []float32 { y = min(max(y, 0), h-1); return src[y*n : (y+1)*n] }
	sum := make([]float32, n)
	for y := -r; y <= r; y++ {
		for i, v := range row(y) {
			sum[i] += v
		}
	}
	for y := range h {
		d, a, b, lo := dst[y*n:(y+1)*n], row(y-r-1), row(y+r+1), row(y-r)
		for i := range d {
			d[i] = (sum[i] + frac*(a[i]+b[i])) * inv
			sum[i] += b[i] - lo[i]
		}
	}
}

// MotionBlur averages along a straight path of the given length and angle
// (radians), as a moving camera does.
func (im *Image) MotionBlur(length, angle float64) {
	n := max(2, int(length*1.5+0.5))
	im.tmp = grow(im.tmp, len(im.Pix))
	clear(im.tmp)
	s, c := math.Sincos(angle)
	k := 1 / float32(n)
	for i := range n {
		t := (float64(i)/float64(n-1) - 0.5) * length
		im.addShifted(int(math.Round(t*c)), int(math.Round(t*s)), k)
	}
	im.Pix, im.tmp = im.tmp, im.Pix
}

func (im *Image) addShifted(dx, dy int, k float32) {
	for y := range im.H {
		src := im.Pix[min(max(y+dy, 0), im.H-1)*im.W*3:][:im.W*3]
		dst := im.tmp[y*im.W*3:][:im.W*3]
		for x := range im.W {
			sx := min(max(x+dx, 0), im.W-1) * 3
			dst[x*3] += k * src[sx]
			dst[x*3+1] += k * src[sx+1]
			dst[x*3+2] += k * src[sx+2]
		}
	}
}

// Unsharp strengthens edges by amount, as cameras do.
func (im *Image) Unsharp(sigma float64, amount float32) {
	c := Image{W: im.W, H: im.H, Pix: append([]float32(nil), im.Pix...)}
	c.Blur(sigma)
	for i, v := range im.Pix {
		im.Pix[i] = v + amount*(v-c.Pix[i])
	}
}
