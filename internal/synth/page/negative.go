package page

import (
	"fmt"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Kinds of images with long numbers that are no card's.
const (
	Barcode    = "barcode"
	Product    = "label"
	Receipt    = "receipt"
	Screenshot = "screenshot"
	Back       = "back"
)

// Negatives are the kinds of Negative.
var Negatives = []string{Barcode, Product, Receipt, Screenshot, Back}

// Negative draws an image without a card number, of the given kind.
func (p *Painter) Negative(seed uint64, what string) *Image {
	p.seed(seed)
	switch what {
	case Barcode:
		p.start(500+p.rng.IntN(400), 300+p.rng.IntN(300), raster.Gray(float32(p.between(.8, 1))))
		p.barcode(p.between(.08, .2)*float64(p.im.W), p.between(.1, .3)*float64(p.im.H), p.between(.6, .75)*float64(p.im.W), p.between(.35, .5)*float64(p.im.H))
	case Product:
		p.product()
	case Receipt:
		p.receipt()
	case Screenshot:
		p.screenshot()
	default:
		p.back()
	}
	if what != Screenshot {
		p.im.Blur(p.between(.3, 1))
	}
	return p.finish(seed, "none", what)
}

// code draws the digits of a code: EAN-13, of goods, of parcels, of devices.
func (p *Painter) code() string {
	n := []int{13, 13, 12, 14, 15, 16, 18, 20}[p.rng.IntN(8)]
	return p.digits(n)
}

// barcode prints bars with their digits below.
func (p *Painter) barcode(x, y, w, h float64) {
	ink := raster.Gray(float32(p.between(0, .15)))
	for at := x; at < x+w; {
		bar := p.between(1, 4) * w / 300
		p.im.Polygon([]geom.Point{{X: at, Y: y}, {X: at + bar, Y: y}, {X: at + bar, Y: y + h}, {X: at, Y: y + h}}, ink, 1)
		at += bar + p.between(1, 4)*w/300
	}
	code := p.code()
	size := w / float64(len(code)) / p.between(.85, 1.3)
	if how := p.rng.IntN(4); p.chance(.5) {
		if len(code) == 16 && how == 2 {
			how = 0 // in fours nobody could tell it from a card's
		}
		p.text(p.font(), spaced(code, how), x, y+h+.3*size, size, ink)
		return
	}
	p.row(p.lib.Pick(p.rng, glyph.OCR), code, x, y+h+.9*size, size, .84, flat(ink))
}

// spaced returns the digits as codes are set: in one, by one and six, in fours, or
// in fives.
func spaced(code string, how int) string {
	size := []int{len(code), 6, 4, 5}[how]
	var parts []string
	if how == 1 {
		parts, code = append(parts, code[:1]), code[1:]
	}
	for len(code) > size {
		parts, code = append(parts, code[:size]), code[size:]
	}
	return strings.Join(append(parts, code), " ")
}

// lines prints lines of text below each other from (x, y).
func (p *Painter) lines(f *glyph.Font, x, y, h float64, ink raster.Color, lines ...string) {
	for _, s := range lines {
		p.text(f, s, x, y, h, ink)
		y += h * p.between(1.7, 2.1)
	}
}

func (p *Painter) product() {
	p.start(700+p.rng.IntN(500), 450+p.rng.IntN(300), raster.Gray(float32(p.between(.7, 1))))
	f, ink := p.font(), raster.Gray(float32(p.between(0, .25)))
	w := float64(p.im.W)
	p.lines(f, .06*w, .05*w, .022*w, ink,
		"Model "+p.digits(4)+"-A", "IMEI 1: "+p.imei(), "IMEI 2: "+p.imei(), "S/N "+p.digits(12+p.rng.IntN(8)),
		"EID "+p.digits(32), "MAC "+p.digits(12), "Lot "+p.digits(8)+"  EXP "+fmt.Sprintf("%02d/20%02d", 1+p.rng.IntN(12), 24+p.rng.IntN(8)))
	p.barcode(.06*w, .36*w, .5*w, .1*w)
}

// imei draws the number of a device: 15 digits with a right check digit.
func (p *Painter) imei() string {
	for {
		if n := (number.Number{Digits: "35" + p.digits(13)}); n.Luhn() {
			return n.Digits
		}
	}
}

func (p *Painter) receipt() {
	w := 420 + p.rng.IntN(240)
	p.start(w, int(float64(w)*p.between(1.6, 2.4)), raster.Gray(float32(p.between(.88, 1))))
	f, ink := p.font(), raster.Gray(float32(p.between(.05, .4)))
	all := []string{"CITY MARKET", "TEL " + p.digits(3) + "-" + p.digits(8), "Order " + p.digits(16+p.rng.IntN(5)), "Trace " + p.digits(6) + "  Batch " + p.digits(6)}
	for range 6 + p.rng.IntN(8) {
		all = append(all, fmt.Sprintf("%s   %d x %s.%s", p.pick("Milk", "Bread", "Tea", "Rice", "Paper"), 1+p.rng.IntN(9), p.digits(2), p.digits(2)))
	}
	all = append(all, "TOTAL "+p.digits(3)+"."+p.digits(2), "Card ************"+p.digits(4), "Terminal "+p.digits(8)+"  Merchant "+p.digits(15),
		"Ref "+spaced(p.digits(12), 2), "20"+p.digits(2)+"-11-12 10:"+p.digits(2)+":"+p.digits(2))
	p.lines(f, .07*float64(w), .08*float64(w), .032*float64(w), ink, all...)
}

func (p *Painter) screenshot() {
	w := 400 + p.rng.IntN(400)
	paper, ink := raster.Gray(float32(p.between(.9, 1))), raster.Gray(float32(p.between(0, .2)))
	if p.chance(.3) {
		paper, ink = ink, paper
	}
	p.start(w, int(float64(w)*p.between(1.5, 2.1)), paper)
	f := p.font()
	all := []string{"Messages", "Phone " + p.digits(11), "Order no. " + p.digits(18), "Tracking " + spaced(p.digits(20), 2), "Transfer to **** " + p.digits(4),
		"Account " + spaced("DE"+p.digits(20), 2), "Balance " + p.digits(6) + "." + p.digits(2), "Ticket " + p.digits(13), "Your code is " + p.digits(6), "WiFi " + spaced(p.digits(16), 0)}
	p.rng.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	p.lines(f, .07*float64(w), .1*float64(w), p.between(.024, .034)*float64(w), ink, all...)
}

// back draws the back of a card without a number, on a table.
func (p *Painter) back() {
	ground := raster.Color{p.rng.Float32(), p.rng.Float32(), p.rng.Float32()}.Mix(raster.Gray(.6), .4)
	p.start(856, 540, ground)
	ink := raster.Gray(1)
	if ground.Luma() > .5 {
		ink = raster.Gray(.1)
	}
	p.im.Polygon(rect(0, 50, 856, 120), raster.Gray(.05), 1)
	p.im.Polygon(rect(50, 210, 430, 60), raster.Gray(.95), 1)
	f := p.font()
	p.text(f, p.digits(3), 510, 228, 22, ink)
	p.lines(f, 50, 310, p.between(16, 24), ink,
		p.pick("Member ", "Account ", "No. ", "Ref. ")+spaced(p.digits(10+p.rng.IntN(5)), p.rng.IntN(4)),
		"Customer service 24h: "+p.digits(3)+" "+p.digits(3)+" "+p.digits(4)+"   +"+p.digits(2)+" "+p.digits(2)+" "+p.digits(4)+" "+p.digits(4),
		"If found call 0800 "+p.digits(3)+" "+p.digits(4), "Issued "+fmt.Sprintf("%02d/20%02d", 1+p.rng.IntN(12), 10+p.rng.IntN(14)))
	p.photograph()
}

func rect(x, y, w, h float64) []geom.Point {
	q := geom.RectQuad(x, y, w, h)
	return q[:]
}
