package annotate

import (
	"bytes"
	"image/png"
	"math"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

func at(p *pixel.RGB, x, y int) Color { return Color(p.Pix[(y*p.W+x)*3:][:3]) }

func TestOutlineAndLabelAreDrawn(t *testing.T) {
	p := pixel.New(200, 100)
	Draw(p, []Mark{{Outline: geom.RectQuad(40, 40, 100, 30), Label: "6222", Color: Green, Thick: 2, Size: 13}})
	for _, on := range [][2]int{{40, 50}, {140, 50}, {90, 40}, {90, 70}} {
		if at(p, on[0], on[1]) != Green {
			t.Errorf("no outline at %v: %v", on, at(p, on[0], on[1]))
		}
	}
	if at(p, 90, 55) != (Color{}) {
		t.Error("the inside was drawn over")
	}
	ink := 0
	for y := 20; y < 38; y++ {
		for x := 40; x < 70; x++ {
			if at(p, x, y) == Green {
				ink++
			}
		}
	}
	if ink < 30 {
		t.Errorf("the label has %d pixels of ink", ink)
	}
}

// Corners of a card may lie far outside the picture, and a homography at its
// limit gives infinities.
func TestMarksOutsideDoNoHarm(t *testing.T) {
	p := pixel.New(50, 40)
	for _, q := range []geom.Quad{
		geom.RectQuad(-30, -30, 20, 20), geom.RectQuad(-1e9, 10, 2e9, 1e9), geom.RectQuad(45, 35, 100, 100),
		{{X: math.Inf(1)}, {X: math.NaN()}, {Y: math.Inf(-1)}, {}}, {},
	} {
		Draw(p, []Mark{{Outline: q, Label: "number", Color: Red, Thick: 3, Size: 40}})
	}
}

func TestSlantedLineIsWhole(t *testing.T) {
	p := pixel.New(100, 100)
	line(p, geom.Point{X: 10, Y: 90}, geom.Point{X: 90, Y: 12}, 3, Cyan)
	for x := 12; x < 88; x++ {
		y := int(90 - float64(x-10)*78/80)
		if at(p, x, y) != Cyan {
			t.Fatalf("gap at %d,%d", x, y)
		}
	}
}

func TestPNG(t *testing.T) {
	p := pixel.New(3, 2)
	copy(p.Pix[9:], []uint8{1, 2, 3})
	var b bytes.Buffer
	if err := PNG(&b, p); err != nil {
		t.Fatalf("PNG: %v", err)
	}
	im, err := png.Decode(&b)
	if err != nil {
		t.Fatalf("png.Decode: %v", err)
	}
	if r, g, bl, a := im.At(0, 1).RGBA(); r>>8 != 1 || g>>8 != 2 || bl>>8 != 3 || a>>8 != 255 {
		t.Errorf("got %v", im.At(0, 1))
	}
}
