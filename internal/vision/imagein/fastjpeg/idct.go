package fastjpeg

// Inverse transforms of N points from the lowest N x N of 64 coefficients:
// the transform of T.81, A.3.3, with 8 replaced by N where it counts samples.

// zigzag maps the order in the file to that of rows (T.81, figure A.6).
var zigzag = [64]uint8{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// sample converts eight times a sample to a byte.
func sample(v int32) uint8 { return clamp((v + 4) >> 3) }

func clamp(v int32) uint8 { return uint8(max(0, min(255, v+128))) }

// quarter computes 2 x 2 samples.
func quarter(c *[64]int32, out []uint8, stride int) {
	a, b := c[0]+c[1], c[0]-c[1]
	d, e := c[8]+c[9], c[8]-c[9]
	low := out[stride : stride+2 : stride+2]
	out[0], out[1] = sample(a+d), sample(b+e)
	low[0], low[1] = sample(a-d), sample(b-e)
}

// Cosines of pi/8 and 3 pi/8, times the root of 2, in 11-bit fixed point.
const (
	cos1 = 2676
	cos3 = 1108
)

// halve computes 4 x 4 samples: columns first, then rows.
func halve(c *[64]int32, out []uint8, stride int) {
	var t [16]int32
	for x := range 4 {
		f0, f1, f2, f3 := c[x]<<11, c[8+x], c[16+x]<<11, c[24+x]
		e0, e1 := f0+f2, f0-f2
		o0, o1 := f1*cos1+f3*cos3, f1*cos3-f3*cos1
		t[x], t[12+x] = (e0+o0)>>8, (e0-o0)>>8
		t[4+x], t[8+x] = (e1+o1)>>8, (e1-o1)>>8
	}
	for y := range 4 {
		f0, f1, f2, f3 := t[y*4]<<11, t[y*4+1], t[y*4+2]<<11, t[y*4+3]
		e0, e1 := f0+f2, f0-f2
		o0, o1 := f1*cos1+f3*cos3, f1*cos3-f3*cos1
		row := out[y*stride : y*stride+4 : y*stride+4]
		const round, cut = 1 << 16, 17 // 11 and 3 bits of columns, 3 of eighths
		row[0], row[3] = clamp((e0+o0+round)>>cut), clamp((e0-o0+round)>>cut)
		row[1], row[2] = clamp((e1+o1+round)>>cut), clamp((e1-o1+round)>>cut)
	}
}
