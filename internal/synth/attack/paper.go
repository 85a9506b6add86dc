package attack

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// printFamilies are how ink or toner gets onto paper.
var printFamilies = []string{"clustered dots", "dispersed dots", "line screen", "continuous tone"}

// paper draws a photograph, or a scan, of a copy on paper.
func (d *Drawer) paper(s *Sample, w, h int) *raster.Image {
	r := d.r
	grey := s.Kind == GreyCopy
	s.Family = pick(r, printFamilies[0], printFamilies[0], printFamilies[1], printFamilies[1], printFamilies[2], printFamilies[3])
	if grey && maybe(r, .15) {
		s.Family = "black and white"
	}
	scan := maybe(r, .22)
	c := d.newCamera(w, h)
	if scan {
		c.bin = 1
	}
	sw, sh := c.sensor()
	cover := between(r, 1.02, 1.3)
	if maybe(r, .45) {
		cover = between(r, .62, .98)
	}
	k := min(1, math.Sqrt(maxScreenPixels/float64(sw*sh)/(cover*cover)))
	sheet := &raster.Image{}
	sheet.Reset(max(120, int(float64(sw)*k*cover)), max(120, int(float64(sh)*k*cover)))
	d.sheet(sheet)
	at := d.place(c, float64(sheet.W), float64(sheet.H), cover, pick(r, .01, .03, .07))
	if scan && maybe(r, .6) {
		at = d.place(c, float64(sheet.W), float64(sheet.H), cover, 0)
	}
	from, _ := at.Inverse()
	light := d.print(sheet, s, c, scaleOf(at, float64(sheet.W), float64(sheet.H)))
	layers := []layer{{from: from, w: float32(sheet.W), h: float32(sheet.H), light: light}}
	if scan {
		layers = append(layers, layer{light: func(_, _ float32, _ int) float32 { return .9 }, from: geom.Identity})
		return d.scanOf(c, layers)
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

// ink is one colour of a print: its screen, turned by an angle.
type ink struct {
	screen *dots
	a, b   float32 // periods per pixel of the sheet, along and across
	amount []float32
}

func (k *ink) at(u, v float32, i int) float32 {
	x, y := u*k.a+v*k.b, v*k.a-u*k.b
	return k.screen.at(x, y, k.amount[i])
}

// print returns the light of a printed sheet: white paper minus its inks.
func (d *Drawer) print(sheet *raster.Image, s *Sample, c camera, per float64) func(u, v float32, ch int) float32 {
	r := d.r
	spread := c.spread * per // in pixels of the sheet
	n := sheet.W * sheet.H
	var inks []*ink
	angles := []float64{15, 75, 0, 45}
	pitch := logBetween(r, 1.3, 8) * per // of a cell, in pixels of the sheet
	turn := r.NormFloat64() * .05
	count := 4
	if s.Kind == GreyCopy {
		count = 1
		angles = []float64{45}
	}
	for i := range count {
		k := &ink{amount: make([]float32, n)}
		angle := angles[i]*math.Pi/180 + turn
		period := pitch
		switch s.Family {
		case "dispersed dots":
			dot := max(pitch/5, .35*per)
			period = dot * dispersedSide
			angle = turn + float64(i)*.7
			k.screen = newDots(shifted(d.dots, r.IntN(len(d.dots))), dispersedSide, spread/dot)
		case "clustered dots", "line screen":
			k.screen = newDots(cluster(s.Family == "line screen"), clusteredSide, spread/period*clusteredSide)
		default:
			k.screen = flatScreen()
		}
		sn, cs := math.Sincos(angle)
		k.a, k.b = float32(cs/period), float32(sn/period)
		inks = append(inks, k)
	}
	d.separate(sheet, s, inks)
	for _, k := range inks {
		amount := raster.Mask{W: sheet.W, H: sheet.H, Pix: k.amount}
		amount.Blur(spread)
		k.amount = amount.Pix
	}
	paper := d.stock(sheet)
	density := float32(between(r, .82, .985))
	black := inks[len(inks)-1]
	width := sheet.W
	index := func(u, v float32) int {
		return min(int(v), sheet.H-1)*width + min(int(u), width-1)
	}
	if count == 1 {
		return func(u, v float32, ch int) float32 {
			i := index(u, v)
			return paper(u, v, ch) * (1 - density*black.at(u, v, i))
		}
	}
	return func(u, v float32, ch int) float32 {
		i := index(u, v)
		own, other := inks[ch], inks[(ch+2)%3]
		return paper(u, v, ch) * (1 - density*own.at(u, v, i)) * (1 - .22*other.at(u, v, i)) * (1 - density*black.at(u, v, i))
	}
}

// flatScreen is ink without dots.
func flatScreen() *dots {
	s := &dots{}
	for l := range s.levels {
		s.levels[l] = &tile{1, []float32{float32(l) / inkLevels}}
	}
	return s
}

func shifted(ranks []int, by int) []int {
	out := make([]int, len(ranks))
	for i := range out {
		out[i] = ranks[(i+by)%len(ranks)]
	}
	return out
}

// separate turns colours into amounts of ink: of black alone for a grey copy, of
// cyan, magenta, yellow and black for a coloured one.
func (d *Drawer) separate(sheet *raster.Image, s *Sample, inks []*ink) {
	r := d.r
	gain := between(r, .75, 1.15) // dots grow on paper
	hard := between(r, 0, .9)     // contrast of a copier
	limit := float32(between(r, .35, .65))
	replaced := float32(between(r, .3, .95)) // of the colours, by black
	faded := float32(between(r, .75, 1))
	var t [1025]float32
	for i := range t {
		v := math.Pow(float64(i)/1024, 1/gain)
		t[i] = float32(v + hard*(v*v*(3-2*v)-v))
	}
	at := func(v float32) float32 { return t[int(min(max(v, 0), 1)*1024)] }
	for i := range sheet.W * sheet.H {
		p := sheet.Pix[i*3 : i*3+3 : i*3+3]
		if len(inks) == 1 {
			l := .3*p[0] + .59*p[1] + .11*p[2]
			a := 1 - l*l // reflected light is the square, about
			if s.Family == "black and white" {
				a = 0
				if l < limit {
					a = 1
				}
			}
			inks[0].amount[i] = at(a)
			continue
		}
		cmy := raster.Color{1 - p[0]*p[0], 1 - p[1]*p[1], 1 - p[2]*p[2]}
		k := min(cmy[0], cmy[1], cmy[2]) * replaced
		for c := range cmy {
			inks[c].amount[i] = at((cmy[c] - k) / max(1-k, .05) * faded)
		}
		inks[3].amount[i] = at(k) * faded
	}
}

// stock is the light of blank paper: its colour, fibres, folds and shade.
func (d *Drawer) stock(sheet *raster.Image) func(u, v float32, ch int) float32 {
	r := d.r
	color := tint(r, .62, .95)
	fibre := raster.Noise(r, 256, 256, logBetween(r, 1.2, 5))
	shade := raster.Noise(r, 64, 64, between(r, 15, 40))
	k, ks := float32(between(r, .005, .06)), float32(between(r, 0, .35))
	zoom := float32(between(r, .5, 1.5))
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

// sheet is what is printed: a picture over all of it, or copies of cards and
// text on a page.
func (d *Drawer) sheet(im *raster.Image) {
	r := d.r
	w, h := float64(im.W), float64(im.H)
	if maybe(r, .45) {
		im.Fill(raster.Gray(1))
		m := pick(r, 0, 0, between(r, .01, .06)) * w
		paste(im, d.shown(), m, m, w-2*m, h-2*m)
		return
	}
	im.Fill(raster.Gray(1))
	if maybe(r, .6) {
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
