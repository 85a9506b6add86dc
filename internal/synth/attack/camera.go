package attack

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// field is linear light, of three channels, that a camera looks at.
type field struct {
	w, h int
	pix  []float32
}

// toLinear maps display values of 0..1 in steps to linear light.
var toLinear = func() (t [1025]float32) {
	for i := range t {
		t[i] = float32(math.Pow(float64(i)/1024, 2.2))
	}
	return t
}()

func linear(im *raster.Image) *field {
	f := &field{im.W, im.H, make([]float32, len(im.Pix))}
	for i, v := range im.Pix {
		f.pix[i] = toLinear[int(min(max(v, 0), 1)*1024)]
	}
	return f
}

// at returns one channel, interpolated; outside is the nearest pixel.
func (f *field) at(u, v float32, c int) float32 {
	u, v = min(max(u-.5, 0), float32(f.w)-1.001), min(max(v-.5, 0), float32(f.h)-1.001)
	x, y := int(u), int(v)
	a, b := u-float32(x), v-float32(y)
	i := (y*f.w+x)*3 + c
	p, q := f.pix[i], f.pix[i+3*f.w]
	p += a * (f.pix[i+3] - p)
	q += a * (f.pix[i+3*f.w+3] - q)
	return p + b*(q-p)
}

// layer is a plane in front of the camera: what it shows, and the light of one
// channel at a place of it.
type layer struct {
	from  geom.Homography // pixels of the sensor to those of the plane
	w, h  float32         // of the plane; 0 is without end
	light func(u, v float32, c int) float32
}

// camera takes a photograph.
type camera struct {
	w, h   int     // of the image
	scale  float64 // by which a messenger reduces the image later
	bin    int     // sensor pixels per image pixel, along a side: 1, 2 or 4
	spread float64 // standard deviation of the lens and of a sensor pixel together, in sensor pixels
	cfa    [4]int  // channels of a cell of the mosaic
}

// newCamera draws a camera for images of a size. Most phones reduce what they
// capture.
func (d *Drawer) newCamera(w, h int) camera {
	r := d.r
	c := camera{w: w, h: h, scale: d.way.scale, bin: pick(r, 1, 1, 1, 2, 2, 4)}
	switch { // bounds the sensor's pixels
	case w*h > 500_000:
		c.bin = 1
	case w*h > 250_000:
		c.bin = min(c.bin, 2)
	}
	lens := between(r, .25, .7) * pick(r, 1, 1, float64(c.bin))
	if maybe(r, .12) { // out of focus
		lens = between(r, .8, 2.2) * float64(c.bin)
	}
	c.spread = math.Hypot(.3, lens)
	c.cfa = pick(r, [4]int{0, 1, 1, 2}, [4]int{1, 0, 2, 1}, [4]int{1, 2, 0, 1}, [4]int{2, 1, 1, 0})
	return c
}

func (c camera) sensor() (w, h int) { return c.w * c.bin, c.h * c.bin }

// mostBlur is the blur, in periods of a pattern, up to which an image shows it: a
// sixth of its contrast is left.
const mostBlur = .3

// pixel is the side of a pixel of the delivered image, in sensor pixels.
func (c camera) pixel() float64 { return float64(c.bin) / c.scale }

// resolves tells whether the delivered image shows the parts of a pattern of a
// period in sensor pixels.
func (c camera) resolves(period float64) bool {
	block := .29 * c.pixel() // the mean of a block of sensor pixels
	return period > 2*c.pixel() && math.Hypot(c.spread, block) < mostBlur*period
}

// beats tells whether an image shows moire of a pattern of a period in sensor pixels:
// red and blue are sampled at every other one.
func (c camera) beats(period float64) bool {
	f := 1 / period
	return c.spread < mostBlur*period && math.Abs(f-math.Round(2*f)/2)*c.pixel() < .4
}

// expose samples the layers, the first of which is in front, at the sensor's
// pixels. Each sees one channel.
func (d *Drawer) expose(c camera, layers []layer, rows func(y int) float32) *raster.Image {
	r := d.r
	w, h := c.sensor()
	read, shot := float32(logBetween(r, .0004, .006)), float32(logBetween(r, .0004, .008))
	read *= float32(math.Sqrt(float64(c.bin)))
	gain := float32(between(r, .75, 1.25))
	raw := make([]float32, w*h)
	for y := range h {
		row := raw[y*w : (y+1)*w]
		light := gain
		if rows != nil {
			light *= rows(y)
		}
		for i := len(layers) - 1; i >= 0; i-- {
			layers[i].sample(row, y, c.cfa[(y&1)*2:(y&1)*2+2])
		}
		at := r.IntN(len(d.noise))
		for x, v := range row {
			v *= light
			sd := read + shot*v*2
			if v > .05 {
				sd = read + shot*(.1+v) // close to the root of it
			}
			row[x] = v + sd*d.noise[(at+x*17)&(len(d.noise)-1)]
		}
	}
	im := raster.NewImage(c.w, c.h)
	if c.bin == 1 {
		demosaic(im, raw, c.cfa)
	} else {
		reduce(im, raw, c)
	}
	return im
}

// sample writes one row of the sensor where the layer covers it.
func (l *layer) sample(row []float32, y int, cfa []int) {
	m := l.from
	fy := float64(y) + .5
	u, v, q := m[0]*.5+m[1]*fy+m[2], m[3]*.5+m[4]*fy+m[5], m[6]*.5+m[7]*fy+m[8]
	for x := range row {
		k := 1 / q
		pu, pv := float32(u*k), float32(v*k)
		if l.w == 0 || pu >= 0 && pv >= 0 && pu < l.w && pv < l.h {
			row[x] = l.light(pu, pv, cfa[x&1])
		}
		u, v, q = u+m[0], v+m[3], q+m[6]
	}
}

// reduce averages the sensor's pixels of each channel in a block.
func reduce(im *raster.Image, raw []float32, c camera) {
	w := c.w * c.bin
	var n [3]float32
	for _, ch := range c.cfa {
		n[ch] += float32(c.bin*c.bin) / 4
	}
	for y := range im.H {
		for x := range im.W {
			p := im.Pix[(y*im.W+x)*3:][:3:3]
			p[0], p[1], p[2] = 0, 0, 0
			for j := range c.bin {
				line := raw[(y*c.bin+j)*w+x*c.bin:][:c.bin]
				for i, v := range line {
					p[c.cfa[(j&1)*2+i&1]] += v
				}
			}
			for ch := range p {
				p[ch] /= n[ch]
			}
		}
	}
}

// demosaic interpolates green along the direction of the lesser gradient
// (Hamilton and Adams, 1997), then the differences of the others to it.
func demosaic(im *raster.Image, raw []float32, cfa [4]int) {
	w, h := im.W, im.H
	at := func(x, y int) float32 {
		x, y = mirror(x, w), mirror(y, h)
		return raw[y*w+x]
	}
	green := make([]float32, w*h)
	for y := range h {
		for x := range w {
			v := raw[y*w+x]
			if cfa[(y&1)*2+x&1] != 1 {
				l, r, u, b := at(x-1, y), at(x+1, y), at(x, y-1), at(x, y+1)
				ch, cv := 2*v-at(x-2, y)-at(x+2, y), 2*v-at(x, y-2)-at(x, y+2)
				dh, dv := abs(l-r)+abs(ch), abs(u-b)+abs(cv)
				gh, gv := (l+r)/2+ch/4, (u+b)/2+cv/4
				switch {
				case dh < dv:
					v = gh
				case dv < dh:
					v = gv
				default:
					v = (gh + gv) / 2
				}
			}
			green[y*w+x] = v
		}
	}
	diff := func(x, y int) float32 {
		x, y = mirror(x, w), mirror(y, h)
		return raw[y*w+x] - green[y*w+x]
	}
	for y := range h {
		for x := range w {
			own := cfa[(y&1)*2+x&1]
			p := im.Pix[(y*w+x)*3:][:3:3]
			g := green[y*w+x]
			p[1] = g
			if own != 1 {
				p[own] = raw[y*w+x]
				p[2-own] = g + (diff(x-1, y-1)+diff(x+1, y-1)+diff(x-1, y+1)+diff(x+1, y+1))/4
				continue
			}
			beside := cfa[(y&1)*2+(x+1)&1]
			p[beside] = g + (diff(x-1, y)+diff(x+1, y))/2
			p[2-beside] = g + (diff(x, y-1)+diff(x, y+1))/2
		}
	}
}

// mirror keeps the parity of a position that is outside.
func mirror(x, n int) int {
	if x < 0 {
		x = -x
	}
	if x >= n {
		x = 2*(n-1) - x
	}
	return x
}

func abs(v float32) float32 {
	if v < 0 {
		return -v
	}
	return v
}
