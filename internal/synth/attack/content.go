package attack

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
	"github.com/kahao/kahao/internal/synth/scene"
)

// What is photographed, genuine or not, comes from one pool: the kinds must not
// differ in what they show. There is no page of text in it, because a page is a
// print itself.
const (
	poolSize  = 36
	poolReuse = 5
	maxPhotos = 16
)

// shown returns an image that was put on a screen or on paper: often a photograph
// with the traces of its camera.
func (d *Drawer) shown() *raster.Image {
	if len(d.photos) > 0 && maybe(d.r, .5) {
		return d.photos[d.r.IntN(len(d.photos))]
	}
	return d.content()
}

// keep makes a finished photograph one of those that are shown.
func (d *Drawer) keep(im *raster.Image) {
	if len(d.photos) < maxPhotos {
		d.photos = append(d.photos, im.Clone())
	} else if maybe(d.r, .2) {
		d.photos[d.r.IntN(maxPhotos)].CopyFrom(im)
	}
}

// content returns an image of display values. The caller must not change it.
func (d *Drawer) content() *raster.Image {
	r := d.r
	d.uses++
	if len(d.pool) == poolSize && d.uses%poolReuse != 0 {
		return d.pool[r.IntN(poolSize)]
	}
	im := d.newContent()
	if len(d.pool) < poolSize {
		d.pool = append(d.pool, im)
	} else {
		d.pool[r.IntN(poolSize)] = im
	}
	return im
}

func (d *Drawer) newContent() *raster.Image {
	r := d.r
	w, h := int(between(r, 620, 900)), int(between(r, 460, 680))
	if maybe(r, .25) {
		w, h = h, w
	}
	var im *raster.Image
	switch t := r.Float64(); {
	case t < .55:
		im = d.scene(scene.Photo, w, h)
	case t < .68:
		im = d.scene(scene.None, w, h)
	default:
		im = d.leaves(w, h)
	}
	if maybe(r, .03) { // things with little colour
		k := float32(between(r, .1, .3))
		for i := 0; i+2 < len(im.Pix); i += 3 {
			p := im.Pix[i : i+3 : i+3]
			l := .3*p[0] + .59*p[1] + .11*p[2]
			for c := range p {
				p[c] = l + k*(p[c]-l)
			}
		}
	}
	return im
}

// scene draws cards, or things without cards, before the camera.
func (d *Drawer) scene(kind string, w, h int) *raster.Image {
	d.scenes.Constraints = scene.Constraints{Kind: kind, Cards: 1}
	if maybe(d.r, .4) { // a white or plain table is as common as a patterned one
		d.scenes.Constraints.Ground = scene.Plain
	}
	if maybe(d.r, .8) {
		d.scenes.Constraints.Whole = true
		d.scenes.Constraints.Share = &scene.Range{.45, .9}
	}
	s := d.scenes.Draw(w, h, max(w, h), .6*d.r.Float64())
	im := &raster.Image{}
	im.FromRGB(s.Image)
	return im
}

// leaves is a picture of many things that hide each other, of sizes without a
// typical one (dead leaves: Lee, Mumford and Huang, 2001). Their statistics are
// those of photographs of everyday scenes.
func (d *Drawer) leaves(w, h int) *raster.Image {
	r := d.r
	im := raster.NewImage(w, h)
	top, low := tint(r, .05, .95), vivid(r)
	for y := range h {
		c := top.Mix(low, float32(y)/float32(h))
		for x := range w {
			im.Set(x, y, c)
		}
	}
	smallest := logBetween(r, 1.5, 12)
	palette := []raster.Color{vivid(r), vivid(r), tint(r, .1, .9), tint(r, 0, .4), tint(r, .5, 1), vivid(r)}
	n := 300 + r.IntN(1200)
	for i := range n {
		t := float64(i) / float64(n)
		size := min(smallest/math.Sqrt(max(1e-4, r.Float64())), 260*(1-.8*t)+smallest)
		x, y := r.Float64()*float64(w), r.Float64()*float64(h)
		c := palette[r.IntN(len(palette))].Mix(vivid(r), float32(between(r, 0, .35)))
		c = c.Scale(float32(between(r, .5, 1.1)))
		d.leaf(im, x, y, size, c)
	}
	d.grainOver(im, between(r, 0, .06))
	im.Clamp(0, 1)
	return im
}

// leaf draws one thing: round, angular or long, with a lighter side.
func (d *Drawer) leaf(im *raster.Image, x, y, size float64, c raster.Color) {
	r := d.r
	angle := r.Float64() * math.Pi
	sn, cs := math.Sincos(angle)
	switch r.IntN(5) {
	case 0, 1:
		a := size * between(r, .4, 1)
		im.Ellipse(x, y, size, a, angle, c.Scale(.8), 1)
		im.Ellipse(x-size*.12, y-size*.12, size*.8, a*.8, angle, c, .9)
	case 2:
		im.Stroke([]geom.Point{{X: x - cs*size*3, Y: y - sn*size*3}, {X: x + cs*size*3, Y: y + sn*size*3}}, max(.8, size*.3), false, c, 1)
	default:
		q := make([]geom.Point, 3+r.IntN(3))
		for i := range q {
			s, k := math.Sincos(angle + 2*math.Pi*(float64(i)+between(r, -.25, .25))/float64(len(q)))
			q[i] = geom.Point{X: x + k*size, Y: y + s*size}
		}
		im.Polygon(q, c, 1)
		if maybe(r, .4) {
			im.Stroke(q, max(.7, size*.04), true, c.Scale(.6), .8)
		}
	}
}

// grainOver adds the texture of materials: noise of several sizes.
func (d *Drawer) grainOver(im *raster.Image, k float64) {
	if k < .005 {
		return
	}
	r := d.r
	fine := raster.Noise(r, im.W, im.H, between(r, 1.2, 3))
	coarse := raster.Noise(r, im.W, im.H, between(r, 5, 40))
	for i, v := range fine.Pix {
		f := 1 + float32(k)*(v-.5+1.5*(coarse.Pix[i]-.5))*2
		p := im.Pix[i*3 : i*3+3 : i*3+3]
		p[0], p[1], p[2] = p[0]*f, p[1]*f, p[2]*f
	}
}

// text fills a rectangle with lines of print.
func (d *Drawer) text(im *raster.Image, x0, y0, x1, y1 float64, ink raster.Color) {
	r := d.r
	body := between(r, 8, 15)
	for y := y0; y < y1-body*2; {
		size := pick(r, body, body, body, body*1.6, body*.8)
		x := x0 + pick(r, 0, 0, size*2)
		for x < x1-size*4 && !maybe(r, .06) {
			w := d.word(im, x, y, size, ink)
			x += w + size*.45
		}
		y += size * between(r, 1.3, 2)
		if maybe(r, .06) && y+70 < y1 {
			h := between(r, 20, 60)
			im.RoundRect(x0, y, (x1-x0)*between(r, .2, .9), h, 0, tint(r, .4, .95), 1)
			y += h + 6
		}
	}
}

// word writes a word or a number and returns its width.
func (d *Drawer) word(im *raster.Image, x, y, size float64, ink raster.Color) float64 {
	r := d.r
	s := number.Words(r)
	if maybe(r, .25) {
		s = number.Short(r, 2+r.IntN(10)).Digits
	}
	return d.write(im, x, y, size, s, ink)
}

// write writes a text and returns its width.
func (d *Drawer) write(im *raster.Image, x, y, size float64, s string, ink raster.Color) float64 {
	m := d.set.Mask(d.lib.PickText(d.r, s), s, size)
	if m == nil {
		return size
	}
	im.Blend(m, int(x), int(y), ink, .95)
	return float64(m.W)
}

// paste scales an image into a rectangle.
func paste(im, src *raster.Image, x, y, w, h float64) {
	if w < 4 || h < 4 {
		return
	}
	part := &raster.Image{}
	src.Resize(part, int(w), int(h), raster.Area)
	im.BlendImage(part, nil, int(x), int(y), 1)
}
