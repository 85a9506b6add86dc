package pixel

import (
	"encoding/binary"
	"math"

	"github.com/kahao/kahao/internal/geom"
)

// Source positions are cut to 1/2048 of a pixel and interpolated in integers,
// rows by 256ths: with rounding this is within one grey level of real
// arithmetic.
const (
	fracBits = 11
	frac     = 1 << fracBits
)

// Warp fills dst so that dst(p) = src(toSrc(p)), with bilinear sampling and,
// if the map shrinks, an average over a grid of samples fine enough that
// no source pixel is skipped. Points outside src take the nearest edge pixel
// when fill is nil, else the fill colour.
func (src *RGB) Warp(dst *RGB, toSrc geom.Homography, fill *[3]uint8) {
	if dst.W == 0 || dst.H == 0 {
		return
	}
	nx, ny := density(toSrc, dst.W, dst.H)
	w := warper{src: src, fill: fill, nx: nx}
	if nx*ny > 1 {
		w.sums = make([]int32, dst.W*3)
	}
	for y := range dst.H {
		row := dst.Pix[y*dst.W*3 : (y+1)*dst.W*3]
		if w.sums == nil {
			w.line(toSrc, 0.5, float64(y)+0.5, row)
			continue
		}
		clear(w.sums)
		for j := range ny {
			w.line(toSrc, 0.5/float64(nx), float64(y)+(float64(j)+0.5)/float64(ny), row)
		}
		// sumBits of fraction and the number of samples come off together.
		scale := 1 / float32(nx*ny<<sumBits)
		for i, s := range w.sums {
			row[i] = uint8(float32(s)*scale + 0.5)
		}
	}
}

// sumBits of fraction are kept in sums: 64 samples of 255 fit easily.
const sumBits = 6

type warper struct {
	src  *RGB
	fill *[3]uint8
	nx   int     // samples along x for each pixel
	sums []int32 // of the row's samples, or nil if there is one a pixel
}

// line takes the samples at (x0 + i/nx, y). Numerators and denominator of
// the map are linear along it.
func (w *warper) line(m geom.Homography, x0, y float64, row []uint8) {
	step := 1 / float64(w.nx)
	p := path{
		x: m[0]*x0 + m[1]*y + m[2], dx: m[0] * step,
		y: m[3]*x0 + m[4]*y + m[5], dy: m[3] * step,
		d: m[6]*x0 + m[7]*y + m[8], dd: m[6] * step,
	}
	last := float64(len(row)/3*w.nx - 1)
	endX, endY, endD := p.x+p.dx*last, p.y+p.dy*last, p.d+p.dd*last
	inside := (p.d > 0) == (endD > 0) && w.inside(p.x/p.d, p.y/p.d) && w.inside(endX/endD, endY/endD)
	// A denominator that moves a position by less than is kept is constant.
	if math.Abs(endD-p.d)*float64(w.src.W+w.src.H) < math.Abs(p.d)/(4*frac) {
		p.x, p.dx, p.y, p.dy, p.d, p.dd = p.x/p.d, (endX/endD-p.x/p.d)/max(1, last), p.y/p.d, (endY/endD-p.y/p.d)/max(1, last), 1, 0
	}
	switch {
	case !inside:
		w.anywhere(p, row)
	case w.sums == nil:
		w.single(p, row)
	default:
		w.several(p, len(row))
	}
}

// path gives the position of sample i as (x + i dx, y + i dy) / (d + i dd).
type path struct{ x, dx, y, dy, d, dd float64 }

// shift takes pixel centres, at halves, to whole numbers, and rounds.
const shift = 0.5*frac - 0.5

func (p *path) at(i int) (x, y float64) {
	t := float64(i)
	if p.dd == 0 {
		return (p.x+p.dx*t)*frac - shift, (p.y+p.dy*t)*frac - shift
	}
	inv := frac / (p.d + p.dd*t)
	return (p.x+p.dx*t)*inv - shift, (p.y+p.dy*t)*inv - shift
}

const half = 1 << (2*fracBits - 1)

// single fills a row with one sample a pixel, all inside the source.
func (w *warper) single(p path, row []uint8) {
	for i, o := 0, 0; o < len(row); i, o = i+1, o+3 {
		x, y := p.at(i)
		r, g, b := w.src.lerp(int(x), int(y))
		row[o], row[o+1], row[o+2] = uint8((r+half)>>(2*fracBits)), uint8((g+half)>>(2*fracBits)), uint8((b+half)>>(2*fracBits))
	}
}

const cut = 2*fracBits - sumBits

// several adds several samples a pixel, all inside the source.
func (w *warper) several(p path, n int) {
	for i, o := 0, 0; o < n; o += 3 {
		var r, g, b uint
		for range w.nx {
			x, y := p.at(i)
			pr, pg, pb := w.src.lerp(int(x), int(y))
			r, g, b, i = r+pr, g+pg, b+pb, i+1
		}
		w.add(o, r, g, b)
	}
}

// anywhere does what single and several do, for positions that may lie outside.
func (w *warper) anywhere(p path, row []uint8) {
	for i, o := 0, 0; o < len(row); o += 3 {
		var r, g, b uint
		for range w.nx {
			x, y := p.at(i)
			pr, pg, pb := w.outside(x, y)
			r, g, b, i = r+pr, g+pg, b+pb, i+1
		}
		if w.sums != nil {
			w.add(o, r, g, b)
			continue
		}
		row[o], row[o+1], row[o+2] = uint8((r+half)>>(2*fracBits)), uint8((g+half)>>(2*fracBits)), uint8((b+half)>>(2*fracBits))
	}
}

func (w *warper) add(o int, r, g, b uint) {
	s := w.sums[o : o+3 : o+3]
	s[0], s[1], s[2] = s[0]+int32(r>>cut), s[1]+int32(g>>cut), s[2]+int32(b>>cut)
}

// inside reports whether a position has four pixels around it. On a line along
// which the denominator keeps its sign, positions lie between those of the
// ends.
func (w *warper) inside(x, y float64) bool {
	const margin = 0.5 + 1.0/512 // a pixel's half, and rounding
	return x >= margin && y >= margin && x < float64(w.src.W)-margin-0.5 && y < float64(w.src.H)-margin-0.5
}

// outside samples positions that may lie anywhere.
func (w *warper) outside(sx, sy float64) (r, g, b uint) {
	mx, my := float64(w.src.W-1)*frac, float64(w.src.H-1)*frac
	// The comparison is written so that NaN counts as outside.
	if w.fill != nil && !(sx >= -frac/2 && sy >= -frac/2 && sx <= mx+frac/2 && sy <= my+frac/2) {
		const one = 1 << (2 * fracBits)
		return uint(w.fill[0]) * one, uint(w.fill[1]) * one, uint(w.fill[2]) * one
	}
	if !(sx >= 0) {
		sx = 0
	}
	if !(sy >= 0) {
		sy = 0
	}
	x, y := int(min(sx, mx)), int(min(sy, my))
	if x>>fracBits == w.src.W-1 || y>>fracBits == w.src.H-1 {
		return w.src.lerpEdge(x, y)
	}
	return w.src.lerp(x, y)
}

// lerp interpolates between four pixels; the result has 2*fracBits of
// fraction. Eight bytes hold two neighbours: the rows are mixed in 16-bit
// lanes first, all six values by four multiplications, then the columns.
func (src *RGB) lerp(x, y int) (r, g, b uint) {
	at := (y>>fracBits*src.W + x>>fracBits) * 3
	low := at + src.W*3
	if len(src.Pix)-low < 8 || low < at {
		return src.lerpEdge(x, y)
	}
	p, q := binary.LittleEndian.Uint64(src.Pix[at:]), binary.LittleEndian.Uint64(src.Pix[low:])
	const lanes = 0x00ff00ff00ff00ff
	v := uint64(y&(frac-1)+1<<(fracBits-9)) >> (fracBits - 8) // the row's weight in 256ths
	even := (p&lanes)*(256-v) + (q&lanes)*v                   // r0 b0 g1
	odd := (p>>8&lanes)*(256-v) + (q>>8&lanes)*v              // g0 r1 b1
	u1 := uint(x & (frac - 1))
	u0 := frac - u1
	const rest = fracBits - 8
	r = (uint(uint16(even))*u0 + uint(uint16(odd>>16))*u1) << rest
	g = (uint(uint16(odd))*u0 + uint(uint16(even>>32))*u1) << rest
	b = (uint(uint16(even>>16))*u0 + uint(uint16(odd>>32))*u1) << rest
	return r, g, b
}

// lerpEdge is lerp for positions without a next column or row, or if eight bytes
// would reach over the end.
func (src *RGB) lerpEdge(x, y int) (r, g, b uint) {
	u, v := uint(x&(frac-1)), uint(y&(frac-1))
	x0, y0 := x>>fracBits, y>>fracBits
	x1, y1 := min(x0+1, src.W-1), min(y0+1, src.H-1)
	at := func(x, y, c int) uint { return uint(src.Pix[(y*src.W+x)*3+c]) }
	var out [3]uint
	for c := range out {
		top := at(x0, y0, c)*(frac-u) + at(x1, y0, c)*u
		low := at(x0, y1, c)*(frac-u) + at(x1, y1, c)*u
		out[c] = top*(frac-v) + low*v
	}
	return out[0], out[1], out[2]
}

// density returns the number of samples per output pixel along x and y.
func density(m geom.Homography, w, h int) (nx, ny int) {
	sx, sy := scales(m, w, h)
	return samples(sx), samples(sy)
}

// scales returns how many pixels of the source a step of one output pixel along x
// and along y spans, in the output's middle.
func scales(m geom.Homography, w, h int) (sx, sy float64) {
	c := geom.Point{X: float64(w) / 2, Y: float64(h) / 2}
	o := m.Apply(c)
	sx = m.Apply(geom.Point{X: c.X + 1, Y: c.Y}).Sub(o).Len()
	sy = m.Apply(geom.Point{X: c.X, Y: c.Y + 1}).Sub(o).Len()
	return sx, sy
}

func samples(scale float64) int {
	if !(scale < 8) { // or NaN, if the map is degenerate
		return 8
	}
	return max(1, int(scale+0.7))
}
