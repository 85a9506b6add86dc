package pixel

import (
	"math"
	"testing"

	"github.com/kahao/kahao/internal/geom"
)

// waves is an image smooth enough that every way of shrinking it agrees.
func waves(w, h int) *RGB {
	p := New(w, h)
	for y := range h {
		for x := range w {
			for c := range 3 {
				v := 128 + 60*math.Sin(float64(x)/97+float64(c)) + 50*math.Cos(float64(y)/83)
				p.Pix[(y*w+x)*3+c] = uint8(v)
			}
		}
	}
	return p
}

func TestPyramidWarpAgreesWithTheOriginal(t *testing.T) {
	src := waves(1501, 1103)
	for _, side := range []float64{150, 400, 900} {
		dst := geom.RectQuad(0, 0, 150, 100)
		at := geom.Quad{{X: 200, Y: 90}, {X: 200 + side, Y: 120}, {X: 190 + side, Y: 100 + side/1.5}, {X: 210, Y: 80 + side/1.5}}
		toSrc, ok := geom.QuadToQuad(dst, at)
		if !ok {
			t.Fatal("degenerate")
		}
		want, got := New(150, 100), New(150, 100)
		src.Warp(want, toSrc, nil)
		NewPyramid(src).Warp(got, toSrc, nil)
		for i := range want.Pix {
			if d := int(want.Pix[i]) - int(got.Pix[i]); d < -2 || d > 2 {
				t.Fatalf("side %g: byte %d is %d, of the original %d", side, i, got.Pix[i], want.Pix[i])
			}
		}
	}
}

func TestPyramidResizeAgreesWithTheOriginal(t *testing.T) {
	src := waves(1501, 1103)
	want, got := src.Resize(224, 165), NewPyramid(src).Resize(224, 165)
	for i := range want.Pix {
		if d := int(want.Pix[i]) - int(got.Pix[i]); d < -2 || d > 2 {
			t.Fatalf("byte %d is %d, of the original %d", i, got.Pix[i], want.Pix[i])
		}
	}
}

func TestPyramidOfAPixel(t *testing.T) {
	p := NewPyramid(New(1, 1))
	p.Warp(New(8, 8), geom.Homography{100, 0, 0, 0, 100, 0, 0, 0, 1}, nil)
	p.Warp(New(8, 8), geom.Homography{}, nil) // degenerate: no size at all
	if r := p.Resize(3, 2); r.W != 3 || r.H != 2 {
		t.Errorf("%dx%d", r.W, r.H)
	}
}
