package nn

import "unsafe"

// convGeneric is the twin of every convolution kernel: it takes rows and
// width from its arguments. It works in tiles of 3 pixels by 2 channels.
//
// The compiler computes all products of a step before it adds any, and amd64
// has 15 scalar registers for it: six sums, six products, two weights and a
// factor fit. Larger tiles spill sums to the stack and take twice
// the time, smaller ones wait for the latency of addition.
func convGeneric(a *kernelArgs) {
	for i := 0; i < a.rows; i += genericRows {
		for j := 0; j < a.width; j += genericWidth {
			convGeneric3x2(a, i, j)
		}
	}
}

const genericRows, genericWidth = 3, 2

// convGeneric3x2 computes the rows from row i and two channels from channel j.
// If fewer than three rows are left it computes the last one again.
func convGeneric3x2(a *kernelArgs, i, j int) {
	rows := min(genericRows, a.rows-i)
	second := a.srcStep * uintptr(min(1, rows-1))
	third := a.srcStep * uintptr(rows-1)
	p := unsafe.Add(a.src, uintptr(i)*a.srcStep)
	w := unsafe.Add(a.weights, j*floatBytes)
	wStep := a.width * floatBytes
	b := (*[2]float32)(unsafe.Add(a.bias, j*floatBytes))
	c00, c01 := b[0], b[1]
	c10, c11 := c00, c01
	c20, c21 := c00, c01
	for _, jump := range unsafe.Slice((*int64)(a.jumps), a.runs) {
		for k := a.runLen; k > 0; k-- {
			v := (*[2]float32)(w)
			x := *(*float32)(p)
			y := *(*float32)(unsafe.Add(p, second))
			z := *(*float32)(unsafe.Add(p, third))
			c00 += x * v[0]
			c01 += x * v[1]
			c10 += y * v[0]
			c11 += y * v[1]
			c20 += z * v[0]
			c21 += z * v[1]
			p = unsafe.Add(p, floatBytes)
			w = unsafe.Add(w, wStep)
		}
		p = unsafe.Add(p, jump)
	}
	sums := [3][2]float32{{c00, c01}, {c10, c11}, {c20, c21}}
	for q := range rows {
		at := uintptr(i+q)*a.dstStep + uintptr(j)*floatBytes
		s := sums[q]
		if a.residual != nil {
			r := (*[2]float32)(unsafe.Add(a.residual, at))
			s[0] += r[0]
			s[1] += r[1]
		}
		d := (*[2]float32)(unsafe.Add(a.dst, at))
		d[0], d[1] = max(s[0], a.floor), max(s[1], a.floor)
	}
}

// up2Generic is the twin of the up2add kernels.
func up2Generic(a *up2Args) {
	n := a.blocks * blockChannels
	low := unsafe.Slice((*float32)(a.low), a.pixels*n)
	skip := unsafe.Slice((*float32)(a.skip), 2*a.pixels*n)
	dst := unsafe.Slice((*float32)(a.dst), 2*a.pixels*n)
	for ; len(low) > 0; low, skip, dst = low[n:], skip[2*n:], dst[2*n:] {
		s0, s1, d0, d1 := skip[:n], skip[n:2*n], dst[:n], dst[n:2*n]
		for c, v := range low[:n] {
			d0[c] = v + s0[c]
			d1[c] = v + s1[c]
		}
	}
}
