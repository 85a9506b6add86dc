package annotate

import (
	"bytes"
	"image/png"
	"math"
	"strings"
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
		for x := 40; x < 75; x++ {
			if at(p, x, y)[1] > Green[1]/2 {
				ink++
			}
		}
	}
	if ink < 30 {
		t.Errorf("the label has %d pixels of ink, want 30 or more", ink)
	}
}

// A covered digit is gone, with a margin, and nothing else is.
func TestCover(t *testing.T) {
	p := pixel.New(100, 100)
	for i := range p.Pix {
		p.Pix[i] = 200
	}
	Cover(p, geom.RectQuad(40, 40, 10, 20))
	white := Color{200, 200, 200}
	for _, c := range []struct {
		x, y    int
		covered bool
	}{{45, 50, true}, {37, 34, true}, {52, 65, true}, {30, 50, false}, {45, 30, false}, {58, 50, false}, {45, 75, false}} {
		if got := at(p, c.x, c.y) != white; got != c.covered {
			t.Errorf("the pixel at %d,%d is covered: %v, want %v", c.x, c.y, got, c.covered)
		}
	}
	// Quads of any shape do no harm.
	for _, q := range []geom.Quad{{}, geom.RectQuad(-1e9, -1e9, 2e9, 2e9), {{X: math.NaN()}, {X: math.Inf(1)}, {}, {Y: 3}}} {
		Cover(p, q)
	}
}

// Stripes of two pixels cannot be told after Blur, large areas can.
func TestBlur(t *testing.T) {
	p := pixel.New(800, 400)
	for y := range 400 {
		for x := range 800 {
			for k := range 3 {
				p.Pix[(y*800+x)*3+k] = uint8(x/2%2*200 + y/200*50)
			}
		}
	}
	Blur(p)
	if got := at(p, 10, 10); got != at(p, 12, 10) || got != (Color{100, 100, 100}) {
		t.Errorf("a tile of stripes is %v and %v, want their mean", got, at(p, 12, 10))
	}
	if at(p, 10, 10) == at(p, 10, 390) {
		t.Error("the halves of the image are the same, want them different")
	}
}

// A label that is wider than the image gets smaller letters: its end is seen.
func TestLongLabelFits(t *testing.T) {
	p := pixel.New(400, 200)
	Draw(p, []Mark{{Outline: geom.RectQuad(10, 100, 300, 80), Label: strings.Repeat("long ", 12) + "HHH", Color: Green, Size: 26}})
	ink, right := 0, 0
	for y := range 100 {
		for x := range 400 {
			if at(p, x, y)[1] > Green[1]/2 {
				ink, right = ink+1, max(right, x)
			}
		}
	}
	if ink < 300 || right > 397 || right < 300 {
		t.Errorf("the label has %d pixels of ink and ends at %d, want 300 or more, and an end between 300 and 397", ink, right)
	}
}

func TestCaption(t *testing.T) {
	p := pixel.New(300, 200)
	Caption(p, Yellow, "no card found", "a line that is much longer than the other one")
	ink := 0
	for y := 150; y < 200; y++ {
		for x := range 300 {
			if at(p, x, y) == Yellow {
				ink++
			}
		}
	}
	if ink < 100 {
		t.Errorf("the caption has %d pixels of ink, want 100 or more", ink)
	}
	if at(p, 150, 100) != (Color{}) {
		t.Error("the caption reaches the middle of the image")
	}
	for _, text := range []string{"why", "原因"} {
		if missing := Missing(text); missing != "" {
			t.Errorf("the font lacks %q of %q", missing, text)
		}
	}
	if got := Missing("why 龘"); got != "龘" {
		t.Errorf("Missing = %q, want 龘", got)
	}
}

// A Chinese label is as large as one of ASCII, and not a row of boxes.
func TestChineseLabel(t *testing.T) {
	wide, narrow := rendered("通过", 40), rendered("ok", 40)
	if got := wide.Rect.Dx(); got < 80 || got > 110 {
		t.Errorf("two letters of size 40 are %d pixels wide, want 80 and a margin", got)
	}
	if a, b := wide.Rect.Dy(), narrow.Rect.Dy(); a > 2*b {
		t.Errorf("a Chinese label is %d pixels high, one of ASCII %d, want about the same", a, b)
	}
	if bytes.Equal(rendered("通", 40).Pix, rendered("过", 40).Pix) {
		t.Error("two letters look the same, want two different ones")
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
