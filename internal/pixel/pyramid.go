package pixel

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
)

// Pyramid is an image with copies of itself at a half, a quarter and so on
// of its size, each made on first use. Sampling at a reduced scale then takes
// few pixels of a copy instead of many of the original.
// It belongs to one goroutine.
type Pyramid struct {
	W, H   int
	levels []*RGB
}

// NewPyramid returns the pyramid over an image.
func NewPyramid(image *RGB) *Pyramid {
	return &Pyramid{W: image.W, H: image.H, levels: []*RGB{image}}
}

// Base returns the image itself.
func (p *Pyramid) Base() *RGB { return p.levels[0] }

// minSide is where a pyramid ends.
const minSide = 64

// level returns the smallest copy whose pixels are at most scale pixels of the
// original wide.
func (p *Pyramid) level(scale float64) *RGB {
	for n := 0; ; n++ {
		at := p.levels[n]
		if !(scale >= 2) || min(at.W, at.H) < 2*minSide {
			return at
		}
		if n+1 == len(p.levels) {
			p.levels = append(p.levels, at.Resize((at.W+1)/2, (at.H+1)/2))
		}
		scale /= 2
	}
}

// Warp is RGB.Warp from the copy that suits the map's lesser scale; toSrc maps
// to pixels of the original.
func (p *Pyramid) Warp(dst *RGB, toSrc geom.Homography, fill *[3]uint8) {
	src := p.level(math.Min(scales(toSrc, dst.W, dst.H)))
	kx, ky := float64(src.W)/float64(p.W), float64(src.H)/float64(p.H)
	src.Warp(dst, geom.Homography{kx, 0, 0, 0, ky, 0, 0, 0, 1}.Mul(toSrc), fill)
}

// Resize is RGB.Resize from the copy that suits the size.
func (p *Pyramid) Resize(w, h int) *RGB {
	return p.level(math.Min(float64(p.W)/float64(w), float64(p.H)/float64(h))).Resize(w, h)
}
