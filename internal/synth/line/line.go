// Package line renders crops of number and date lines in the format of the
// recogniser's input: 32 pixels high, labelled with the characters and their
// centres.
package line

import (
	"fmt"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/cover"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Height is the height of every crop, the recogniser's input.
const Height = 32

// canvasH is the height of the canvas that a line is drawn on. It is over a third
// higher than the crop, so that relief has enough pixels for its shading.
const canvasH = 44

// Options of a Renderer.
type Options struct {
	Width      int            // largest width of a crop; 0 is 352
	Difficulty float64        // 0..1; negative: random for each line
	Library    *glyph.Library // nil: the embedded fonts
	BankSize   int            // number of backgrounds; 0 is 160
	Numbers    number.Source  // prefixes for the numbers
	Digits     func() string  // text to draw instead, in tests; nil: numbers and dates
	// Wide is the share of lines drawn with what is rarer on cards: covered
	// digits, signs next to numbers, figures behind relief, mirrored relief,
	// seven-segment faces, and every form of date.
	Wide float64
	// Months makes dates show the name of the month, which one network finds.
	Months bool
}

// Sample is a crop with its ground truth.
type Sample struct {
	Image *pixel.RGB // reused by the next Draw
	Text  string     // of glyph.Chars and cover.Digit; empty if there is no number
	X     []float64  // centre of each character, px
	Style string     // kind/face class, or neg/...
}

// Renderer renders lines. It is not safe for concurrent use. Its lines depend only
// on its seed, its options and the number of lines before.
type Renderer struct {
	opt   Options
	rng   *rand.Rand
	lib   *glyph.Library
	set   *glyph.Setter
	press *imprint.Printer
	cover *cover.Painter
	bank  *grounds
	grain *raster.Grain
	jpeg  raster.JPEG

	canvas, shot, crop, other raster.Image
	out                       pixel.RGB
	drawn                     int
	wide                      bool // the line that is drawn
}

// New returns a Renderer. It fills the bank of backgrounds, which takes about a
// second.
func New(seed uint64, opt Options) (*Renderer, error) {
	if opt.Width == 0 {
		opt.Width = 352
	}
	if opt.Width < 64 || opt.Width > 2048 {
		return nil, fmt.Errorf("line: width %d is not in 64..2048", opt.Width)
	}
	if opt.BankSize == 0 {
		opt.BankSize = groundN
	}
	lib := opt.Library
	if lib == nil {
		var err error
		if lib, err = glyph.Open(glyph.Options{}); err != nil {
			return nil, err
		}
	}
	rng := rand.New(rand.NewPCG(seed, 0x6b6168616f))
	d := &Renderer{opt: opt, rng: rng, lib: lib, set: glyph.NewSetter()}
	d.press = imprint.New(rng)
	d.cover = cover.New(rng, lib, d.set, d.press)
	d.bank = newGrounds(rng, d.set, lib, opt.BankSize)
	d.grain = raster.NewGrain(rng, 1<<16)
	return d, nil
}

// Draw renders the next line. The sample's image is valid until the next call.
func (d *Renderer) Draw() Sample {
	d.drawn++
	if d.drawn%refresh == 0 {
		d.bank.renew(d.rng)
	}
	diff := d.opt.Difficulty
	if diff < 0 {
		diff = d.rng.Float64()
	}
	if d.opt.Months {
		return d.named(diff)
	}
	for range 12 {
		t := d.rng.Float64()
		d.wide = d.opt.Wide == 1 || d.opt.Wide > 0 && raster.Chance(d.rng, d.opt.Wide)
		var s Sample
		ok := false
		switch {
		case t < .035:
			s, ok = d.negative(diff), true
		case d.wide && t > .98:
			s, ok = d.mirrored(diff)
		default:
			s, ok = d.line(diff, t)
		}
		if ok {
			return s
		}
	}
	return d.negative(diff)
}

// sheet is a line laid out on the canvas before it is printed.
type sheet struct {
	face    *glyph.Face
	kind    imprint.Kind
	text    string    // what is printed, with '-' between dates
	x       []float64 // centres in digit heights from the left of the ink
	total   float64   // in digit heights
	stretch float64
	left    float64 // margins, in digit heights
	right   float64
	dh      float64 // digit height on the canvas, px
	cy      float64
	what    string
	words   string        // small text before the date
	small   bool          // print smaller than that of numbers
	dashed  bool          // a dash separates the parts of a date
	month   bool          // words is the month's name, as tall as the digits
	bare    bool          // embossed without foil
	comic   bool          // figures behind it
	sign    bool          // a sign next to it
	edge    bool          // the card ends next to it
	pitch   float64       // least distance of characters, in digit heights; 0: about total / len(x)
	hidden  *cover.Hidden // nil: every digit is visible
}

// line draws a line with digits, or returns false if it is unreadable.
func (d *Renderer) line(diff, t float64) (Sample, bool) {
	s := d.layout(diff, t)
	w := int((s.total + s.left + s.right) * s.dh)
	if w < 24 || w > 2400 {
		return Sample{}, false
	}
	c := &d.canvas
	c.Reset(w, canvasH)
	d.bank.cut(d.rng, c)
	if raster.Chance(d.rng, .14) {
		d.patch(s)
	}
	d.surround(s)
	if raster.Chance(d.rng, .40) {
		d.clutter(s)
	}
	if s.comic {
		d.comic(s)
	}
	p := d.print(s, diff)
	if s.edge {
		d.pastEdge(s)
	}
	s.seen(&p)
	if s.hidden != nil && !s.hidden.Edit {
		d.cover.Conceal(c, p.Boxes, s.hidden)
	}
	if p.Visible() < max(.05, .6*p.Rough) && raster.Chance(d.rng, .96) {
		return Sample{}, false
	}
	img, at, ok := d.camera(s, p, diff)
	if !ok {
		return Sample{}, false
	}
	out := Sample{Image: img, Style: s.what + s.kind.String() + "/" + s.face.Class.String()}
	text := make([]byte, 0, len(s.text))
	for i, x := range at {
		if l, ok := s.label(i); ok {
			text = append(text, l)
			out.X = append(out.X, x)
		}
	}
	out.Text = string(text)
	return out, true
}

// print prints the line on the canvas.
func (d *Renderer) print(s *sheet, diff float64) imprint.Result {
	var st imprint.Style
	return d.printWith(s, diff, &st)
}

// printWith is print, and sets the style that it has drawn.
func (d *Renderer) printWith(s *sheet, diff float64, st *imprint.Style) imprint.Result {
	rng, c := d.rng, &d.canvas
	l := imprint.Line{Face: s.face, Text: s.text, Height: s.dh, Stretch: s.stretch}
	slope := raster.Uniform(rng, -.012, .012) * diff
	wob := 0.0
	if s.kind == imprint.Emboss && raster.Chance(rng, .5) {
		wob = raster.Uniform(rng, 0, .03)
	}
	for _, x := range s.x {
		px := (x + s.left) * s.dh
		l.X = append(l.X, px+rng.NormFloat64()*wob*.5*s.dh)
		l.Y = append(l.Y, s.cy+rng.NormFloat64()*wob*s.dh+slope*(px-float64(c.W)/2))
	}
	if s.kind == imprint.Emboss {
		*st = d.press.EmbossStyle(rng, diff, raster.Chance(rng, .73) && !s.bare)
	} else {
		*st = d.press.FlatStyle(rng, diff, c.Mean(0, int(s.cy-s.dh/2), c.W, int(s.cy+s.dh/2)))
		s.kind = st.Kind
		if s.face.Class == glyph.Farrington {
			st.Weight -= .04
		}
	}
	if s.words != "" {
		d.before(s, st)
	}
	if s.sign {
		d.printSign(s, st)
	}
	if s.dh < .68*canvasH && raster.Chance(rng, .07) {
		d.neighbours(s, l, st)
	}
	return d.press.Print(c, l, st)
}
