package nn

import "unsafe"

// convGeneric is the twin of every convolution kernel: it takes rows and
// width from its arguments. It works in tiles of 4 pixels by 4 channels, whose
// sums fit the registers of a scalar unit.
func convGeneric(a *kernelArgs) {
	for i := 0; i < a.rows; i += 4 {
		for j := 0; j < a.width; j += 4 {
			convGeneric4x4(a, i, j, min(4, a.rows-i))
		}
	}
}

// convGeneric4x4 computes n rows from row i and four channels from channel j.
// Rows past n repeat the first one, so that the loop needs no edge case.
func convGeneric4x4(a *kernelArgs, i, j, n int) {
	s1, s2, s3 := a.srcStep, 2*a.srcStep, 3*a.srcStep
	if n < 4 {
		s3 = 0
		if n < 3 {
			s2 = 0
		}
		if n < 2 {
			s1 = 0
		}
	}
	p0 := unsafe.Add(a.src, uintptr(i)*a.srcStep)
	w := unsafe.Add(a.weights, j*4)
	wStep := a.width * 4
	b := (*[4]float32)(unsafe.Add(a.bias, j*4))
	c00, c01, c02, c03 := b[0], b[1], b[2], b[3]
	c10, c11, c12, c13 := b[0], b[1], b[2], b[3]
	c20, c21, c22, c23 := b[0], b[1], b[2], b[3]
	c30, c31, c32, c33 := b[0], b[1], b[2], b[3]
	jumps := unsafe.Slice((*int64)(a.jumps), a.runs)
	for _, jump := range jumps {
		for k := a.runLen; k > 0; k-- {
			v := (*[4]float32)(w)
			w0, w1, w2, w3 := v[0], v[1], v[2], v[3]
			x := *(*float32)(p0)
			c00 += x * w0
			c01 += x * w1
			c02 += x * w2
			c03 += x * w3
			x = *(*float32)(unsafe.Add(p0, s1))
			c10 += x * w0
			c11 += x * w1
			c12 += x * w2
			c13 += x * w3
			x = *(*float32)(unsafe.Add(p0, s2))
			c20 += x * w0
			c21 += x * w1
			c22 += x * w2
			c23 += x * w3
			x = *(*float32)(unsafe.Add(p0, s3))
			c30 += x * w0
			c31 += x * w1
			c32 += x * w2
			c33 += x * w3
			p0 = unsafe.Add(p0, 4)
			w = unsafe.Add(w, wStep)
		}
		p0 = unsafe.Add(p0, jump)
	}
	sums := [4][4]float32{{c00, c01, c02, c03}, {c10, c11, c12, c13}, {c20, c21, c22, c23}, {c30, c31, c32, c33}}
	for q := range n {
		at := uintptr(i+q)*a.dstStep + uintptr(j)*4
		if a.residual != nil {
			r := (*[4]float32)(unsafe.Add(a.residual, at))
			for t := range r {
				sums[q][t] += r[t]
			}
		}
		d := (*[4]float32)(unsafe.Add(a.dst, at))
		for t := range d {
			d[t] = max(sums[q][t], a.floor)
		}
	}
}

// up2Generic is the twin of the up2add kernels.
func up2Generic(a *up2Args) {
	n := a.blocks * blockChannels
	low := unsafe.Slice((*float32)(a.low), a.pixels*n)
	skip := unsafe.Slice((*float32)(a.skip), 2*a.pixels*n)
	dst := unsafe.Slice((*float32)(a.dst), 2*a.pixels*n)
	for len(low) >= n && len(low) > 0 {
		l, s0, s1, d0, d1 := low[:n], skip[:n], skip[n:2*n], dst[:n], dst[n:2*n]
		for c, v := range l {
			d0[c] = v + s0[c]
			d1[c] = v + s1[c]
		}
		low, skip, dst = low[n:], skip[2*n:], dst[2*n:]
	}
}
