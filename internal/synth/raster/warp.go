package raster

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
)

// sample reads bilinearly at pixel-centre coordinates, edges extended.
func (im *Image) sample(x, y float32) (r, g, b float32) {
	x = min(max(x, 0), float32(im.W-1))
	y = min(max(y, 0), float32(im.H-1))
	x0, y0 := int(x), int(y)
	u, v := x-float32(x0), y-float32(y0)
	dx, dy := 3, im.W*3
	if x0 == im.W-1 {
		dx = 0
	}
	if y0 == im.H-1 {
		dy = 0
	}
	o := y0*im.W*3 + x0*3
	p, q := im.Pix[o:], im.Pix[o+dy:]
	_, _ = p[dx+2], q[dx+2]
	r = p[0] + (p[dx]-p[0])*u
	g = p[1] + (p[dx+1]-p[1])*u
	b = p[2] + (p[dx+2]-p[2])*u
	r += (q[0] + (q[dx]-q[0])*u - r) * v
	g += (q[1] + (q[dx+1]-q[1])*u - g) * v
	b += (q[2] + (q[dx+2]-q[2])*u - b) * v
	return r, g, b
}

// Sample reads the colour bilinearly at p, edges extended.
func (im *Image) Sample(p geom.Point) Color {
	r, g, b := im.sample(float32(p.X-0.5), float32(p.Y-0.5))
	return Color{r, g, b}
}

// Warp fills dst (of its present size) so that dst(p) = im(toSrc(p)), with a
// grid of samples per pixel where the map shrinks. Edges are extended.
func (im *Image) Warp(dst *Image, toSrc geom.Homography) {
	nx, ny := density(toSrc, float64(dst.W)/2, float64(dst.H)/2)
	k := 1 / float32(nx*ny)
	for y := range dst.H {
		row := dst.Pix[y*dst.W*3 : (y+1)*dst.W*3]
		if nx*ny > 1 {
			clear(row)
		}
		for j := range ny {
			fy := float64(y) + (float64(j)+0.5)/float64(ny)
			for i := range nx {
				im.warpRow(row, toSrc, (float64(i)+0.5)/float64(nx), fy, k, nx*ny == 1)
			}
		}
	}
}

func (im *Image) warpRow(row []float32, m geom.Homography, fx, fy float64, k float32, first bool) {
	sx, sy, sw := m[0]*fx+m[1]*fy+m[2], m[3]*fx+m[4]*fy+m[5], m[6]*fx+m[7]*fy+m[8]
	for x := 0; x+2 < len(row); x += 3 {
		inv := 1 / sw
		px, py := float32(sx*inv-0.5), float32(sy*inv-0.5)
		var r, g, b float32
		if x0, y0 := int32(px), int32(py); px >= 0 && py >= 0 && int(x0) < im.W-1 && int(y0) < im.H-1 {
			u, v := px-float32(x0), py-float32(y0)
			o := (int(y0)*im.W + int(x0)) * 3
			p, q := im.Pix[o:o+6:o+6], im.Pix[o+im.W*3:o+im.W*3+6:o+im.W*3+6]
			r, g, b = p[0]+(p[3]-p[0])*u, p[1]+(p[4]-p[1])*u, p[2]+(p[5]-p[2])*u
			r += (q[0] + (q[3]-q[0])*u - r) * v
			g += (q[1] + (q[4]-q[1])*u - g) * v
			b += (q[2] + (q[5]-q[2])*u - b) * v
		} else {
			r, g, b = im.sample(px, py)
		}
		if first {
			row[x], row[x+1], row[x+2] = r, g, b
		} else {
			row[x] += r * k
			row[x+1] += g * k
			row[x+2] += b * k
		}
		sx, sy, sw = sx+m[0], sy+m[3], sw+m[6]
	}
}

// density is the number of samples per output pixel along x and y at (x, y).
func density(m geom.Homography, x, y float64) (nx, ny int) {
	o := m.Apply(geom.Point{X: x, Y: y})
	n := func(p geom.Point) int {
		return max(1, min(6, int(m.Apply(p).Sub(o).Len()+0.55)))
	}
	return n(geom.Point{X: x + 1, Y: y}), n(geom.Point{X: x, Y: y + 1})
}

// Place paints im, seen through toDst (from im to dst), over dst; m, of im's
// size, is its coverage (nil: a full rectangle). Rims are anti-aliased.
func (im *Image) Place(dst *Image, m *Mask, toDst geom.Homography, alpha float32) {
	inv, ok := toDst.Inverse()
	if !ok {
		return
	}
	q := toDst.Quad(geom.RectQuad(0, 0, float64(im.W), float64(im.H)))
	b := q.Bounds()
	x0, y0 := max(0, int(b.X0)-1), max(0, int(b.Y0)-1)
	x1, y1 := min(dst.W, int(b.X1)+2), min(dst.H, int(b.Y1)+2)
	c := q.Center()
	nx, ny := density(inv, c.X, c.Y)
	nx, ny = max(nx, 2), max(ny, 2)
	norm := 1 / float32(nx*ny)
	w, h := float64(im.W), float64(im.H)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			var cr, cg, cb, ca float32
			for j := range ny {
				for i := range nx {
					p := inv.Apply(geom.Point{X: float64(x) + (float64(i)+0.5)/float64(nx), Y: float64(y) + (float64(j)+0.5)/float64(ny)})
					if p.X < 0 || p.Y < 0 || p.X >= w || p.Y >= h || math.IsNaN(p.X) {
						continue
					}
					a := float32(1)
					if m != nil {
						a = m.Sample(float32(p.X-0.5), float32(p.Y-0.5))
					}
					r, g, bb := im.sample(float32(p.X-0.5), float32(p.Y-0.5))
					cr, cg, cb, ca = cr+a*r, cg+a*g, cb+a*bb, ca+a
				}
			}
			if ca == 0 {
				continue
			}
			t := dst.Pix[(y*dst.W+x)*3:]
			k, keep := alpha*norm, 1-alpha*norm*ca
			t[0] = t[0]*keep + cr*k
			t[1] = t[1]*keep + cg*k
			t[2] = t[2]*keep + cb*k
		}
	}
}
