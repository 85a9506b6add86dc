// Package pixel holds the 8-bit RGB raster that decoding produces and every
// later stage samples, and the few resampling operations on it.
package pixel

import "github.com/kahao/kahao/internal/vision/geom"

// RGB is an interleaved 8-bit sRGB picture without padding: pixel (x, y)
// begins at Pix[(y*W+x)*3].
type RGB struct {
	W, H int
	Pix  []uint8
}

// New returns a black picture.
func New(w, h int) *RGB { return &RGB{W: w, H: h, Pix: make([]uint8, w*h*3)} }

// Warp fills dst so that dst(p) = src(toSrc(p)), with bilinear sampling and,
// where the map shrinks, an average over a grid of samples fine enough that
// no source pixel is skipped. Points outside src take the nearest edge pixel
// when fill is nil, else the fill colour.
func (src *RGB) Warp(dst *RGB, toSrc geom.Homography, fill *[3]uint8) {
	for y := range dst.H {
		src.warpRow(dst.Pix[y*dst.W*3:(y+1)*dst.W*3], y, dst.W, dst.H, toSrc, fill)
	}
}

func (src *RGB) warpRow(row []uint8, y, w, h int, m geom.Homography, fill *[3]uint8) {
	nx, ny := density(m, w, h)
	norm := 1 / float32(nx*ny)
	for x := range w {
		var r, g, b float32
		for j := range ny {
			fy := float64(y) + (float64(j)+0.5)/float64(ny)
			for i := range nx {
				fx := float64(x) + (float64(i)+0.5)/float64(nx)
				d := m[6]*fx + m[7]*fy + m[8]
				sr, sg, sb := src.at((m[0]*fx+m[1]*fy+m[2])/d-0.5, (m[3]*fx+m[4]*fy+m[5])/d-0.5, fill)
				r, g, b = r+sr, g+sg, b+sb
			}
		}
		row[x*3] = uint8(r*norm + 0.5)
		row[x*3+1] = uint8(g*norm + 0.5)
		row[x*3+2] = uint8(b*norm + 0.5)
	}
}

// density is the number of samples per output pixel along x and y, from the
// map's scale at the middle of the output.
func density(m geom.Homography, w, h int) (nx, ny int) {
	c := geom.Point{X: float64(w) / 2, Y: float64(h) / 2}
	o := m.Apply(c)
	sx := m.Apply(geom.Point{X: c.X + 1, Y: c.Y}).Sub(o).Len()
	sy := m.Apply(geom.Point{X: c.X, Y: c.Y + 1}).Sub(o).Len()
	return samples(sx), samples(sy)
}

func samples(scale float64) int {
	n := int(scale + 0.7)
	return max(1, min(n, 8))
}

// at samples bilinearly; x and y are in pixel-centre units.
func (src *RGB) at(x, y float64, fill *[3]uint8) (r, g, b float32) {
	if fill != nil && (x < -0.5 || y < -0.5 || x > float64(src.W)-0.5 || y > float64(src.H)-0.5) {
		return float32(fill[0]), float32(fill[1]), float32(fill[2])
	}
	x = max(0, min(x, float64(src.W-1)))
	y = max(0, min(y, float64(src.H-1)))
	x0, y0 := int(x), int(y)
	u, v := float32(x-float64(x0)), float32(y-float64(y0))
	dx, dy := 3, src.W*3
	if x0 == src.W-1 {
		dx = 0
	}
	if y0 == src.H-1 {
		dy = 0
	}
	p := src.Pix[(y0*src.W+x0)*3:]
	q := p[dy:]
	a, bw, c, d := (1-u)*(1-v), u*(1-v), (1-u)*v, u*v
	r = float32(p[0])*a + float32(p[dx])*bw + float32(q[0])*c + float32(q[dx])*d
	g = float32(p[1])*a + float32(p[dx+1])*bw + float32(q[1])*c + float32(q[dx+1])*d
	b = float32(p[2])*a + float32(p[dx+2])*bw + float32(q[2])*c + float32(q[dx+2])*d
	return r, g, b
}

// Resize returns the picture at another size, averaging where it shrinks.
func (src *RGB) Resize(w, h int) *RGB {
	dst := New(w, h)
	src.Warp(dst, geom.Homography{float64(src.W) / float64(w), 0, 0, 0, float64(src.H) / float64(h), 0, 0, 0, 1}, nil)
	return dst
}
