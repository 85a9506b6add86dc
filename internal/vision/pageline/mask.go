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
		left := 3*uint32(a[0]) + uint32(b[0]) // of the column before
		here := left
		for x := range g.w {
			next := here
			if x+1 < g.w {
				next = 3*uint32(a[x+1]) + uint32(b[x+1])
			}
			row[2*x] = uint8((3*here + left + 8) / 16)
			row[2*x+1] = uint8((3*here + next + 8) / 16)
			left, here = here, next
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
	c := columns{make([]uint32, g.w), make([]uint32, g.w)}
	row := func(y int) []uint8 { return g.pix[y*g.w : (y+1)*g.w] }
	for y := range min(reach, g.h) {
		c.add(row(y))
	}
	for y := range g.h {
		in, gone := y+reach < g.h, y-reach-1 >= 0
		switch {
		case in && gone:
			c.move(row(y+reach), row(y-reach-1))
		case in:
			c.add(row(y + reach))
		case gone:
			c.remove(row(y - reach - 1))
		}
		rows := min(y+reach, g.h-1) - max(y-reach, 0) + 1
		c.inkRow(out[y*g.w:(y+1)*g.w], row(y), rows)
	}
	return out
}

// columns are the sums of the values and of their squares in the columns that are
// in reach of a row. 27 squares fit into 32 bits, and so do 27 columns of them.
type columns struct{ sum, square []uint32 }

func (c columns) add(row []uint8) {
	sum, square := c.sum[:len(row)], c.square[:len(row)]
	for x, v := range row {
		sum[x] += uint32(v)
		square[x] += uint32(v) * uint32(v)
	}
}

func (c columns) remove(row []uint8) {
	sum, square := c.sum[:len(row)], c.square[:len(row)]
	for x, v := range row {
		sum[x] -= uint32(v)
		square[x] -= uint32(v) * uint32(v)
	}
}

// move adds a row and removes another one.
func (c columns) move(in, gone []uint8) {
	sum, square, gone := c.sum[:len(in)], c.square[:len(in)], gone[:len(in)]
	for x, v := range in {
		a, b := uint32(v), uint32(gone[x])
		sum[x] += a - b
		square[x] += a*a - b*b
	}
}

// inkRow marks the ink of a row.
func (c columns) inkRow(out, row []uint8, rows int) {
	var s, q uint32
	w := len(row)
	for x := range min(reach, w) {
		s += c.sum[x]
		q += c.square[x]
	}
	edge := func(from, to int) {
		for x := from; x < to; x++ {
			if x+reach < w {
				s += c.sum[x+reach]
				q += c.square[x+reach]
			}
			if old := x - reach - 1; old >= 0 {
				s -= c.sum[old]
				q -= c.square[old]
			}
			n := int64(rows * (min(x+reach, w-1) - max(x-reach, 0) + 1))
			out[x] = inkOf(n, int64(row[x]), int64(s), int64(q))
		}
	}
	left, right := min(reach+1, w), max(w-reach, min(reach+1, w))
	edge(0, left)
	if left < right { // here all columns are in the image
		n := int64(rows * (2*reach + 1))
		span := right - left
		inSum, inSquare := c.sum[left+reach:][:span], c.square[left+reach:][:span]
		outSum, outSquare := c.sum[left-reach-1:][:span], c.square[left-reach-1:][:span]
		values, marks := row[left:right], out[left:right]
		for i, v := range values {
			s += inSum[i] - outSum[i]
			q += inSquare[i] - outSquare[i]
			d := n*int64(v) - int64(s)
			if d < minDifference*n && d > -minDifference*n {
				continue
			}
			marks[i] = inkOf(n, int64(v), int64(s), int64(q))
		}
	}
	edge(right, w)
}

// inkOf returns the bit of a pixel of value v, or 0, from the count, the sum and the
// sum of squares of its surroundings.
func inkOf(n, v, s, q int64) uint8 {
	d := n*v - s // n times the difference to the mean
	switch {
	case d < minDifference*n && d > -minDifference*n, 4*d*d < n*q-s*s:
		return 0
	case d < 0:
		return 1
	}
	return 2
}
