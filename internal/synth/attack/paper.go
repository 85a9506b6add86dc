package attack

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// paper draws a photograph, or a scan, of a copy on paper. Where the image does not
// show how it was printed, it shows that it is on paper: a border or a page.
func (d *Drawer) paper(s *Sample, w, h int) *raster.Image {
	r := d.r
	scan := maybe(r, .22)
	c := d.newCamera(w, h)
	if scan {
		c.bin = 1
	}
	p := d.newPrinting(s.Kind, c)
	s.Family = p.family
	sw, sh := c.sensor()
	cover := between(r, 1.02, 1.3)
	if maybe(r, .45) {
		cover = between(r, .62, .98)
	}
	file := scannerFile{}
	if scan && s.Kind == GreyCopy {
		file = d.newScannerFile(p)
	}
	page := layout{margin: pick(r, 0, between(r, .015, .06)), text: maybe(r, .6)}
	if maybe(r, .45) {
		page.full = d.contrasting()
	}
	if p.hides(s.Kind, file.colorless || page.full != nil && chroma(page.full) < leastChroma) {
		page.margin, page.text = between(r, .02, .07), true
		cover = between(r, .65, 1.06)
		if page.full != nil {
			cover = between(r, .62, .95)
		}
	}
	k := min(1, math.Sqrt(maxScreenPixels/float64(sw*sh)/(cover*cover)))
	sheet := &raster.Image{}
	sheet.Reset(max(120, int(float64(sw)*k*cover)), max(120, int(float64(sh)*k*cover)))
	d.sheet(sheet, page)
	at := d.place(c, float64(sheet.W), float64(sheet.H), cover, pick(r, .01, .03, .07))
	if scan && maybe(r, .6) {
		at = d.place(c, float64(sheet.W), float64(sheet.H), cover, 0)
	}
	from, _ := at.Inverse()
	light := d.print(sheet, p, c, scaleOf(at, float64(sheet.W), float64(sheet.H)))
	layers := []layer{{from: from, w: float32(sheet.W), h: float32(sheet.H), light: light}}
	if scan {
		layers = append(layers, layer{light: func(_, _ float32, _ int) float32 { return .9 }, from: geom.Identity})
		im := d.scanOf(c, layers)
		file.save(im, s)
		return im
	}
	layers = append(layers, d.room(between(r, .2, 1)))
	im := d.expose(c, layers, d.flicker(.04))
	d.process(im)
	return im
}

// scanOf samples all channels at every pixel, as a flatbed does.
func (d *Drawer) scanOf(c camera, layers []layer) *raster.Image {
	im := raster.NewImage(c.w, c.h)
	row := make([]float32, c.w)
	for y := range c.h {
		for ch := range 3 {
			for i := len(layers) - 1; i >= 0; i-- {
				layers[i].sample(row, y, []int{ch, ch})
			}
			for x, v := range row {
				im.Pix[(y*c.w+x)*3+ch] = float32(math.Pow(float64(max(v, 0)), 1/2.2))
			}
		}
	}
	d.scanner(im)
	return im
}

// stock is the light of blank paper: its colour, fibres, folds and shade.
func (d *Drawer) stock(sheet *raster.Image, per float64) func(u, v float32, ch int) float32 {
	r := d.r
	color := tint(r, .62, .95)
	fibre := raster.Noise(r, 256, 256, logBetween(r, 1.2, 5))
	shade := raster.Noise(r, 64, 64, between(r, 15, 40))
	k, ks := float32(logBetween(r, .01, .1)), float32(between(r, 0, .35))
	zoom := float32(between(r, .4, 1.2) / per) // about a value per sensor pixel
	zu, zv := 62/float32(sheet.W), 62/float32(sheet.H)
	fold := float32(-1)
	if maybe(r, .15) {
		fold = float32(between(r, .2, .8)) * float32(sheet.W)
	}
	return func(u, v float32, ch int) float32 {
		g := fibre.Pix[(int(v*zoom)&255)*256+int(u*zoom)&255]
		f := color[ch] * (1 + k*(g-.5)) * (1 + ks*(shade.Sample(u*zu, v*zv)-.5))
		if fold > 0 {
			if e := abs(u - fold); e < 6 {
				f *= 1 - .12*(1-e/6)
			}
		}
		return f
	}
}

// scannerFile is what a scanner saves of a grey copy: values without colour, or
// with a bit each.
type scannerFile struct {
	colorless, bilevel bool
	limit              float32 // of what becomes black
}

func (d *Drawer) newScannerFile(p printing) scannerFile {
	r := d.r
	bilevel := p.family == "black and white" && maybe(r, .7) || maybe(r, .15)
	return scannerFile{colorless: bilevel || maybe(r, .6), bilevel: bilevel, limit: float32(between(r, .35, .75))}
}

// save takes from an image what the file does not keep.
func (f scannerFile) save(im *raster.Image, s *Sample) {
	if !f.colorless {
		return
	}
	takeColor(im)
	if !f.bilevel {
		return
	}
	for i, v := range im.Pix {
		im.Pix[i] = float32(math.Round(float64(min(max(v-f.limit+.5, 0), 1))))
	}
	s.Family = "black and white"
}

// layout is how a sheet is filled.
type layout struct {
	full   *raster.Image // with one picture
	margin float64       // around that, as a share of the width
	text   bool          // around copies of cards
}

// Of a picture with less chroma a grey copy looks the same, and of one with less
// contrast any copy is a blank sheet.
const (
	leastChroma   = .035
	leastContrast = .12
)

// contrasting returns a shown image that is not blank, if one is found soon.
func (d *Drawer) contrasting() *raster.Image {
	im := d.shown()
	for range 5 {
		if contrast(im) > leastContrast {
			break
		}
		im = d.shown()
	}
	return im
}

// contrast is the standard deviation of an image's lightness.
func contrast(im *raster.Image) float64 {
	var n, sum, squares float64
	for i := 0; i+2 < len(im.Pix); i += 3 * 7 {
		l := float64(luma(im.Pix[i : i+3]))
		n, sum, squares = n+1, sum+l, squares+l*l
	}
	return math.Sqrt(max(0, squares/n-sum*sum/(n*n)))
}

// sheet is what is printed: a picture over all of it, or copies of cards and
// text on a page.
func (d *Drawer) sheet(im *raster.Image, page layout) {
	r := d.r
	w, h := float64(im.W), float64(im.H)
	if page.full != nil {
		im.Fill(raster.Gray(1))
		m := page.margin * w
		paste(im, page.full, m, m, w-2*m, h-2*m)
		return
	}
	im.Fill(raster.Gray(1))
	if page.text {
		d.text(im, w*.08, h*.05, w*.92, h*pick(r, .3, .95), raster.Gray(.1))
	}
	n := 1 + r.IntN(2)
	for i := range n {
		src := d.shown()
		if maybe(r, .6) {
			src = d.cardAlone()
		}
		pw := w * between(r, .4, .85)
		ph := pw * float64(src.H) / float64(src.W)
		y := h*between(r, .05, .2) + float64(i)*h*.45
		if ph > h*.8 {
			pw, ph = pw*h*.8/ph, h*.8
		}
		x := (w - pw) * between(r, .2, .8)
		paste(im, src, x, y, pw, ph)
		if maybe(r, .3) {
			im.Stroke([]geom.Point{{X: x, Y: y}, {X: x + pw, Y: y}, {X: x + pw, Y: y + ph}, {X: x, Y: y + ph}}, 1.5, true, raster.Gray(.2), 1)
		}
	}
}
