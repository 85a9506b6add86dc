package glyph

import (
	"math/rand/v2"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// iconFonts lists the free fonts with signs, animals, people and things, used
// from a font directory as artwork and as signs next to a number.
var iconFonts = []string{"Symbola_hint.ttf", "NotoSansSymbols2-Regular.ttf"}

// iconRanges are the blocks of such characters: arrows, shapes, signs,
// pictographs, faces, vehicles. Those that show digits are left out.
var iconRanges = [][2]rune{
	{0x2190, 0x21FF}, {0x25A0, 0x25FF}, {0x2600, 0x26FF}, {0x2701, 0x2775}, {0x2794, 0x27BF},
	{0x1F300, 0x1F3B0}, {0x1F3B2, 0x1F4AE}, {0x1F4B0, 0x1F4C4}, {0x1F4C7, 0x1F51D}, {0x1F525, 0x1F54F}, {0x1F568, 0x1F64F}, {0x1F680, 0x1F6C5},
}

// icon is a character of one of the icon fonts.
type icon struct {
	f *Font
	r rune
}

// icons returns the font's characters in iconRanges.
func icons(f *Font) []icon {
	var all []icon
	for _, r := range iconRanges {
		for c := r[0]; c <= r[1]; c++ {
			if f.Has(c) {
				all = append(all, icon{f, c})
			}
		}
	}
	return all
}

// PickIcon draws a picture from the icon fonts; nil where the library has none.
func (l *Library) PickIcon(rng *rand.Rand) (*Font, string) {
	if len(l.icons) == 0 {
		return nil, ""
	}
	i := l.icons[rng.IntN(len(l.icons))]
	return i.f, string(i.r)
}

// Silhouette returns the coverage of the text's outlines with their holes
// filled, as large as its Mask; nil on the same conditions.
func (s *Setter) Silhouette(f *Font, text string, size float64) *raster.Mask {
	all := s.outlines(f, text, float64(int(size*4+.5))/4, 1)
	if all == nil {
		return nil
	}
	for _, o := range all {
		if area(o) < 0 { // outlines of one orientation merge
			for i, j := 0, len(o)-1; i < j; i, j = i+1, j-1 {
				o[i], o[j] = o[j], o[i]
			}
		}
	}
	b := box(all)
	m := raster.NewMask(int(b.X1)+2, int(b.Y1)+2)
	m.Polygons(all, 1)
	return m
}

// area is twice the signed area of an outline.
func area(o []geom.Point) float64 {
	a := 0.0
	for i, p := range o {
		q := o[(i+1)%len(o)]
		a += p.X*q.Y - q.X*p.Y
	}
	return a
}
