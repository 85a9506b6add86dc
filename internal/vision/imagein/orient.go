package imagein

import (
	"context"
	"image"

	"github.com/kahao/kahao/internal/pixel"
)

// band is the number of rows that are turned together, so that quarter turns
// write runs of pixels instead of single ones. The context is checked once for
// each band.
const band = 16

// upright turns a decoder's output into the raster that recognition samples: it
// flattens transparency onto white, averages squares of reduce pixels, and
// applies the orientation (Exif 2.32, tag 0x0112, from 1 to 8). Its only error
// is the context's.
func upright(ctx context.Context, m image.Image, orientation, reduce int) (*pixel.RGB, error) {
	row := rowsOf(m)
	size := m.Bounds().Size()
	if reduce > 1 {
		row = averaged(row, size, reduce)
		size = image.Pt((size.X+reduce-1)/reduce, (size.Y+reduce-1)/reduce)
	}
	w, h := size.X, size.Y
	if orientation >= 5 {
		w, h = h, w
	}
	dst := pixel.New(w, h)
	var buf []uint8
	if orientation != 1 {
		buf = make([]uint8, band*size.X*3)
	}
	for y := 0; y < size.Y; y += band {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		n := min(band, size.Y-y)
		if orientation == 1 {
			for i := range n {
				row(y+i, dst.Pix[(y+i)*w*3:(y+i+1)*w*3])
			}
			continue
		}
		for i := range n {
			row(y+i, buf[i*size.X*3:(i+1)*size.X*3])
		}
		turn(dst, buf, size, y, n, orientation)
	}
	return dst, nil
}

// turn writes n stored rows, from row y on, to their places in dst.
func turn(dst *pixel.RGB, rows []uint8, size image.Point, y, n, orientation int) {
	w, h := size.X, size.Y
	if orientation <= 4 {
		for i := range n {
			at := y + i
			if orientation != 2 { // 3 and 4 start at the bottom
				at = h - 1 - at
			}
			from, to := rows[i*w*3:(i+1)*w*3], dst.Pix[at*w*3:(at+1)*w*3]
			if orientation == 4 {
				copy(to, from)
				continue
			}
			for x := range w { // 2 and 3 start at the right
				copy(to[(w-1-x)*3:(w-x)*3], from[x*3:x*3+3])
			}
		}
		return
	}
	for x := range w {
		at := x
		if orientation >= 7 { // 7 and 8: the stored left is the bottom
			at = w - 1 - x
		}
		to := dst.Pix[at*h*3 : (at+1)*h*3]
		for i := range n {
			col := y + i
			if orientation == 6 || orientation == 7 { // the stored top is the right
				col = h - 1 - col
			}
			copy(to[col*3:col*3+3], rows[(i*w+x)*3:(i*w+x)*3+3])
		}
	}
}

// uprightRows returns where the first n stored rows are in the upright image.
func uprightRows(info Info, n int) image.Rectangle {
	r := image.Rect(0, 0, info.Width, info.Height)
	switch info.Orientation {
	case 1, 2:
		r.Max.Y = n
	case 3, 4:
		r.Min.Y = info.Height - n
	case 5, 8: // the stored top is the left
		r.Max.X = n
	case 6, 7:
		r.Min.X = info.Width - n
	}
	return r
}

// averaged returns the rows of an image reduced by d: means of squares, of
// which only the part inside the image counts.
func averaged(row func(int, []uint8), size image.Point, d int) func(int, []uint8) {
	full := make([]uint8, size.X*3)
	sums := make([]uint32, (size.X+d-1)/d*3)
	return func(y int, dst []uint8) {
		clear(sums)
		n := min(d, size.Y-y*d)
		for i := range n {
			row(y*d+i, full)
			for x, o := 0, 0; x < size.X; x, o = x+d, o+3 {
				for p := x * 3; p < min(x+d, size.X)*3; p += 3 {
					sums[o] += uint32(full[p])
					sums[o+1] += uint32(full[p+1])
					sums[o+2] += uint32(full[p+2])
				}
			}
		}
		for i, s := range sums {
			count := uint32(n * min(d, size.X-i/3*d))
			dst[i] = uint8((s + count/2) / count)
		}
	}
}
