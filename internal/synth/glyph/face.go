// Package glyph holds the shapes printed on synthetic cards: signed distance maps
// of a face's digits and solidus, from which a line is inked (a threshold) or
// embossed (a profile), and masks of any text.
//
// Farrington 7B, the embossing face, is made of our own strokes. Other faces come
// from the embedded fonts and from a curated list of fonts in a directory, if one
// is given.
package glyph

import "github.com/kahao/kahao/internal/synth/raster"

// Master is the digit height in pixels of the distance maps, and Pad the
// margin around the ink, which is also the largest distance that they hold.
const (
	Master = 64
	Pad    = 14
)

// Chars are the characters that a Face can draw, in the order of its glyphs:
// the classes of the recogniser.
const Chars = "0123456789/"

// Glyphs of a face that are no classes of the recogniser: the dash between two
// dates, the full stop within one, and two that With fills: the sign printed
// instead of a hidden digit, and a sign next to the number.
const (
	Dash = len(Chars) + iota
	Dot
	Mark
	Sign
	Slots // how many glyphs a face has room for
)

// Index returns the position of c in a face's glyphs, or -1.
func Index(c byte) int {
	switch {
	case c >= '0' && c <= '9':
		return int(c - '0')
	case c == '/':
		return 10
	case c == '-':
		return Dash
	case c == '.':
		return Dot
	case c == '*':
		return Mark
	case c == '>':
		return Sign
	}
	return -1
}

// Class says what kind of face one is.
type Class int

// The classes of faces.
const (
	Farrington Class = iota // ISO/IEC 7811-1 embossing face
	Sans
	Serif
	Mono
	OCR
	Block   // the small embossing face, of dates and names
	Segment // seven bars, as displays show
)

// String returns the class as it is written into labels.
func (c Class) String() string {
	return [...]string{"farrington", "sans", "serif", "mono", "ocr", "block", "segment"}[c]
}

// Glyph is one character of a face. Dist is the signed distance to its
// outline in master pixels, negative inside; the middle of the map is the
// horizontal centre of its ink and the vertical centre of the digits.
type Glyph struct {
	Dist *raster.Mask
	W    float64 // ink width in digit heights
	Adv  float64 // advance in digit heights
}

// Face is a set of digits in one style. It is read-only once made.
type Face struct {
	Name   string
	Class  Class
	Glyphs [Slots]Glyph // of Chars, then Dash to Sign
	// Stroke is the width of a stem in digit heights, estimated from 0's map.
	Stroke float64
}

// With returns the face with a glyph in the place of '*' (Mark) or '>' (Sign).
func (f *Face) With(slot int, g Glyph) *Face {
	c := *f
	c.Glyphs[slot] = g
	return &c
}

// DigitWidth is the broadest ink of a digit, in digit heights.
func (f *Face) DigitWidth() float64 {
	w := 0.0
	for i := range 10 {
		w = max(w, f.Glyphs[i].W)
	}
	return w
}

// Cell is the natural pitch of the digits in digit heights: Farrington's is
// the standard's 3.63 mm, that of a font its broadest digit's advance.
func (f *Face) Cell() float64 {
	a := 0.0
	for i := range 10 {
		a = max(a, f.Glyphs[i].Adv)
	}
	return a
}

// measure estimates the stroke from the deepest point inside '0'.
func (f *Face) measure() {
	deep := float32(0)
	for _, v := range f.Glyphs[0].Dist.Pix {
		deep = min(deep, v)
	}
	f.Stroke = max(0.03, -2*float64(deep)/Master)
	f.Glyphs[Dot] = dot(f.Stroke)
}
