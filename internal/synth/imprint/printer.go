// Package imprint prints a line of digits on a synthetic card as card makers do:
// flat ink, laser engraving, or embossing with or without a tipped foil. A
// relief is a profile over the face's distance map, shaded by a table indexed by
// slope, so one line costs well under a millisecond.
package imprint

import (
	"math/rand/v2"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Kind is the printing process.
type Kind int

// The kinds of print.
const (
	Flat Kind = iota
	Laser
	Emboss
)

// String returns the kind as it is written into labels.
func (k Kind) String() string { return [...]string{"flat", "laser", "emboss"}[k] }

// Line is a text and the positions of its characters.
type Line struct {
	Face    *glyph.Face
	Text    string    // of glyph.Chars
	X       []float64 // centre of each character's ink, px
	Y       []float64 // centre of each character, px; one value serves for all
	Height  float64   // digit height, px
	Stretch float64   // factor on the width; 0 is 1
}

func (l *Line) y(i int) float64 {
	if len(l.Y) == 1 {
		return l.Y[0]
	}
	return l.Y[i]
}

func (l *Line) stretch() float64 {
	if l.Stretch == 0 {
		return 1
	}
	return l.Stretch
}

// Profile is the cross-section of a raised stroke.
type Profile int

// The profiles of a stroke.
const (
	Smooth Profile = iota
	Round
	Linear
)

// Style is the complete look of a print. Lengths are in strokes of the face
// unless stated otherwise. Styles come from Printer.FlatStyle and
// Printer.EmbossStyle and may be changed before printing.
type Style struct {
	Kind Kind

	Ink      raster.Color // flat and laser
	Weight   float64      // the outline grows by this
	Hard     float32      // edge steepness, 1 is one pixel
	Wear     float32      // share lost where the wear map is high
	Separate float32      // minimum difference in lightness between ground and ink
	Halo     bool         // separate only near the digits (whole cards)
	Hollow   float64      // above 0: only an outline of this width is inked
	Shadow   float32      // opacity of an offset copy, lightened or darkened
	ShadowX  float64      // px
	ShadowY  float64      // px

	Bevel   float64 // width of the flank
	Skirt   float64 // distance of the flank's middle outside the outline
	Profile Profile
	Blur    float64 // px, rounds the ridge
	Gain    float32 // steepness of the steepest flank, 1 is the rim of the ball
	Relief  float32 // strength of the plastic's shading
	Spec    float32 // strength of its highlight
	Cast    float32 // cast shadow
	Drift   float32 // how far the light's direction turns along the line
	Tipped  bool
	Tint    raster.Color // foil at full light
	TipFrom float32      // height above which foil sticks
	TipEdge float32      // steepness of its edge
	TipOpac float32
	TipWear float32 // 0: none; else the wear map's level that loses foil

	Floor float32 // minimum mean contrast of every digit; relief is amplified to reach it

	shine *plastic
	foil  *matcap
}

// Result describes a printed line.
type Result struct {
	Boxes    []geom.Rect // ink box of each character
	Contrast []float32   // mean difference from the ground over each one's ink
	Rough    float32     // mean difference of the ground itself across a stroke
}

// Visible is the minimum contrast of the characters; 0 if there are none.
func (p *Result) Visible() float32 {
	v := float32(1)
	for _, c := range p.Contrast {
		v = min(v, c)
	}
	if len(p.Contrast) == 0 {
		return 0
	}
	return v
}

// Printer holds the banks of materials and the scratch memory of one goroutine.
type Printer struct {
	rng      *rand.Rand
	plastics []*plastic
	foils    []*matcap
	wears    []*raster.Mask

	field, height raster.Mask
	gx, gy        []float32
	base          raster.Image
	wear          raster.Mask
	cols          []tap
}

const (
	wearW, wearH = 700, 120
	nPlastic     = 120
	nFoil        = 160
	nWear        = 12
)

// New fills the banks from rng, which the printer keeps using.
func New(rng *rand.Rand) *Printer {
	p := &Printer{rng: rng}
	for range nPlastic {
		p.plastics = append(p.plastics, newPlastic(rng))
	}
	for range nFoil {
		p.foils = append(p.foils, newFoil(rng))
	}
	for range nWear {
		m := raster.Noise(rng, wearW, wearH, raster.Uniform(rng, 6, 14))
		n := raster.Noise(rng, wearW, wearH, raster.Uniform(rng, 2, 4))
		for i := range m.Pix {
			m.Pix[i] = .6*m.Pix[i] + .4*n.Pix[i]
		}
		p.wears = append(p.wears, m)
	}
	return p
}

// Print prints the line on im, clipped to the image. It changes pixels up to a
// little more than a stroke beyond the ink.
func (p *Printer) Print(im *raster.Image, l Line, s *Style) Result {
	out := Result{Boxes: p.boxes(&l)}
	ox, oy, ok := p.region(im, &l, out.Boxes)
	if !ok {
		out.Contrast = make([]float32, len(l.Text))
		return out
	}
	p.draw(&l, ox, oy)
	p.render(im, s, float32(l.Face.Stroke*l.Height), ox, oy)
	out.Contrast = p.contrast(im, s, &l, out.Boxes, ox, oy)
	out.Rough = p.rough(l.Face.Stroke * l.Height)
	if v, floor := out.Visible(), max(s.Floor, .8*out.Rough); s.Floor > 0 && v < floor {
		k := min(5, floor/(v+1e-3))
		p.amplify(im, ox, oy, k)
		for i := range out.Contrast {
			out.Contrast[i] *= k
		}
	}
	return out
}

// PrintShape prints a signed distance map in pixels, such as a name's from
// glyph.Setter.Dist, with its corner at (x, y); stroke is its stem's width.
func (p *Printer) PrintShape(im *raster.Image, dist *raster.Mask, x, y int, stroke float64, s *Style) {
	x0, y0, x1, y1 := max(0, x), max(0, y), min(im.W, x+dist.W), min(im.H, y+dist.H)
	if x1-x0 < 3 || y1-y0 < 3 {
		return
	}
	p.field.Reset(x1-x0, y1-y0)
	for j := y0; j < y1; j++ {
		copy(p.field.Pix[(j-y0)*p.field.W:(j-y0+1)*p.field.W], dist.Pix[(j-y)*dist.W+x0-x:])
	}
	p.render(im, s, float32(stroke), x0, y0)
}

func (p *Printer) render(im *raster.Image, s *Style, stroke float32, ox, oy int) {
	p.copyRegion(im, ox, oy)
	if s.Kind == Emboss {
		p.emboss(im, s, stroke, ox, oy)
	} else {
		p.ink(im, s, stroke, ox, oy)
	}
}

func (p *Printer) boxes(l *Line) []geom.Rect {
	b := make([]geom.Rect, len(l.Text))
	for i := range b {
		w := l.Face.Glyphs[glyph.Index(l.Text[i])].W * l.Height * l.stretch()
		b[i] = geom.Rect{X0: l.X[i] - w/2, X1: l.X[i] + w/2, Y0: l.y(i) - l.Height/2, Y1: l.y(i) + l.Height/2}
	}
	return b
}

// region sizes the scratch to the line's surroundings within the image.
func (p *Printer) region(im *raster.Image, l *Line, b []geom.Rect) (ox, oy int, ok bool) {
	if len(b) == 0 {
		return 0, 0, false
	}
	r := b[0]
	for _, q := range b[1:] {
		r.X0, r.Y0, r.X1, r.Y1 = min(r.X0, q.X0), min(r.Y0, q.Y0), max(r.X1, q.X1), max(r.Y1, q.Y1)
	}
	pad := glyph.Pad*l.Height/glyph.Master + 4
	ox, oy = max(0, int(r.X0-pad)), max(0, int(r.Y0-pad))
	w, h := min(im.W, int(r.X1+pad)+1)-ox, min(im.H, int(r.Y1+pad)+1)-oy
	if w < 3 || h < 3 {
		return 0, 0, false
	}
	p.field.Reset(w, h)
	return ox, oy, true
}

type tap struct {
	i int32
	u float32
}

// draw merges the characters' distance maps, in pixels, into the field.
func (p *Printer) draw(l *Line, ox, oy int) {
	f := &p.field
	k := l.Height / glyph.Master
	f.Fill(float32(glyph.Pad * k))
	kx := k * l.stretch()
	for i := range len(l.Text) {
		g := l.Face.Glyphs[glyph.Index(l.Text[i])].Dist
		x0 := l.X[i] - float64(ox) - float64(g.W)/2*kx
		y0 := l.y(i) - float64(oy) - float64(g.H)/2*k
		xa, xb := max(0, int(x0)), min(f.W, int(x0+float64(g.W)*kx))
		ya, yb := max(0, int(y0)), min(f.H, int(y0+float64(g.H)*k))
		if xb <= xa {
			continue
		}
		p.cols = p.cols[:0]
		for x := xa; x < xb; x++ {
			sx := min(max((float64(x)+.5-x0)/kx-.5, 0), float64(g.W)-1.001)
			p.cols = append(p.cols, tap{int32(sx), float32(sx - float64(int(sx)))})
		}
		for y := ya; y < yb; y++ {
			sy := min(max((float64(y)+.5-y0)/k-.5, 0), float64(g.H)-1.001)
			j := int(sy)
			merge(f.Pix[y*f.W+xa:y*f.W+xb], g.Pix[j*g.W:(j+1)*g.W], g.Pix[(j+1)*g.W:(j+2)*g.W], p.cols, float32(sy-float64(j)), float32(k))
		}
	}
}

func merge(dst, a, b []float32, cols []tap, v, k float32) {
	dst = dst[:len(cols)]
	b = b[:len(a)]
	for x, c := range cols {
		i := int(c.i)
		t := a[i] + (a[i+1]-a[i])*c.u
		t += (b[i] + (b[i+1]-b[i])*c.u - t) * v
		if t *= k; t < dst[x] {
			dst[x] = t
		}
	}
}

// copyRegion saves the ground under the field.
func (p *Printer) copyRegion(im *raster.Image, ox, oy int) {
	p.base.Reset(p.field.W, p.field.H)
	n := p.field.W * 3
	for y := range p.field.H {
		copy(p.base.Pix[y*n:(y+1)*n], im.Pix[((y+oy)*im.W+ox)*3:])
	}
}

// cropWear takes a random crop of a wear map, of the size of the field.
func (p *Printer) cropWear() {
	m := p.wears[p.rng.IntN(len(p.wears))]
	w, h := p.field.W, p.field.H
	p.wear.Reset(w, h)
	x0, y0 := p.rng.IntN(wearW), p.rng.IntN(wearH)
	for y := range h {
		src := m.Pix[((y0+y)%wearH)*wearW:][:wearW]
		dst := p.wear.Pix[y*w : (y+1)*w]
		for n := copy(dst, src[x0:]); n < w; {
			n += copy(dst[n:], src)
		}
	}
}
