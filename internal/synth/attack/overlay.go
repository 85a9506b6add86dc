package attack

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// cursor draws the arrow of a pointer.
func (d *Drawer) cursor(im *raster.Image, x, y, u float64) {
	arrow := []geom.Point{{X: 0, Y: 0}, {X: 0, Y: 17}, {X: 4, Y: 13}, {X: 7, Y: 20}, {X: 10, Y: 19}, {X: 7, Y: 12}, {X: 12, Y: 12}}
	for i := range arrow {
		arrow[i] = geom.Point{X: x + arrow[i].X*u, Y: y + arrow[i].Y*u}
	}
	im.Polygon(arrow, raster.Gray(1), 1)
	im.Stroke(arrow, max(1, u), true, raster.Gray(0), 1)
}

// screenshot draws what a screen shows, without a camera.
func (d *Drawer) screenshot(s *Sample) *raster.Image {
	r := d.r
	im := &raster.Image{}
	switch t := r.Float64(); {
	case t < .6: // a phone
		w := between(r, 400, 560)
		im.Reset(int(w), int(w*pick(r, 16./9, 2, 19.5/9, 20./9)))
	case t < .85: // a desktop, or a tablet
		w := between(r, 720, 1000)
		im.Reset(int(w), int(w*pick(r, .5625, .625, .75)))
	default: // a part of either
		im.Reset(int(between(r, 420, 800)), int(between(r, 320, 600)))
	}
	if maybe(r, .15) {
		s.Family = "card view"
		d.cardView(im)
		return im
	}
	s.Family = d.display(im)
	if maybe(r, .2) && s.Family != "viewer" { // without the status bar
		top := int(float64(im.H) * .08)
		crop(im, 0, top)
		im.H -= top
		im.Pix = im.Pix[:im.W*im.H*3]
	}
	return im
}

// watermark puts writing across a finished image.
func (d *Drawer) watermark(im *raster.Image) {
	r := d.r
	s := pick(r, "仅供办理业务使用", "样卡", "SAMPLE", "SPECIMEN", "COPY", "www.sample.example", number.Words(r)+" "+number.Words(r))
	size := between(r, .03, .09) * float64(max(im.W, im.H))
	m := d.set.Mask(d.lib.PickText(r, s), s, size)
	if m == nil {
		return
	}
	ink, alpha := pick(r, raster.Gray(1), raster.Gray(0), raster.Gray(.5), raster.Color{.85, .1, .1}), float32(between(r, .22, .7))
	angle := pick(r, 0, -.5, .5, between(r, -.8, .8))
	places := [][2]float64{{.5, .5}}
	if maybe(r, .55) {
		places = nil
		step := 1.4 * float64(m.W)
		for y := -.2 * float64(im.H); y < 1.2*float64(im.H); y += size * between(r, 3, 5) {
			for x := -.2 * float64(im.W); x < 1.2*float64(im.W); x += step {
				places = append(places, [2]float64{x / float64(im.W), y / float64(im.H)})
			}
		}
	}
	for _, p := range places {
		stamp(im, m, p[0]*float64(im.W), p[1]*float64(im.H), angle, ink, alpha)
	}
}

// stamp blends a turned mask, centred at a place.
func stamp(im *raster.Image, m *raster.Mask, cx, cy, angle float64, c raster.Color, alpha float32) {
	sn, cs := math.Sincos(angle)
	reach := math.Hypot(float64(m.W), float64(m.H)) / 2
	x0, x1 := max(0, int(cx-reach)), min(im.W, int(cx+reach))
	y0, y1 := max(0, int(cy-reach)), min(im.H, int(cy+reach))
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			dx, dy := float64(x)-cx, float64(y)-cy
			u, v := dx*cs+dy*sn+float64(m.W)/2, dy*cs-dx*sn+float64(m.H)/2
			if u < 0 || v < 0 || u >= float64(m.W) || v >= float64(m.H) {
				continue
			}
			a := m.Sample(float32(u), float32(v)) * alpha
			p := im.Pix[(y*im.W+x)*3:][:3]
			for i := range p {
				p[i] += a * (c[i] - p[i])
			}
		}
	}
}

// edit replaces parts of a finished photograph: patches of another place, or
// digits on a ground that was smoothed.
func (d *Drawer) edit(im *raster.Image) {
	r := d.r
	d.compress(im, int(between(r, 60, 95)))
	w, h := between(r, .04, .12)*float64(im.W), between(r, .05, .12)*float64(im.H)
	for range 1 + r.IntN(4) {
		x, y := int(between(r, .1, .85)*float64(im.W)), int(between(r, .15, .8)*float64(im.H))
		bw, bh := min(int(w*between(r, .6, 2)), im.W-x-1), min(int(h), im.H-y-1)
		if bw < 8 || bh < 8 {
			continue
		}
		if maybe(r, .5) {
			d.clone(im, x, y, bw, bh)
			continue
		}
		c := im.Mean(x, y, x+bw, y+bh)
		im.RoundRect(float64(x), float64(y), float64(bw), float64(bh), 0, c, float32(between(r, .8, 1)))
		ink := raster.Gray(.08)
		if c.Luma() < .45 {
			ink = raster.Gray(.92)
		}
		d.write(im, float64(x)+2, float64(y)+2, float64(bh)*.7, number.Short(r, 4+r.IntN(4)).Digits, ink)
	}
}

// clone copies a part of the image, or of another one, to a place.
func (d *Drawer) clone(im *raster.Image, x, y, w, h int) {
	r := d.r
	src := im
	if maybe(r, .4) {
		src = d.content()
	}
	if src.W <= w+1 || src.H <= h+1 {
		return
	}
	sx, sy := r.IntN(src.W-w), r.IntN(src.H-h)
	part := raster.NewImage(w, h)
	for j := range h {
		copy(part.Pix[j*w*3:(j+1)*w*3], src.Pix[((sy+j)*src.W+sx)*3:][:w*3])
	}
	if maybe(r, .4) {
		part.Blur(between(r, .4, 1))
	}
	im.BlendImage(part, nil, x, y, 1)
}
