package imprint

import (
	"math/rand/v2"
	"testing"

	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/raster"
)

func setup(t *testing.T) (*Printer, *rand.Rand, *glyph.Library, Line) {
	t.Helper()
	lib, err := glyph.Open(glyph.Options{})
	if err != nil {
		t.Fatalf("glyph.Open: %v", err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	l := Line{Face: lib.Faces(glyph.Farrington)[0], Text: "0123456789/", Y: []float64{30}, Height: 34}
	for i := range l.Text {
		l.X = append(l.X, 30+28*float64(i))
	}
	return New(rng), rng, lib, l
}

func TestEveryPrintIsVisibleWhereItsBoxesAre(t *testing.T) {
	p, rng, _, l := setup(t)
	for i := range 120 {
		im := raster.NewImage(340, 60)
		ground := raster.Gray(.2 + .6*rng.Float32())
		im.Fill(ground)
		var s Style
		switch i % 3 {
		case 0:
			s = p.FlatStyle(rng, .3, ground)
		default:
			s = p.EmbossStyle(rng, .3, i%3 == 1)
		}
		pr := p.Print(im, l, &s)
		if v := pr.Visible(); v < .02 {
			t.Errorf("%v print %d: contrast %.3f, want at least 0.02", s.Kind, i, v)
		}
		for k, b := range pr.Boxes {
			if diff(im, ground, int(b.X0), int(b.Y0), int(b.X1)+1, int(b.Y1)+1) < .005 {
				t.Errorf("%v print %d: no ink in the box of %c", s.Kind, i, l.Text[k])
			}
		}
		if out := diff(im, ground, 0, 0, 340, 2); out > .001 {
			t.Errorf("%v print %d changes the image's edge by %.4f, want at most 0.001", s.Kind, i, out)
		}
	}
}

// diff is the mean difference from the ground in a rectangle.
func diff(im *raster.Image, g raster.Color, x0, y0, x1, y1 int) float32 {
	var s float32
	n := 0
	for y := max(0, y0); y < min(im.H, y1); y++ {
		for x := max(0, x0); x < min(im.W, x1); x++ {
			c := im.At(x, y)
			for k := range c {
				s += abs(c[k] - g[k])
				n++
			}
		}
	}
	return s / float32(n)
}

func TestPrintBeyondThePictureIsCut(t *testing.T) {
	p, rng, lib, l := setup(t)
	for i := range l.X {
		l.X[i] -= 120
	}
	im := raster.NewImage(120, 40)
	s := p.EmbossStyle(rng, .5, true)
	if pr := p.Print(im, l, &s); len(pr.Contrast) != len(l.Text) {
		t.Errorf("%d contrasts of %d characters", len(pr.Contrast), len(l.Text))
	}
	set := glyph.NewSetter()
	m := set.Dist(lib.Latin[0], "ZHANG WEI", 20)
	p.PrintShape(im, m, -30, 25, 2, &s)
	p.PrintShape(im, m, 500, 25, 2, &s)
	for _, v := range im.Pix {
		if v != v || v < 0 || v > 1.1 {
			t.Fatalf("value %v, want 0 to 1.1", v)
		}
	}
}
