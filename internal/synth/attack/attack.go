// Package attack draws what the capture checks tell apart: photographs of the
// thing itself, and photographs of a screen, of a grey or coloured copy on
// paper, and screenshots. The terms are those of ISO/IEC 30107-3.
//
// One camera takes all photographs: a lens, a mosaic of colour filters, noise,
// an image processor and compression. Only what stands before it differs. So a
// network cannot learn the camera instead of the attack.
package attack

import (
	"math"
	"math/rand/v2"

	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/raster"
	"github.com/kahao/kahao/internal/synth/scene"
)

// Kind says what an image is a capture of.
type Kind string

// The kinds. Genuine is a photograph or a scan of the thing itself.
const (
	Genuine    Kind = "genuine"
	Screen     Kind = "screen"
	GreyCopy   Kind = "grey copy"
	ColorCopy  Kind = "color copy"
	Screenshot Kind = "screenshot"
)

// Kinds returns all kinds.
func Kinds() []Kind { return []Kind{Genuine, Screen, GreyCopy, ColorCopy, Screenshot} }

// Sample is a drawn image.
type Sample struct {
	Image *pixel.RGB
	Kind  Kind
	// Family is the process that was drawn, such as "stripe panel". A network that
	// was trained without a family is tested with it.
	Family    string
	Watermark bool // writing was put across the image
	Edited    bool // a part was replaced after the capture
}

// Drawer draws samples. It belongs to one goroutine.
type Drawer struct {
	r      *rand.Rand
	scenes *scene.Composer
	lib    *glyph.Library
	set    *glyph.Setter
	jpeg   raster.JPEG
	noise  []float32       // Gaussian values
	dots   []int           // ranks of a dispersed dot screen
	pool   []*raster.Image // what is photographed
	photos []*raster.Image // finished photographs
	uses   int
	way    delivery // of the image that is drawn
}

// New returns a Drawer whose samples depend on the seed.
func New(bank *scene.Bank, lib *glyph.Library, seed uint64) *Drawer {
	r := rand.New(rand.NewPCG(seed, 0xa77ac4))
	d := &Drawer{r: r, scenes: scene.NewComposer(bank, seed), lib: lib, set: glyph.NewSetter(), noise: make([]float32, 1<<16), way: delivery{scale: 1}}
	d.scenes.Raw = true
	for i := range d.noise {
		d.noise[i] = float32(r.NormFloat64())
	}
	d.dots = disperse(r, dispersedSide)
	return d
}

// Draw draws a sample of a random kind; half of them are genuine.
func (d *Drawer) Draw() *Sample {
	kinds := []Kind{Genuine, Genuine, Genuine, Genuine, Screen, GreyCopy, ColorCopy, Screenshot}
	return d.DrawKind(kinds[d.r.IntN(len(kinds))])
}

// DrawKind draws a sample of a kind.
func (d *Drawer) DrawKind(kind Kind) *Sample {
	s := &Sample{Kind: kind}
	w, h := d.size()
	d.way = d.newDelivery()
	var im *raster.Image
	switch kind {
	case Screen:
		im = d.screen(s, w, h)
	case GreyCopy, ColorCopy:
		im = d.paper(s, w, h)
	case Screenshot:
		im = d.screenshot(s)
	default:
		im = d.genuine(s, w, h)
		d.keep(im)
	}
	if maybe(d.r, .1) {
		d.watermark(im)
		s.Watermark = true
	}
	if kind == Genuine && maybe(d.r, .12) {
		d.edit(im)
		s.Edited = true
	}
	if kind == Genuine && maybe(d.r, .05) { // the lack of colour alone is no trace of a copy
		takeColor(im)
		s.Family = "grey " + s.Family
	}
	d.deliver(im, d.way, kind == Screenshot || s.Family == "black and white")
	s.Image = im.RGB()
	return s
}

// size draws the size of an image.
func (d *Drawer) size() (w, h int) {
	r := d.r
	long := pick(r, between(r, 400, 620), between(r, 400, 620), 640, 800, between(r, 600, 1000), between(r, 900, 1280))
	a := pick(r, .75, .75, .75, .5625, .667, 1, .63)
	w, h = int(long), int(long*a)
	if maybe(r, .4) {
		w, h = h, w
	}
	return w, h
}

func between(r *rand.Rand, a, b float64) float64 { return a + (b-a)*r.Float64() }

// logBetween draws a scale: its logarithm is uniform.
func logBetween(r *rand.Rand, a, b float64) float64 { return a * math.Pow(b/a, r.Float64()) }

func maybe(r *rand.Rand, p float64) bool { return r.Float64() < p }

func pick[T any](r *rand.Rand, v ...T) T { return v[r.IntN(len(v))] }

func gray(r *rand.Rand, a, b float64) raster.Color { return raster.Gray(float32(between(r, a, b))) }

// tint is a grey with a slight colour.
func tint(r *rand.Rand, a, b float64) raster.Color {
	c := gray(r, a, b)
	for i := range c {
		c[i] *= float32(between(r, .93, 1.05))
	}
	return c
}

func vivid(r *rand.Rand) raster.Color { return raster.Color{r.Float32(), r.Float32(), r.Float32()} }
