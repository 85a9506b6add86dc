package page

import (
	"fmt"
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Ways in which a card has no outline.
const (
	GreyCopy   = "grey copy"
	OneBitCopy = "one-bit copy"
	Crop       = "crop"
	Screen     = "screen"
)

// Copies are the kinds of Copy.
var Copies = []string{GreyCopy, OneBitCopy, Crop, Screen}

// Copy draws a number without the outline of a card: a white card copied onto
// paper, in grey or in black and white, a crop of one, or the text of a screen.
func (p *Painter) Copy(seed uint64, what string) *Image {
	p.seed(seed)
	n := p.pan()
	p.card.Number = ""
	switch what {
	case Screen:
		p.screen(n)
	case Crop:
		w := 700 + p.rng.IntN(500)
		p.start(w, int(float64(w)*p.between(.5, .62)), raster.Gray(float32(p.between(.93, 1))))
		p.front(n, float64(p.im.W)*p.between(0, .03), float64(p.im.H)*p.between(-.03, .05), float64(p.im.W)/86, .1)
	default:
		w := 1000 + p.rng.IntN(300)
		p.start(w, int(float64(w)*297/210), raster.Gray(float32(p.between(.95, 1))))
		k := float64(w) / 210
		if p.chance(.3) {
			k *= p.between(1, 1.6) // enlarged
		}
		x, y := p.between(.03, .97)*(float64(p.im.W)-86*k), p.between(.03, .97)*(float64(p.im.H)-54*k)
		p.front(n, x, y, k, .12)
	}
	p.scan(what)
	return p.finish(seed, "scan", what)
}

// front prints the front of a white card at (x, y), k pixels a millimetre. Dots
// of its edge are left at the given lightness.
func (p *Painter) front(n number.Number, x, y, k, edge float64) {
	ink := raster.Gray(float32(p.between(.02, .3)))
	f, style := p.font(), flat(ink)
	p.text(f, p.pick("NORTH BANK", "CITY BANK", "HARBOUR BANK", "UNION TRUST"), x+5*k, y+5*k, p.between(2.2, 3.2)*k, ink)
	if p.chance(.5) { // the contacts
		for i := range 4 {
			cy := y + (16+2.6*float64(i))*k
			p.im.Stroke([]geom.Point{{X: x + 9*k, Y: cy}, {X: x + 20*k, Y: cy}}, .3*k, false, ink, 1)
		}
	}
	face, text := p.face(), grouped(n)
	h := p.between(3, 4.4) * k
	pitch := math.Min(.84, 74*k/h/float64(len(text)))
	p.row(face, text, x+p.between(5, 8)*k, y+p.between(28, 34)*k, h, pitch, style)
	date := fmt.Sprintf("%02d/%02d", 1+p.rng.IntN(12), 24+p.rng.IntN(10))
	dx, dy, dh := x+p.between(30, 40)*k, y+p.between(39, 42)*k, p.between(2.2, 3)*k
	p.text(f, "VALID THRU", dx-13*k, dy-1.2*k, 1.3*k, ink)
	p.row(face, date, dx, dy, dh, .84, style)
	p.text(f, number.Name(p.rng), x+5*k, y+46*k, 2.5*k, ink)
	if p.chance(.5) {
		p.text(f, p.pick("VISA", "UnionPay", "mastercard"), x+68*k, y+45*k, 3.5*k, ink)
	}
	for t := 0.0; p.chance(.97) && t < 86; t += p.between(2, 9) { // what is left of the edge
		p.im.Ellipse(x+t*k, y+54*k*float64(p.rng.IntN(2)), .2*k, .2*k, 0, raster.Gray(float32(1-edge)), 1)
	}
	p.label(n, date)
}

func (p *Painter) label(n number.Number, date string) {
	p.card.Number, p.card.Grouping, p.card.Layout, p.card.Print = n.Digits, n.Groups, "copy", "flat"
	p.card.Dates, p.card.Expiry = []string{date}, date
}

// screen draws a form of an application with the number as text.
func (p *Painter) screen(n number.Number) {
	w := 360 + p.rng.IntN(500)
	paper, ink := raster.Gray(float32(p.between(.92, 1))), raster.Gray(float32(p.between(0, .25)))
	if p.chance(.3) {
		paper, ink = ink, paper
	}
	p.start(w, int(float64(w)*p.between(1.6, 2.1)), paper)
	f, h := p.font(), float64(w)*p.between(.024, .034)
	x, y := float64(w)*.07, float64(w)*p.between(.15, .6)
	date := fmt.Sprintf("%02d/%02d", 1+p.rng.IntN(12), 24+p.rng.IntN(10))
	dim := ink.Mix(paper, .4)
	for _, field := range [][2]string{{"Card number", grouped(n)}, {"Expiry", date}, {"Security code", p.digits(3)}, {"Name", number.Name(p.rng)}} {
		p.text(f, field[0], x, y, .7*h, dim)
		p.text(f, field[1], x, y+1.5*h, h, ink)
		y += 5 * h
	}
	p.label(n, date)
}

// scan turns the page a little, or by a quarter, softens it and adds noise; a copy
// in black and white has neither.
func (p *Painter) scan(what string) {
	if what == Screen {
		return
	}
	angle := p.between(-2, 2) * math.Pi / 180
	src, w, h := p.im, p.im.W, p.im.H
	turn := p.chance(.2)
	dst := raster.NewImage(w, h)
	if turn {
		dst = raster.NewImage(h, w)
	}
	c, s := math.Cos(angle), math.Sin(angle)
	cx, cy := float64(dst.W)/2, float64(dst.H)/2
	m := geom.Homography{c, s, float64(w)/2 - c*cx - s*cy, -s, c, float64(h)/2 + s*cx - c*cy, 0, 0, 1}
	if turn { // a quarter more
		m = geom.Homography{0, 1, float64(w)/2 - cy, -1, 0, float64(h)/2 + cx, 0, 0, 1}
	}
	src.Warp(dst, m)
	p.im = dst
	if p.chance(.6) {
		p.im.Blur(p.between(.3, .9))
	}
	noise := p.between(0, .03)
	for i := 0; i < len(p.im.Pix); i += 3 {
		v := p.im.Pix[i] + float32(noise*p.rng.NormFloat64())
		if what == OneBitCopy {
			if v = 1; p.im.Pix[i] < .55 {
				v = 0
			}
		}
		p.im.Pix[i], p.im.Pix[i+1], p.im.Pix[i+2] = v, v, v
	}
}
