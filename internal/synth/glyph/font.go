package glyph

import (
	"fmt"
	"math"

	"golang.org/x/image/font"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Font is an outline font. It is safe for concurrent use.
type Font struct {
	Name  string
	Class Class
	f     *sfnt.Font
}

// ppem is the size at which outlines are loaded, fine enough to be scaled.
const ppem = 1024

// ParseFont reads a TrueType or OpenType font, or the first of a collection.
func ParseFont(name string, class Class, data []byte) (*Font, error) {
	f, err := sfnt.Parse(data)
	if err != nil {
		c, err2 := sfnt.ParseCollection(data)
		if err2 != nil {
			return nil, fmt.Errorf("font %s: %w", name, err)
		}
		if f, err = c.Font(0); err != nil {
			return nil, fmt.Errorf("font %s: %w", name, err)
		}
	}
	return &Font{Name: name, Class: class, f: f}, nil
}

// Has reports whether the font draws r.
func (f *Font) Has(r rune) bool {
	var b sfnt.Buffer
	i, err := f.f.GlyphIndex(&b, r)
	return err == nil && i != 0
}

// outline returns the flattened outlines of r in units of 1/ppem em, y down,
// baseline at 0, with its advance.
func (f *Font) outline(b *sfnt.Buffer, r rune) ([][]geom.Point, float64, error) {
	i, err := f.f.GlyphIndex(b, r)
	if err != nil {
		return nil, 0, err
	}
	if i == 0 {
		return nil, 0, sfnt.ErrNotFound
	}
	adv, err := f.f.GlyphAdvance(b, i, fixed.I(ppem), font.HintingNone)
	if err != nil {
		return nil, 0, err
	}
	segs, err := f.f.LoadGlyph(b, i, fixed.I(ppem), nil)
	if err != nil {
		return nil, 0, err
	}
	return flatten(segs), float64(adv) / 64, nil
}

func flatten(segs sfnt.Segments) [][]geom.Point {
	var out [][]geom.Point
	var cur []geom.Point
	pt := func(p fixed.Point26_6) geom.Point {
		return geom.Point{X: float64(p.X) / 64, Y: float64(p.Y) / 64}
	}
	const n = 7
	for _, s := range segs {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if len(cur) > 2 {
				out = append(out, cur)
			}
			cur = []geom.Point{pt(s.Args[0])}
		case sfnt.SegmentOpLineTo:
			cur = append(cur, pt(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			a, b, c := cur[len(cur)-1], pt(s.Args[0]), pt(s.Args[1])
			for k := 1; k <= n; k++ {
				t := float64(k) / n
				u := 1 - t
				cur = append(cur, a.Mul(u*u).Add(b.Mul(2*u*t)).Add(c.Mul(t*t)))
			}
		case sfnt.SegmentOpCubeTo:
			a, b, c, d := cur[len(cur)-1], pt(s.Args[0]), pt(s.Args[1]), pt(s.Args[2])
			for k := 1; k <= n; k++ {
				t := float64(k) / n
				u := 1 - t
				cur = append(cur, a.Mul(u*u*u).Add(b.Mul(3*u*u*t)).Add(c.Mul(3*u*t*t)).Add(d.Mul(t*t*t)))
			}
		}
	}
	if len(cur) > 2 {
		out = append(out, cur)
	}
	return out
}

func box(outlines [][]geom.Point) geom.Rect {
	r := geom.Rect{X0: math.Inf(1), Y0: math.Inf(1), X1: math.Inf(-1), Y1: math.Inf(-1)}
	for _, o := range outlines {
		for _, p := range o {
			r.X0, r.Y0, r.X1, r.Y1 = min(r.X0, p.X), min(r.Y0, p.Y), max(r.X1, p.X), max(r.Y1, p.Y)
		}
	}
	return r
}

// Face makes the distance maps of the font's digits, 0 being Master high.
func (f *Font) Face() (*Face, error) {
	var b sfnt.Buffer
	zero, _, err := f.outline(&b, '0')
	if err != nil {
		return nil, fmt.Errorf("font %s: %w", f.Name, err)
	}
	zb := box(zero)
	if !(zb.H() > 0) {
		return nil, fmt.Errorf("font %s: empty zero", f.Name)
	}
	k := Master / zb.H()
	face := &Face{Name: f.Name, Class: f.Class}
	for i, c := range Chars + "-" {
		o, adv, err := f.outline(&b, c)
		if err != nil {
			return nil, fmt.Errorf("font %s: %w", f.Name, err)
		}
		gb := box(o)
		w := gb.W() * k
		mw := int(w+0.5) + 2*Pad
		for _, l := range o {
			for q, p := range l {
				l[q] = geom.Point{X: (p.X-(gb.X0+gb.X1)/2)*k + float64(mw)/2, Y: (p.Y-zb.Y0)*k + Pad}
			}
		}
		face.Glyphs[i] = Glyph{Dist: fromOutline(mw, Master+2*Pad, o, Pad), W: w / Master, Adv: adv * k / Master}
	}
	face.measure()
	return face, nil
}

// Setter sets text in masks and remembers what it set. It belongs to one
// goroutine.
type Setter struct {
	buf   sfnt.Buffer
	cache map[textKey]*raster.Mask
}

type textKey struct {
	f    *Font
	s    string
	size int
}

// NewSetter returns an empty setter.
func NewSetter() *Setter { return &Setter{cache: map[textKey]*raster.Mask{}} }

// Mask returns the coverage of a line of text at a font size in pixels, cut
// to its ink with a margin of one pixel; nil when the font lacks a character
// or nothing is inked. The mask is shared: do not write to it.
func (s *Setter) Mask(f *Font, text string, size float64) *raster.Mask {
	key := textKey{f, text, int(size*4 + 0.5)}
	if m, ok := s.cache[key]; ok {
		return m
	}
	if len(s.cache) > 400 {
		clear(s.cache)
	}
	m := s.set(f, text, float64(key.size)/4)
	s.cache[key] = m
	return m
}

// Dist returns the signed distance map of a line of text, in pixels, with a
// margin of a quarter of the size: for embossing names. The same rules apply.
func (s *Setter) Dist(f *Font, text string, size float64) *raster.Mask {
	key := textKey{f, "\x00" + text, int(size*2 + 0.5)}
	if m, ok := s.cache[key]; ok {
		return m
	}
	var m *raster.Mask
	pad := size / 4
	if all := s.outlines(f, text, float64(key.size)/2, pad); all != nil {
		b := box(all)
		m = fromOutline(int(b.X1+pad)+2, int(b.Y1+pad)+2, all, pad)
	}
	s.cache[key] = m
	return m
}

func (s *Setter) set(f *Font, text string, size float64) *raster.Mask {
	all := s.outlines(f, text, size, 1)
	if all == nil {
		return nil
	}
	b := box(all)
	m := raster.NewMask(int(b.X1)+2, int(b.Y1)+2)
	m.Polygons(all, 1)
	return m
}

// outlines places the text's outlines with their ink's corner at (pad, pad).
func (s *Setter) outlines(f *Font, text string, size, pad float64) [][]geom.Point {
	k := size / ppem
	var all [][]geom.Point
	x := 0.0
	for _, r := range text {
		if r == ' ' {
			x += ppem * 0.28
			continue
		}
		o, adv, err := f.outline(&s.buf, r)
		if err != nil {
			return nil
		}
		for _, l := range o {
			for i, p := range l {
				l[i] = geom.Point{X: (p.X + x) * k, Y: p.Y * k}
			}
		}
		all = append(all, o...)
		x += adv
	}
	if len(all) == 0 {
		return nil
	}
	b := box(all)
	for _, l := range all {
		for i := range l {
			l[i] = geom.Point{X: l[i].X - b.X0 + pad, Y: l[i].Y - b.Y0 + pad}
		}
	}
	return all
}
