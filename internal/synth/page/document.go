package page

import (
	"fmt"
	"math"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Kinds of documents, on which a card's number is text among other text.
const (
	ScreenText = "screenshot text" // a chat, a mail, a page of an application
	TillSlip   = "receipt"
	Statement  = "statement"
	PaperForm  = "form"
)

// Documents are the kinds of Document.
var Documents = []string{ScreenText, TillSlip, Statement, PaperForm}

// Document draws a document with the number of a card, or without one. Either has
// other long numbers: of telephones, bank accounts, orders, parcels, terminals,
// and bar codes. A long number that is none of a card's does not pass for one: it
// is drawn again while all that cards' numbers are known by holds for it.
func (p *Painter) Document(seed uint64, what string, with bool) *Image {
	p.seed(seed)
	var n number.Number
	if with {
		n = p.pan()
	}
	switch what {
	case ScreenText:
		p.screenText(n)
	case TillSlip:
		p.tillSlip(n)
	case Statement:
		p.statement(n)
	default:
		p.paperForm(n)
	}
	kind := "scan"
	if p.card.Number == "" { // asked for, or there was no room
		kind = "none"
	}
	return p.finish(seed, kind, what)
}

// written returns a card's number as people and programs write it.
func (p *Painter) written(n number.Number) string {
	switch p.rng.IntN(10) {
	case 0, 1:
		return n.Digits
	case 2:
		return strings.ReplaceAll(grouped(n), " ", "-")
	case 3:
		return strings.ReplaceAll(grouped(n), " ", "  ")
	}
	return grouped(n)
}

// labelled records the number of the document.
func (p *Painter) labelled(n number.Number) {
	if n.Digits != "" {
		p.card.Number, p.card.Grouping, p.card.Layout, p.card.Print = n.Digits, n.Groups, "document", "flat"
	}
}

// other draws a long number that is no card's, with its label.
func (p *Painter) other() string {
	for {
		label, n := p.otherNumber()
		if !cardLike(n) {
			return label + n
		}
	}
}

func (p *Painter) otherNumber() (label, n string) {
	switch p.rng.IntN(15) {
	case 0:
		return p.pick("Phone ", "Tel. ", "Mobile "), "+" + p.digits(2) + " " + p.digits(3) + " " + p.digits(4) + " " + p.digits(4)
	case 1:
		return p.pick("Phone ", "Tel. ", "Call "), "1" + p.digits(10)
	case 2:
		return "IBAN ", "DE" + spaced(p.digits(20), 2)
	case 3:
		return "IBAN ", "GB" + p.digits(2) + " BARC " + spaced(p.digits(14), 2)
	case 4:
		return p.pick("Order no. ", "Order ", "Invoice "), p.digits(16 + p.rng.IntN(5))
	case 5:
		return p.pick("Order ", "Booking "), "2026" + p.digits(12+p.rng.IntN(5))
	case 6:
		return p.pick("Tracking ", "Parcel "), spaced(p.digits(20), p.rng.IntN(4))
	case 7:
		return p.pick("Card ", "Paid with "), "**** **** **** " + p.digits(4)
	case 8:
		return p.pick("Card ", "Account "), "XXXX XXXX XXXX " + p.digits(4)
	case 9:
		return p.pick("Account ", "Acct "), p.digits(10 + p.rng.IntN(4))
	case 10:
		return p.pick("Ref. ", "Trace ", "RRN "), p.digits(12)
	case 11:
		return "IMEI ", p.imei()
	case 12:
		return p.pick("Transaction ", "Txn "), p.digits(28)
	case 13:
		return p.pick("Merchant ", "MID "), p.digits(15)
	}
	return p.pick("EAN ", "Article "), p.digits(13)
}

// cardLike reports whether digits would be taken for a card's number by anybody
// who cannot read the words around them: its length, a network's first digits, and
// a right check digit.
func cardLike(text string) bool {
	digits := strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return -1
		}
		return r
	}, text)
	n := len(digits)
	return n >= 13 && n <= 19 && strings.ContainsRune("23456", rune(digits[0])) && (number.Number{Digits: digits}).Luhn()
}

// screenText draws a screenshot: lines of text in the size of a screen's.
func (p *Painter) screenText(n number.Number) {
	w, h := p.rng.IntN(700)+360, 0
	if p.chance(.5) { // a phone
		h = int(float64(w) * p.between(1.4, 2.1))
	} else {
		w += 300
		h = int(float64(w) * p.between(.5, .75))
	}
	paper, ink := raster.Color{1, 1, 1}.Mix(raster.Color{p.rng.Float32(), p.rng.Float32(), p.rng.Float32()}, float32(p.between(0, .12))), raster.Gray(float32(p.between(0, .35)))
	if p.chance(.3) {
		paper, ink = raster.Gray(float32(p.between(.02, .16))), raster.Gray(float32(p.between(.7, 1)))
	}
	p.start(w, h, paper)
	size := p.between(9.5, 20)
	left := p.between(.03, .12) * float64(w)
	f := p.font()
	var lines []string
	for range 3 + p.rng.IntN(8) {
		lines = append(lines, p.sentence())
		if p.chance(.45) {
			lines = append(lines, p.other())
		}
	}
	if n.Digits != "" {
		line := p.pick("Card number ", "Card: ", "My card is ", "", "", "PAN ", "Pay with ") + p.written(n)
		if p.chance(.2) {
			line += p.pick(" exp ", "  ", " valid ") + fmt.Sprintf("%02d/%02d", 1+p.rng.IntN(12), 24+p.rng.IntN(10))
		}
		size = p.fitting(f, line, size, float64(w)-1.3*left)
		at := p.rng.IntN(len(lines) + 1)
		lines = append(lines[:at], append([]string{line}, lines[at:]...)...)
		p.labelled(n)
	}
	y, bubble := p.between(.02, .08)*float64(h), p.chance(.35)
	pitch := 2.1
	if bubble {
		pitch += 1 // so that the number is in the image
	}
	from := max(0, len(lines)-int((float64(h)-2*y)/(size*pitch)))
	if from > 0 { // what does not fit is left out, but the number
		lines = p.fit(lines, len(lines)-from, n)
	}
	for _, s := range lines {
		m := p.set.Mask(f, s, size*fontSize)
		if m == nil {
			continue
		}
		if bubble {
			tone := paper.Mix(raster.Color{p.rng.Float32(), p.rng.Float32(), p.rng.Float32()}, .18)
			p.im.RoundRect(left-.6*size, y-.55*size, float64(m.W)+1.2*size, float64(m.H)+1.1*size, .6*size, tone, 1)
		}
		p.im.Blend(m, int(left), int(y), ink, 1)
		y += size * p.between(1.8, 2.3)
		if bubble {
			y += .8 * size
		}
	}
	if p.chance(.6) {
		(&raster.JPEG{}).Apply(p.im, 55+p.rng.IntN(40), 2, 2)
	}
}

// fitting returns the size at which a line fits into the room, at most size.
func (p *Painter) fitting(f *glyph.Font, line string, size, room float64) float64 {
	m := p.set.Mask(f, line, size*fontSize)
	if m == nil || float64(m.W) <= room {
		return size
	}
	return size * room / float64(m.W)
}

// fit leaves k lines, the one with the number among them.
func (p *Painter) fit(lines []string, k int, n number.Number) []string {
	k = max(k, 1)
	for len(lines) > k {
		at := p.rng.IntN(len(lines))
		if n.Digits != "" && strings.Contains(digitsOf(lines[at]), n.Digits) {
			continue
		}
		lines = append(lines[:at:at], lines[at+1:]...)
	}
	return lines
}

func digitsOf(s string) string {
	return strings.NewReplacer(" ", "", "-", "").Replace(s)
}

// sentence draws a line of words.
func (p *Painter) sentence() string {
	words := make([]string, 2+p.rng.IntN(5))
	for i := range words {
		words[i] = p.pick("your", "payment", "please", "the", "order", "has", "been", "sent", "Thank", "you", "for", "account", "details", "below", "will",
			"arrive", "today", "Balance", "CONFIRMED", "TOTAL", "amount", "due", "12", "2026", "9:41", "EUR", "34.90", "card", "payment", "office", "bill", "hello")
	}
	return strings.Join(words, " ")
}

// tillSlip draws a receipt, scanned or photographed.
func (p *Painter) tillSlip(n number.Number) {
	w := 380 + p.rng.IntN(420)
	p.start(w, int(float64(w)*p.between(1.3, 2.2)), raster.Gray(float32(p.between(.85, 1))))
	f, ink := p.font(), raster.Gray(float32(p.between(.05, .45)))
	all := []string{p.pick("CITY MARKET", "NORTH CAFE", "HOTEL HARBOUR", "FUEL 24"), "TEL " + p.digits(3) + "-" + p.digits(8), p.other(), "Trace " + p.digits(6) + "  Batch " + p.digits(6)}
	for range 4 + p.rng.IntN(8) {
		all = append(all, fmt.Sprintf("%s   %d x %s.%s", p.pick("Milk", "Bread", "Tea", "Rice", "Paper", "DIESEL", "ROOM"), 1+p.rng.IntN(9), p.digits(2), p.digits(2)))
	}
	all = append(all, "TOTAL "+p.digits(3)+"."+p.digits(2), p.other())
	h := p.between(.026, .036) * float64(w)
	if n.Digits != "" {
		line := p.pick("CARD ", "Card no. ", "", "PAN: ", "ACCT ") + p.written(n)
		h = p.fitting(f, line, h, .86*float64(w))
		all = append(all, line)
		p.labelled(n)
	} else {
		all = append(all, "Card ************"+p.digits(4))
	}
	all = append(all, p.other(), "Terminal "+p.digits(8)+"  Merchant "+p.digits(15), "Ref "+spaced(p.digits(12), 2), "20"+p.digits(2)+"-11-12 10:"+p.digits(2)+":"+p.digits(2))
	p.lines(f, .06*float64(w), .06*float64(w), h, ink, all...)
	if p.chance(.4) && len(all) < 20 {
		p.barcode(.15*float64(w), float64(p.im.H)-.22*float64(w), .7*float64(w), .1*float64(w))
	}
	p.onTable()
}

// statement draws a page of A4 with a table of payments, as a scanner sees it.
func (p *Painter) statement(n number.Number) {
	w := 900 + p.rng.IntN(800)
	p.start(w, int(float64(w)*297/210), raster.Gray(float32(p.between(.93, 1))))
	f, ink := p.font(), raster.Gray(float32(p.between(0, .3)))
	k := float64(w) / 210
	h := p.between(2.0, 2.7) * k
	p.lines(f, 20*k, 15*k, 1.3*h, ink, p.pick("NORTH BANK", "UNION TRUST", "CITY BANK"), "Statement of account "+p.digits(1)+"/2026")
	head := []string{number.Name(p.rng), p.other(), p.other()}
	at := p.rng.IntN(3)
	if n.Digits != "" && at < 2 {
		head = append(head, p.pick("Card number: ", "Card ", "Credit card no. ")+p.written(n))
	}
	p.lines(f, 20*k, 40*k, h, ink, head...)
	y := 85 * k
	for i := range 10 + p.rng.IntN(14) {
		p.text(f, fmt.Sprintf("%02d.%02d.2026", 1+p.rng.IntN(28), 1+p.rng.IntN(12)), 20*k, y, h, ink)
		what := p.pick("Transfer ", "Direct debit ", "POS ", "Refund ") + p.pick(p.sentence(), p.digits(9), p.digits(12))
		switch {
		case n.Digits != "" && at == 2 && i == 4:
			what = p.pick("Card ", "Payment by card ", "") + p.written(n)
		case p.chance(.25):
			what = p.other()
		}
		p.text(f, what, 48*k, y, h, ink)
		p.text(f, fmt.Sprintf("%s.%s", p.digits(1+p.rng.IntN(4)), p.digits(2)), 175*k, y, h, ink)
		if p.chance(.3) {
			p.im.Polygon(rect(20*k, y+1.5*h, 170*k, .15*k), ink, .6)
		}
		y += h * p.between(1.8, 2.2)
	}
	p.labelled(n)
	what := GreyCopy
	if p.chance(.25) {
		what = OneBitCopy
	}
	p.scan(what)
}

// paperForm draws a form whose fields are filled in, in boxes or on lines.
func (p *Painter) paperForm(n number.Number) {
	w := 900 + p.rng.IntN(500)
	p.start(w, int(float64(w)*p.between(.7, 1.3)), raster.Gray(float32(p.between(.9, 1))))
	f, ink, pen := p.font(), raster.Gray(float32(p.between(0, .3))), raster.Color{.1, .1, float32(p.between(.1, .5))}
	k := float64(w) / 210
	h := p.between(2.2, 3.2) * k
	p.text(f, p.pick("Registration", "Order form", "Hotel guest form", "Direct debit mandate"), 15*k, 10*k, 1.6*h, ink)
	fields := [][2]string{{"Name", number.Name(p.rng)}, {"Account", p.digits(10)}, {"Telephone", "0" + p.digits(3) + " " + p.digits(7)}, {"Reference", ""}, {"Remark", p.sentence()}}
	fields[3][1] = p.other()
	if n.Digits != "" {
		fields = append(fields, [2]string{p.pick("Card number", "Credit card", "Card no."), ""})
	}
	p.rng.Shuffle(len(fields), func(i, j int) { fields[i], fields[j] = fields[j], fields[i] })
	y := 28 * k
	for _, field := range fields {
		p.text(f, field[0], 15*k, y, .8*h, ink)
		switch {
		case strings.HasPrefix(field[0], "C"):
			p.cardField(n, f, 55*k, y, h, pen, k)
		default:
			p.text(f, field[1], 55*k, y-.1*h, h, pen)
			p.im.Polygon(rect(53*k, y+1.4*h, 120*k, .2*k), ink, .7)
		}
		y += p.between(2.6, 3.4) * h
		if y > float64(p.im.H)-3*h {
			break
		}
	}
	p.onTable()
}

// cardField fills in the number: one digit a box, or as text on a line.
func (p *Painter) cardField(n number.Number, f *glyph.Font, x, y, h float64, pen raster.Color, k float64) {
	p.labelled(n)
	if p.chance(.65) {
		p.text(f, p.written(n), x, y-.1*h, h, pen)
		p.im.Polygon(rect(x-2*k, y+1.4*h, 120*k, .2*k), raster.Gray(.3), .7)
		return
	}
	face := p.lib.Pick(p.rng, glyph.OCR)
	box := p.between(1.25, 1.5) * h
	for i, c := range n.Digits {
		bx := x + float64(i)*box
		p.im.Stroke([]geom.Point{{X: bx, Y: y - .5*h}, {X: bx + box, Y: y - .5*h}, {X: bx + box, Y: y + 1.4*h}, {X: bx, Y: y + 1.4*h}}, .15*k, true, raster.Gray(.5), 1)
		p.row(face, string(c), bx+box/2-.42*h, y+.45*h, h, .84, flat(pen))
	}
}

// onTable turns a paper into a scan or a photograph of it.
func (p *Painter) onTable() {
	if p.chance(.45) {
		p.scan(GreyCopy)
		return
	}
	paper := p.im
	w, h := float64(paper.W)*p.between(1.02, 1.25), float64(paper.H)*p.between(1.02, 1.2)
	table := raster.NewImage(int(w), int(h))
	table.Fill(raster.Color{p.rng.Float32(), p.rng.Float32(), p.rng.Float32()}.Mix(raster.Gray(.4), .6))
	a, bend := p.between(-6, 6)*math.Pi/180, .03*w
	c, s := math.Cos(a), math.Sin(a)
	k := math.Min(w/(float64(paper.W)*math.Abs(c)+float64(paper.H)*math.Abs(s)), h/(float64(paper.H)*math.Abs(c)+float64(paper.W)*math.Abs(s)))
	var q geom.Quad
	for i, corner := range geom.RectQuad(0, 0, float64(paper.W), float64(paper.H)) {
		u, v := k*(corner.X-float64(paper.W)/2), k*(corner.Y-float64(paper.H)/2)
		q[i] = geom.Point{X: w/2 + u*c - v*s + p.between(-bend, bend), Y: h/2 + u*s + v*c + p.between(-bend, bend)}
	}
	mask := raster.NewMask(paper.W, paper.H)
	mask.Fill(1)
	if m, ok := geom.QuadToQuad(geom.RectQuad(0, 0, float64(paper.W), float64(paper.H)), q); ok {
		paper.Place(table, mask, m, 1)
	}
	dark, tilt := p.between(.55, 1), p.between(-.3, .3)
	for y := range table.H {
		for x := range table.W {
			light := float32(dark * (1 + tilt*(float64(x)/w-.5)))
			for i := range 3 {
				table.Pix[3*(y*table.W+x)+i] *= light
			}
		}
	}
	table.Blur(p.between(.2, .8))
	p.im = table
	(&raster.JPEG{}).Apply(p.im, 70+p.rng.IntN(25), 2, 2)
}
