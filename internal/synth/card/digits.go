package card

import (
	"fmt"
	"strings"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/raster"
)

// print is the look of all digits of one card.
type print struct {
	face   *glyph.Face
	style  imprint.Style
	emboss bool
	name   string
}

// newPrint draws the face and the look of a card's digits; ground is the mean
// colour under them.
func (c *canvas) newPrint(emboss bool, diff float64, ground raster.Color) print {
	p := print{emboss: emboss}
	class := glyph.Farrington
	if emboss {
		class = []glyph.Class{glyph.Farrington, glyph.Sans, glyph.OCR}[weighted(c.r, 78, 16, 6)]
		p.style = c.d.printer.EmbossStyle(c.r, diff, c.d.Constraints.tipped(maybe(c.r, .74)))
	} else {
		class = []glyph.Class{glyph.Sans, glyph.OCR, glyph.Serif, glyph.Mono, glyph.Farrington}[weighted(c.r, 52, 18, 10, 10, 10)]
		p.style = c.d.printer.FlatStyle(c.r, diff, ground)
		c.d.Constraints.ink(&p.style)
		p.style.Halo = true
	}
	p.face = c.d.lib.Pick(c.r, class)
	p.name = p.style.Kind.String() + "/" + p.face.Class.String()
	return p
}

// row is digits to print on one line.
type row struct {
	kind    string
	text    string
	groups  []int // nil: one group
	x, y    float64
	at      anchor
	height  float64 // mm
	pitch   float64 // mm; 0: the face's
	gap     float64 // mm between groups beyond the pitch; 0: one pitch
	stretch float64
	fit     float64 // mm, available width
}

// naturalPitch returns a pitch that suits the face at a digit height.
func (c *canvas) naturalPitch(f *glyph.Face, height float64) float64 {
	p := f.Cell() * height
	if f.Class != glyph.Farrington {
		p = max(p, f.DigitWidth()*height*between(c.r, 1.08, 1.3))
	}
	return p
}

// digits prints a row; false if it does not fit or is illegible.
func (c *canvas) digits(p *print, w row) bool {
	if w.stretch == 0 {
		w.stretch = 1
	}
	if w.pitch == 0 {
		w.pitch = c.naturalPitch(p.face, w.height) * w.stretch
	}
	if w.gap == 0 {
		w.gap = w.pitch
	}
	if w.groups == nil {
		w.groups = []int{len(w.text)}
	}
	var xs []float64
	x := w.pitch / 2
	for _, g := range w.groups {
		for range g {
			f := 1.0
			if len(xs) < len(w.text) && w.text[len(xs)] == '/' && p.face.Class != glyph.Farrington {
				f = .8
			}
			xs = append(xs, x)
			x += w.pitch * f
		}
		x += w.gap
	}
	total := x - w.gap - w.pitch/2 + 0
	if room := w.fit; room > 0 && total > room {
		f := room / total
		if f < .6 {
			return false
		}
		w.height, w.pitch, w.gap = w.height*f, w.pitch*f, w.gap*f
		for i := range xs {
			xs[i] *= f
		}
		total = room
	}
	x0 := w.x
	switch w.at {
	case center:
		x0 -= total / 2
	case right:
		x0 -= total
	}
	face := p.face
	if strings.Contains(w.text, "*") {
		face = face.With(glyph.Mark, c.marks.Glyphs[glyph.Mark])
	}
	l := imprint.Line{Face: face, Text: w.text, Height: w.height * c.k, Stretch: w.stretch}
	jit := 0.0
	if p.emboss && maybe(c.r, .4) {
		jit = between(c.r, 0, .1)
	}
	for _, x := range xs {
		l.X = append(l.X, (x0+x)*c.k)
		l.Y = append(l.Y, (w.y+jit*c.r.NormFloat64()*.6)*c.k)
	}
	var before *snapshot
	if w.kind == Number {
		before = takeSnapshot(c.im, (x0-w.height)*c.k, (w.y-w.height)*c.k, (x0+total+w.height)*c.k, (w.y+w.height)*c.k)
	}
	res := c.d.printer.Print(c.im, l, &p.style)
	if v := res.Visible(); v < .045 && w.kind == Number || v < .03 {
		return false
	}
	b := res.Boxes[0]
	line := Line{Kind: w.kind, Text: w.text, Height: l.Height, Contrast: float64(res.Visible())}
	for _, q := range res.Boxes {
		b.X0, b.X1 = min(b.X0, q.X0), max(b.X1, q.X1)
		b.Y0, b.Y1 = min(b.Y0, q.Y0), max(b.Y1, q.Y1)
		line.Digits = append(line.Digits, geom.RectQuad(q.X0, q.Y0, q.W(), q.H()))
	}
	line.Quad = geom.RectQuad(b.X0, b.Y0, b.W(), b.H())
	if before != nil {
		before.printed(c.im, len(c.card.Lines))
		c.snapshots = append(c.snapshots, before)
	}
	c.card.Lines = append(c.card.Lines, line)
	return true
}

// number draws the card's number and stores it in the card.
func (c *canvas) number() (string, []int) {
	n := c.d.source.PAN(c.r)
	want := map[string]byte{"Visa": '4', "Mastercard": '5', "American Express": '3', "JCB": '3', "UnionPay": '6'}[c.card.Network]
	for range 6 {
		if want == 0 || n.Digits[0] == want {
			break
		}
		n = c.d.source.PAN(c.r)
	}
	for !c.d.Constraints.allow(n) {
		n = c.d.source.PAN(c.r)
	}
	c.card.Number, c.card.Grouping = n.Digits, n.Groups
	if c.d.Constraints.Hidden {
		c.hidden, c.marks = c.d.cover.Hide(&n, c.d.lib.Faces(glyph.Sans)[0], false)
	}
	return n.Digits, n.Groups
}

func (c *canvas) setPrint(p *print) {
	c.card.Style, c.card.Print, c.card.Emboss = p.name, "flat", p.emboss
	if p.emboss {
		c.card.Print = "emboss"
	}
}

func mmyy(s string) string {
	var a, b int
	switch len(s) {
	case 7:
		if s[2] == '/' {
			return s[:3] + s[5:]
		}
		if _, err := fmt.Sscanf(s, "%04d/%02d", &a, &b); err == nil {
			return fmt.Sprintf("%02d/%02d", b, a%100)
		}
	}
	return s
}
