package cover

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Conceal draws over the hidden characters of a line. The boxes are those of
// all its characters in the image. It does nothing where marks are printed.
func (d *Painter) Conceal(im *raster.Image, boxes []geom.Rect, h *Hidden) {
	if h.Marked() {
		return
	}
	dh := 0.0
	for _, b := range boxes {
		dh = max(dh, b.H())
	}
	var run []geom.Rect
	for i := 0; i <= len(boxes); i++ {
		if i < len(boxes) && h.At[i] {
			run = append(run, boxes[i])
			continue
		}
		if len(run) > 0 {
			d.over(im, d.reach(boxes, i-len(run), i, dh), dh, h.Way)
		}
		run = nil
	}
}

// reach is the rectangle that hides the characters from..to: all of their ink
// or all but its rim, and most often nothing of the neighbours'.
func (d *Painter) reach(boxes []geom.Rect, from, to int, dh float64) geom.Rect {
	rng := d.rng
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	r := geom.Rect{X0: boxes[from].X0, X1: boxes[to-1].X1, Y0: math.Inf(1), Y1: math.Inf(-1)}
	for _, b := range boxes[from:to] {
		r.Y0, r.Y1 = min(r.Y0, b.Y0), max(r.Y1, b.Y1)
	}
	left, right := .6*dh, .6*dh
	if from > 0 {
		left = max(0, r.X0-boxes[from-1].X1)
	}
	if to < len(boxes) {
		right = max(0, boxes[to].X0-r.X1)
	}
	over := 0.0
	if raster.Chance(rng, .2) {
		over = .1 * dh
	}
	r.X0 -= min(.7*dh, u(.1, .9)*left+u(0, over))
	r.X1 += min(.7*dh, u(.1, .9)*right+u(0, over))
	r.Y0 -= u(-.06, .45) * dh
	r.Y1 += u(-.06, .45) * dh
	return r
}

// over hides a rectangle.
func (d *Painter) over(im *raster.Image, r geom.Rect, dh float64, way string) {
	switch way {
	case "pixels":
		d.mosaic(im, r, dh)
	case "blur":
		d.smear(im, r, dh)
	case "finger":
		d.finger(im, r, dh)
	case "tape":
		d.tape(im, r, dh)
	case "marker":
		d.marker(im, r, dh)
	case "sticker":
		d.sticker(im, r, dh)
	case "sign":
		d.overprint(im, r, dh)
	default: // a bar on the card, a box in the picture
		col := d.coverColor(im, r)
		round := 0.0
		if raster.Chance(d.rng, .25) {
			round = raster.Uniform(d.rng, 0, .5) * dh
		}
		im.RoundRect(r.X0, r.Y0, r.W(), r.H(), round, col, 1)
	}
}

// coverColor is black, white, grey, a strong colour, or the card's own.
func (d *Painter) coverColor(im *raster.Image, r geom.Rect) raster.Color {
	rng := d.rng
	switch t := rng.Float64(); {
	case t < .42:
		return raster.Gray(raster.Uniform32(rng, 0, .12))
	case t < .6:
		return raster.Gray(raster.Uniform32(rng, .88, 1))
	case t < .72:
		return raster.Gray(rng.Float32())
	case t < .88:
		return HSV(rng.Float64(), raster.Uniform(rng, .5, 1), raster.Uniform(rng, .4, 1))
	}
	c := im.Mean(int(r.X0), int(r.Y0), int(r.X1), int(r.Y1))
	return c.Mix(raster.Gray(rng.Float32()), raster.Uniform32(rng, .15, .4))
}

// mosaic makes blocks as large as half a digit of the rectangle.
func (d *Painter) mosaic(im *raster.Image, r geom.Rect, dh float64) {
	b := max(2, int(raster.Uniform(d.rng, .27, .7)*dh+.5))
	x0, y0, x1, y1 := max(0, int(r.X0)), max(0, int(r.Y0)), min(im.W, int(r.X1+1)), min(im.H, int(r.Y1+1))
	for y := y0; y < y1; y += b {
		for x := x0; x < x1; x += b {
			xe, ye := min(x+b, x1), min(y+b, y1)
			c := im.Mean(x, y, xe, ye)
			for j := y; j < ye; j++ {
				for i := x; i < xe; i++ {
					im.Set(i, j, c)
				}
			}
		}
	}
}

// smear blurs the rectangle until nothing can be told from it.
func (d *Painter) smear(im *raster.Image, r geom.Rect, dh float64) {
	rng := d.rng
	pad := int(dh)
	x0, y0, x1, y1 := max(0, int(r.X0)-pad), max(0, int(r.Y0)-pad), min(im.W, int(r.X1)+pad), min(im.H, int(r.Y1)+pad)
	if x1-x0 < 3 || y1-y0 < 3 {
		return
	}
	t := &d.tmp
	t.Reset(x1-x0, y1-y0)
	for y := range t.H {
		copy(t.Pix[y*t.W*3:(y+1)*t.W*3], im.Pix[((y+y0)*im.W+x0)*3:])
	}
	t.Blur(raster.Uniform(rng, .27, .6) * dh)
	edge := raster.Pick(rng, .5, .5, raster.Uniform(rng, .05, .3)*dh)
	for y := range t.H {
		for x := range t.W {
			px, py := float64(x+x0)+.5, float64(y+y0)+.5
			in := min(px-r.X0, r.X1-px, py-r.Y0, r.Y1-py)
			a := float32(min(max(in/edge+1, 0), 1))
			if a > 0 {
				q, s := im.Pix[((y+y0)*im.W+x+x0)*3:], t.Pix[(y*t.W+x)*3:]
				q[0], q[1], q[2] = q[0]+a*(s[0]-q[0]), q[1]+a*(s[1]-q[1]), q[2]+a*(s[2]-q[2])
			}
		}
	}
}

// finger lays one or more fingertips over the rectangle, from below or above.
func (d *Painter) finger(im *raster.Image, r geom.Rect, dh float64) {
	rng := d.rng
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	skin := HSV(u(.02, .09), u(.18, .62), u(.3, .98))
	up := 1.0
	if raster.Chance(rng, .35) {
		up = -1
	}
	n := max(1, int(r.W()/(4.2*dh)+.7))
	w := r.W() / float64(n)
	edge := r.Y0
	if up < 0 {
		edge = r.Y1
	}
	lean := u(-.25, .25)
	for i := range n {
		cx := r.X0 + (float64(i)+.5)*w + u(-.05, .05)*w
		half := w/2*1.04 + u(0, .1)*dh
		tip := half * u(.7, 1.1)
		for _, k := range []float64{1, .94, .84, .68, .45} { // round, as light falls on a cylinder
			c := skin.Scale(float32(1.02 - .42*k*k))
			y := edge + up*(tip*(.62-.62*k)-u(.02, .1)*dh) // the corners of the run are hidden, too
			var pts []geom.Point
			for j := range 17 {
				a := math.Pi * float64(j) / 16
				pts = append(pts, geom.Point{X: cx - math.Cos(a)*half*k, Y: y + up*(tip*.62*k-tip*.95*k*math.Sin(a))})
			}
			far := 5 * dh * up
			pts = append(pts, geom.Point{X: cx + half*k + lean*far*up, Y: y + far}, geom.Point{X: cx - half*k + lean*far*up, Y: y + far})
			im.Polygon(pts, c, 1)
		}
		if raster.Chance(rng, .35) {
			im.Ellipse(cx, edge+up*.3*tip, half*.55, tip*.5, 0, skin.Mix(raster.Color{1, .85, .82}, float32(u(.2, .7))), .9)
		}
	}
}

// tape lays a strip of tape or paper over the rectangle, a little askew.
func (d *Painter) tape(im *raster.Image, r geom.Rect, dh float64) {
	rng := d.rng
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	col := raster.Pick(rng, raster.Gray(float32(u(.8, 1))), raster.Color{.93, .86, .62}, raster.Color{.72, .53, .33},
		HSV(rng.Float64(), u(.3, .9), u(.3, 1)), raster.Gray(float32(u(.05, .5))))
	e := func() float64 { return u(-.12, .12) * dh }
	q := []geom.Point{{X: r.X0 + e(), Y: r.Y0 + e()}, {X: r.X1 + e(), Y: r.Y0 + e()}, {X: r.X1 + e(), Y: r.Y1 + e()}, {X: r.X0 + e(), Y: r.Y1 + e()}}
	if raster.Chance(rng, .5) {
		s := u(.03, .15) * dh
		var shade []geom.Point
		for _, p := range q {
			shade = append(shade, geom.Point{X: p.X + s, Y: p.Y + s})
		}
		im.Polygon(shade, raster.Gray(0), float32(u(.1, .4)))
	}
	im.Polygon(q, col, 1)
	for range rng.IntN(4) { // creases
		x := u(r.X0, r.X1)
		im.Stroke([]geom.Point{{X: x, Y: r.Y0 + .1*dh}, {X: x + e()*2, Y: r.Y1 - .1*dh}}, u(.6, 2), false, col.Scale(float32(u(.75, 1.2))), .7)
	}
	if raster.Chance(rng, .25) { // something written on it
		if m := d.set.Mask(d.lib.PickText(rng, "SAMPLE"), raster.Pick(rng, "SAMPLE", "HIDDEN", "COPY", "VOID", "SECRET"), max(6, dh*u(.3, .6))); m != nil {
			im.Blend(m, int(r.X0+u(0, .3)*r.W()), int((r.Y0+r.Y1)/2)-m.H/2, raster.Gray(float32(u(0, .3))), .9)
		}
	}
}

// marker scribbles over the rectangle with a broad pen.
func (d *Painter) marker(im *raster.Image, r geom.Rect, dh float64) {
	rng := d.rng
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	col := raster.Gray(float32(u(0, .12)))
	if raster.Chance(rng, .4) {
		col = HSV(rng.Float64(), u(.6, 1), u(.3, .95))
	}
	pen := u(.3, .7) * dh
	var pts []geom.Point
	if raster.Chance(rng, .5) { // to and fro
		for y, k := r.Y0+pen*.3, 0; y < r.Y1+pen*.3; y, k = y+pen*u(.55, .8), k+1 {
			a, b := r.X0+u(-.1, .15)*dh, r.X1+u(-.15, .1)*dh
			if k%2 == 1 {
				a, b = b, a
			}
			pts = append(pts, geom.Point{X: a, Y: y}, geom.Point{X: b, Y: y + u(-.1, .1)*dh})
		}
	} else { // up and down
		for x, k := r.X0, 0; x < r.X1+pen*.4; x, k = x+pen*u(.45, .7), k+1 {
			a, b := r.Y0+u(-.1, .1)*dh, r.Y1+u(-.1, .1)*dh
			if k%2 == 1 {
				a, b = b, a
			}
			pts = append(pts, geom.Point{X: x, Y: a}, geom.Point{X: x + u(-.1, .1)*dh, Y: b})
		}
	}
	im.Stroke(pts, pen, false, col, 1)
}

// sticker lays discs, hearts of discs or faces along the rectangle.
func (d *Painter) sticker(im *raster.Image, r geom.Rect, dh float64) {
	rng := d.rng
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	n := max(1, int(r.W()/(2.4*dh)+.5))
	w := r.W() / float64(n)
	fill, rim := HSV(rng.Float64(), u(.2, 1), u(.5, 1)), raster.Gray(float32(u(0, .4)))
	for i := range n {
		Blob(rng, im, r.X0+(float64(i)+.5)*w, (r.Y0+r.Y1)/2, max(w, r.H())*u(.66, .78), fill, rim, max(1, .05*dh))
	}
	im.RoundRect(r.X0, r.Y0+.1*dh, r.W(), r.H()-.2*dh, .3*dh, fill, 1) // what shows between them
	if raster.Chance(rng, .5) {
		Figure(rng, im, (r.X0+r.X1)/2, (r.Y0+r.Y1)/2, .5*dh, max(1, .06*dh))
	}
}

// overprint lays a sign as strong as the print over a single digit.
func (d *Painter) overprint(im *raster.Image, r geom.Rect, dh float64) {
	rng := d.rng
	u := func(a, b float64) float64 { return raster.Uniform(rng, a, b) }
	kind := raster.Pick(rng, "waves", "waves", "waves", "hash", "star")
	f := d.lib.Pick(rng, glyph.Sans)
	f = f.With(glyph.Sign, glyph.Draw(kind, u(.9, 1.25), u(.14, .22), rng.IntN(12)))
	st := d.printer.FlatStyle(rng, 0, im.Mean(int(r.X0), int(r.Y0), int(r.X1), int(r.Y1)))
	st.Separate, st.Hollow, st.Wear = 0, 0, 0
	x, y := []float64{(r.X0 + r.X1) / 2}, []float64{(r.Y0 + r.Y1) / 2}
	d.printer.Print(im, imprint.Line{Face: f, Text: ">", X: x, Y: y, Height: dh * u(1, 1.3)}, &st)
	if raster.Chance(rng, .5) {
		d.printer.Print(im, imprint.Line{Face: f, Text: ">", X: []float64{x[0] + u(-.2, .2)*dh}, Y: y, Height: dh * u(.6, 1)}, &st)
	}
}
