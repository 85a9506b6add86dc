package attack

import (
	"math"

	"github.com/kahao/kahao/internal/synth/raster"
)

// process is a phone's image processor: linear light to a finished picture.
func (d *Drawer) process(im *raster.Image) {
	r := d.r
	warm, green := between(r, -.08, .08), between(r, -.03, .03)
	balance := raster.Color{float32(1 + warm), float32(1 + green), float32(1 - warm)}
	mix := float32(between(r, .0, .25)) // the colour matrix takes the filters' overlap back
	for i := 0; i+2 < len(im.Pix); i += 3 {
		p := im.Pix[i : i+3 : i+3]
		m := (p[0] + p[1] + p[2]) / 3
		for c := range p {
			p[c] = max(0, (p[c]+mix*(p[c]-m))*balance[c])
		}
	}
	if maybe(r, .3) {
		d.localTone(im)
	}
	d.tone(im)
	if maybe(r, .55) {
		d.denoise(im)
	}
	if maybe(r, .1) {
		d.smoothSkin(im)
	}
	if maybe(r, .65) {
		im.Unsharp(between(r, .5, 1.3), float32(between(r, .2, 1.3)))
	}
	im.Clamp(0, 1)
}

// localTone lifts shadows by the mean of the surroundings, as HDR modes do.
func (d *Drawer) localTone(im *raster.Image) {
	q := 16
	m := raster.NewMask(im.W/q+2, im.H/q+2)
	for y := range im.H {
		for x := range im.W {
			p := im.Pix[(y*im.W+x)*3:]
			m.Pix[y/q*m.W+x/q] += p[1] / float32(q*q)
		}
	}
	m.Blur(between(d.r, 1, 3))
	k := float32(between(d.r, .15, .5))
	for y := range im.H {
		for x := range im.W {
			mean := m.Sample(float32(x)/float32(q), float32(y)/float32(q))
			g := float32(math.Pow(float64(.2/(.02+max(mean, 0))), float64(k)*.5))
			p := im.Pix[(y*im.W+x)*3:][:3]
			for c := range p {
				p[c] *= g
			}
		}
	}
}

// tone maps linear light to display values: gamma, an S curve, saturation.
func (d *Drawer) tone(im *raster.Image) {
	r := d.r
	gamma, s := between(r, .4, .52), between(r, 0, .45)
	var t [2049]float32
	for i := range t {
		v := math.Pow(float64(i)/2048*1.15, gamma)
		v = min(v, 1)
		t[i] = float32(v + s*(v*v*(3-2*v)-v))
	}
	sat := float32(between(r, .8, 1.3))
	for i := 0; i+2 < len(im.Pix); i += 3 {
		p := im.Pix[i : i+3 : i+3]
		for c := range p {
			p[c] = t[int(min(p[c]*(1/1.15), 1)*2048)]
		}
		l := .3*p[0] + .59*p[1] + .11*p[2]
		for c := range p {
			p[c] = l + sat*(p[c]-l)
		}
	}
}

// denoise blurs where the image is flat, and colour more than lightness.
func (d *Drawer) denoise(im *raster.Image) {
	r := d.r
	soft := im.Clone()
	soft.Blur(between(r, .6, 1.4))
	edge, most, chroma := float32(between(r, .01, .05)), float32(between(r, .3, 1)), float32(between(r, .3, 1))
	for i := 0; i+2 < len(im.Pix); i += 3 {
		p, q := im.Pix[i:i+3:i+3], soft.Pix[i:i+3:i+3]
		l, m := .3*p[0]+.59*p[1]+.11*p[2], .3*q[0]+.59*q[1]+.11*q[2]
		k := most * edge / (edge + abs(l-m))
		n := l + k*(m-l)
		for c := range p {
			pc, qc := p[c]-l, q[c]-m
			p[c] = n + pc + chroma*(qc-pc)
		}
	}
}

// smoothSkin is a beauty filter: everything but strong edges is blurred widely.
func (d *Drawer) smoothSkin(im *raster.Image) {
	soft := im.Clone()
	soft.Blur(between(d.r, 2, 4))
	k := float32(between(d.r, .4, .9))
	for i, v := range soft.Pix {
		diff := v - im.Pix[i]
		im.Pix[i] += k * diff * .08 / (.08 + 4*abs(diff))
	}
}

// delivery is the way of a finished image to us: files and messengers.
type delivery struct {
	messenger bool    // or an upload form
	scale     float64 // of a messenger, which reduces images
	cropped   bool
}

// newDelivery draws a way. It is known before the image is taken, because what a
// messenger reduces away is no trace.
func (d *Drawer) newDelivery() delivery {
	r := d.r
	way := delivery{messenger: maybe(r, .4), scale: 1}
	if way.messenger && maybe(r, .6) {
		way.scale = between(r, .55, .95)
	} else if way.messenger {
		way.cropped = maybe(r, .4)
	}
	return way
}

// deliver sends a finished image; drawn ones are often saved without loss.
func (d *Drawer) deliver(im *raster.Image, way delivery, drawn bool) {
	r := d.r
	lossless := .06
	if drawn {
		lossless = .45
	}
	if !way.messenger && maybe(r, lossless) {
		im.Clamp(0, 1)
		return
	}
	d.compress(im, int(between(r, 72, 98)))
	if way.scale < 1 {
		small := &raster.Image{}
		im.Resize(small, max(260, int(float64(im.W)*way.scale)), max(260, int(float64(im.H)*way.scale)), raster.Filter(r.IntN(2)))
		im.CopyFrom(small)
	}
	if way.cropped {
		crop(im, r.IntN(16), r.IntN(16))
	}
	if way.messenger {
		d.compress(im, int(between(r, 45, 92)))
	}
}

// chroma is the mean distance of an image's colours to their lightness.
func chroma(im *raster.Image) float32 {
	sum := float32(0)
	for i := 0; i+2 < len(im.Pix); i += 3 {
		p := im.Pix[i : i+3 : i+3]
		l := luma(p)
		sum += abs(p[0]-l) + abs(p[1]-l) + abs(p[2]-l)
	}
	return sum / float32(max(1, len(im.Pix)))
}

// takeColor makes all channels the same, as a filter of a phone does.
func takeColor(im *raster.Image) {
	for i := 0; i+2 < len(im.Pix); i += 3 {
		p := im.Pix[i : i+3 : i+3]
		l := luma(p)
		p[0], p[1], p[2] = l, l, l
	}
}

func luma(p []float32) float32 { return .3*p[0] + .59*p[1] + .11*p[2] }

func (d *Drawer) compress(im *raster.Image, quality int) {
	s := pick(d.r, [2]int{2, 2}, [2]int{2, 2}, [2]int{2, 2}, [2]int{2, 1}, [2]int{1, 1})
	d.jpeg.Apply(im, quality, s[0], s[1])
}

// crop takes rows and columns off the top and left, which moves the grid of
// blocks.
func crop(im *raster.Image, x, y int) {
	w, h := im.W-x, im.H-y
	for j := range h {
		copy(im.Pix[j*w*3:(j+1)*w*3], im.Pix[((j+y)*im.W+x)*3:][:w*3])
	}
	im.W, im.H, im.Pix = w, h, im.Pix[:w*h*3]
}
