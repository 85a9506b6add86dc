package attack

import (
	"math"

	"github.com/kahao/kahao/internal/synth/raster"
)

// ink is one colour of a print: its screen, turned by an angle.
type ink struct {
	screen *dots
	a, b   float32 // periods per pixel of the sheet, along and across
	du, dv float32 // how far the plate is off
	amount []float32
}

func (k *ink) at(u, v float32, i int) float32 {
	x, y := u*k.a+v*k.b, v*k.a-u*k.b
	return k.screen.at(x, y, k.amount[i])
}

// printFamilies are how ink or toner gets onto paper.
var printFamilies = []string{"clustered dots", "dispersed dots", "line screen", "continuous tone"}

// printing is how a copy was printed.
type printing struct {
	family string
	inks   int
	period float64 // of the screen's tile, in sensor pixels
	shown  bool    // the image shows its dots
}

// newPrinting draws a printing. Its dots are as large in the image, whatever the
// sensor: a camera with more pixels sees each larger.
func (d *Drawer) newPrinting(kind Kind, c camera) printing {
	r := d.r
	p := printing{inks: 4, family: pick(r, printFamilies[0], printFamilies[0], printFamilies[1], printFamilies[1], printFamilies[2], printFamilies[3])}
	if kind == GreyCopy {
		p.inks = 1
		if maybe(r, .15) {
			p.family = "black and white"
		}
	}
	pitch := logBetween(r, 1.2, 7.5) * float64(c.bin)
	switch p.family {
	case "dispersed dots":
		dot := max(pitch/3.5, .35)
		p.period = dot * dispersedSide
		p.shown = c.resolves(2.5 * dot)
	case "clustered dots", "line screen":
		p.period = pitch
		p.shown = c.resolves(pitch) || c.beats(pitch)
	default:
		p.period = pitch
	}
	return p
}

// hides tells whether an image shows neither dots nor that colour was lost. A
// scanner's file without colour, and a copy of a thing without colour, could be of
// the thing itself.
func (p printing) hides(kind Kind, colorless bool) bool {
	return !p.shown && (kind == ColorCopy || colorless)
}

// screens returns the inks of a printing: their screens and angles. spread is the
// camera's, and per the size of a sensor pixel, both in pixels of the sheet.
func (d *Drawer) screens(p printing, n int, spread, per float64) []*ink {
	r := d.r
	angles := []float64{15, 75, 0, 45}
	if p.inks == 1 {
		angles = []float64{45}
	}
	turn, period := r.NormFloat64()*.05, p.period*per
	shift := pick(r, 0, .3, .8) * per // the plates do not quite fit
	var inks []*ink
	for i := range p.inks {
		k := &ink{amount: make([]float32, n), du: float32(r.NormFloat64() * shift), dv: float32(r.NormFloat64() * shift)}
		angle := angles[i]*math.Pi/180 + turn
		switch p.family {
		case "dispersed dots":
			angle = turn + float64(i)*.7
			k.screen = newDots(shifted(d.dots, r.IntN(len(d.dots))), dispersedSide, spread/period*dispersedSide)
		case "clustered dots", "line screen":
			k.screen = newDots(cluster(p.family == "line screen"), clusteredSide, spread/period*clusteredSide)
		default:
			k.screen = flatScreen()
		}
		sn, cs := math.Sincos(angle)
		k.a, k.b = float32(cs/period), float32(sn/period)
		inks = append(inks, k)
	}
	return inks
}

// print returns the light of a printed sheet: white paper minus its inks.
func (d *Drawer) print(sheet *raster.Image, p printing, c camera, per float64) func(u, v float32, ch int) float32 {
	spread := c.spread * per
	inks := d.screens(p, sheet.W*sheet.H, spread, per)
	d.separate(sheet, p, inks)
	for _, k := range inks {
		amount := raster.Mask{W: sheet.W, H: sheet.H, Pix: k.amount}
		amount.Blur(spread)
		k.amount = amount.Pix
	}
	paper := d.stock(sheet, per)
	density := d.bands(sheet.H, per)
	w, h := sheet.W, sheet.H
	at := func(k *ink, u, v float32) float32 {
		x, y := min(max(int(u+k.du), 0), w-1), min(max(int(v+k.dv), 0), h-1)
		return k.at(u, v, y*w+x)
	}
	black := inks[len(inks)-1]
	if p.inks == 1 {
		return func(u, v float32, ch int) float32 {
			return paper(u, v, ch) * (1 - density[min(int(v), h-1)]*at(black, u, v))
		}
	}
	return func(u, v float32, ch int) float32 {
		own, other := inks[ch], inks[(ch+2)%3]
		full := density[min(int(v), h-1)]
		return paper(u, v, ch) * (1 - full*at(own, u, v)) * (1 - .22*at(other, u, v)) * (1 - full*at(black, u, v))
	}
}

// bands is the density of full ink in each row of a sheet: heads and drums leave
// bands and streaks.
func (d *Drawer) bands(h int, per float64) []float32 {
	r := d.r
	density := float32(between(r, .8, .985))
	out := make([]float32, h)
	k, period, phase := 0., logBetween(r, 3, 60)*per, r.Float64()*6.28
	if maybe(r, .35) {
		k = logBetween(r, .02, .12)
	}
	for y := range out {
		out[y] = density * float32(1-k*(1+math.Sin(float64(y)/period*2*math.Pi+phase))/2)
	}
	if maybe(r, .15) {
		for range 1 + r.IntN(5) {
			y, f := r.IntN(h), float32(between(r, .5, .9))
			for i := y; i < min(h, y+max(1, int(per+.5))); i++ {
				out[i] *= f
			}
		}
	}
	return out
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
func (d *Drawer) separate(sheet *raster.Image, p printing, inks []*ink) {
	r := d.r
	gain := between(r, .75, 1.15) // dots grow on paper
	hard := between(r, 0, .9)     // contrast of a copier
	limit := float32(between(r, .35, .65))
	replaced := float32(between(r, .3, .95)) // of the colours, by black
	faded := float32(between(r, .75, 1))
	var cast raster.Color
	for ch := range cast {
		cast[ch] = float32(between(r, .85, 1.1))
	}
	var t [1025]float32
	for i := range t {
		v := math.Pow(float64(i)/1024, 1/gain)
		t[i] = float32(v + hard*(v*v*(3-2*v)-v))
	}
	at := func(v float32) float32 { return t[int(min(max(v, 0), 1)*1024)] }
	for i := range sheet.W * sheet.H {
		c := sheet.Pix[i*3 : i*3+3 : i*3+3]
		if len(inks) == 1 {
			l := .3*c[0] + .59*c[1] + .11*c[2]
			a := 1 - l*l // reflected light is the square, about
			if p.family == "black and white" {
				a = 0
				if l < limit {
					a = 1
				}
			}
			inks[0].amount[i] = at(a)
			continue
		}
		cmy := raster.Color{1 - c[0]*c[0], 1 - c[1]*c[1], 1 - c[2]*c[2]}
		k := min(cmy[0], cmy[1], cmy[2]) * replaced
		for ch := range cmy {
			inks[ch].amount[i] = at((cmy[ch] - k) / max(1-k, .05) * faded * cast[ch])
		}
		inks[3].amount[i] = at(k) * faded
	}
}
