package pageline

import "github.com/kahao/kahao/internal/pixel"

// gray is an image of lightness.
type gray struct {
	w, h int
	pix  []uint8
}

// luma returns the lightness of an image (ITU-R BT.601).
func luma(m *pixel.RGB) *gray {
	g := &gray{m.W, m.H, make([]uint8, m.W*m.H)}
	for i := range g.pix {
		p := m.Pix[3*i : 3*i+3 : 3*i+3]
		g.pix[i] = uint8((77*uint32(p[0]) + 150*uint32(p[1]) + 29*uint32(p[2])) >> 8)
	}
	return g
}

// halved returns the image at half its size.
func (g *gray) halved() *gray {
	out := &gray{g.w / 2, g.h / 2, make([]uint8, (g.w/2)*(g.h/2))}
	for y := range out.h {
		a, b := g.pix[2*y*g.w:(2*y+1)*g.w], g.pix[(2*y+1)*g.w:(2*y+2)*g.w]
		row := out.pix[y*out.w : (y+1)*out.w]
		for x := range row {
			row[x] = uint8((uint32(a[2*x]) + uint32(a[2*x+1]) + uint32(b[2*x]) + uint32(b[2*x+1]) + 2) / 4)
		}
	}
	return out
}

// doubled returns the image at twice its size, interpolated linearly.
func (g *gray) doubled() *gray {
	out := &gray{2 * g.w, 2 * g.h, make([]uint8, 4*g.w*g.h)}
	for y := range out.h {
		// The centre of pixel y lies a quarter of a source pixel from that of y/2.
		near := y / 2
		far := min(max(near+2*(y&1)-1, 0), g.h-1)
		a, b := g.pix[near*g.w:(near+1)*g.w], g.pix[far*g.w:(far+1)*g.w]
		row := out.pix[y*out.w : (y+1)*out.w]
		for x := range row {
			i := x / 2
			j := min(max(i+2*(x&1)-1, 0), g.w-1)
			row[x] = uint8((9*uint32(a[i]) + 3*uint32(a[j]) + 3*uint32(b[i]) + uint32(b[j]) + 8) / 16)
		}
	}
	return out
}

// Ink is darker or lighter than the mean of its surroundings by half of their
// standard deviation, and by a least difference that noise rarely reaches.
const (
	reach         = 13 // pixels on each side that are surroundings
	minDifference = 9
)

// ink marks the pixels of dark ink (bit 0) and of light ink (bit 1).
func (g *gray) ink() []uint8 {
	out := make([]uint8, len(g.pix))
	sum, square := make([]uint32, g.w), make([]uint32, g.w) // of the columns in reach of a row
	add := func(y int) {
		for x, v := range g.pix[y*g.w : (y+1)*g.w] {
			sum[x] += uint32(v)
			square[x] += uint32(v) * uint32(v)
		}
	}
	for y := range min(reach, g.h) {
		add(y)
	}
	for y := range g.h {
		if y+reach < g.h {
			add(y + reach)
		}
		if old := y - reach - 1; old >= 0 {
			for x, v := range g.pix[old*g.w : (old+1)*g.w] {
				sum[x] -= uint32(v)
				square[x] -= uint32(v) * uint32(v)
			}
		}
		rows := int64(min(y+reach, g.h-1) - max(y-reach, 0) + 1)
		g.inkRow(out[y*g.w:(y+1)*g.w], g.pix[y*g.w:(y+1)*g.w], sum, square, rows)
	}
	return out
}

func (g *gray) inkRow(out, row []uint8, sum, square []uint32, rows int64) {
	var s, q int64
	for x := range min(reach, g.w) {
		s += int64(sum[x])
		q += int64(square[x])
	}
	for x, v := range row {
		if x+reach < g.w {
			s += int64(sum[x+reach])
			q += int64(square[x+reach])
		}
		if old := x - reach - 1; old >= 0 {
			s -= int64(sum[old])
			q -= int64(square[old])
		}
		n := rows * int64(min(x+reach, g.w-1)-max(x-reach, 0)+1)
		d := n*int64(v) - s // n times the difference to the mean
		if d < minDifference*n && d > -minDifference*n || 4*d*d < n*q-s*s {
			continue
		}
		if d < 0 {
			out[x] = 1
		} else {
			out[x] = 2
		}
	}
}
