package pixel

import "github.com/kahao/kahao/internal/geom"

// Resize returns the image at another size: if both sides shrink, the exact
// mean of the area that each pixel covers, otherwise bilinear samples.
func (src *RGB) Resize(w, h int) *RGB {
	dst := New(w, h)
	if w > src.W || h > src.H {
		src.Warp(dst, geom.Homography{float64(src.W) / float64(w), 0, 0, 0, float64(src.H) / float64(h), 0, 0, 0, 1}, nil)
		return dst
	}
	if w == 0 || h == 0 {
		return dst
	}
	// Lengths are counted in 1/w of a source pixel across and 1/h down, so
	// that every overlap is a whole number: a source pixel is w long, an
	// output pixel src.W.
	across := make([]uint32, w*3)
	sums := make([]uint64, w*3)
	inv := 1 / (float64(src.W) * float64(src.H))
	y, left := 0, src.H // output row, and the part of its height that is not filled yet
	for sy := range src.H {
		src.sumRow(sy, across, w)
		for rest := h; rest > 0; {
			take := min(rest, left)
			for i, v := range across {
				sums[i] += uint64(v) * uint64(take)
			}
			rest, left = rest-take, left-take
			if left == 0 {
				row := dst.Pix[y*w*3 : (y+1)*w*3]
				for i, s := range sums {
					row[i] = uint8(float64(int64(s))*inv + 0.5)
				}
				clear(sums)
				y, left = y+1, src.H
			}
		}
	}
	return dst
}

// sumRow sums one row into w pixels, each of the weight src.W.
func (src *RGB) sumRow(sy int, out []uint32, w int) {
	row := src.Pix[sy*src.W*3 : (sy+1)*src.W*3]
	full := uint32(w)
	carry := full // part of the pixel at p that is left for the next output pixel
	p := 0
	for o := 0; o < len(out); o += 3 {
		need := uint32(src.W)
		r, g, b := uint32(row[p])*carry, uint32(row[p+1])*carry, uint32(row[p+2])*carry
		need -= carry
		p += 3
		var fr, fg, fb uint32
		for ; need >= full; need -= full {
			q := row[p : p+3 : p+3]
			fr, fg, fb = fr+uint32(q[0]), fg+uint32(q[1]), fb+uint32(q[2])
			p += 3
		}
		r, g, b = r+fr*full, g+fg*full, b+fb*full
		if need > 0 {
			r, g, b = r+uint32(row[p])*need, g+uint32(row[p+1])*need, b+uint32(row[p+2])*need
			carry = full - need
		} else {
			carry = full
		}
		out[o], out[o+1], out[o+2] = r, g, b
	}
}
