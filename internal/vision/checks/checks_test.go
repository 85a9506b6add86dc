package checks

import (
	"testing"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// table is an image of a card with stripes on a dark table.
func table(card geom.Quad, paint func(x, y int) (value uint8, ok bool)) *pixel.RGB {
	m := pixel.New(800, 600)
	for y := range m.H {
		for x := range m.W {
			v := uint8(40)
			if card.Contains(geom.Point{X: float64(x) + .5, Y: float64(y) + .5}) {
				v = 120 + uint8(x/20%2)*20
			}
			if w, ok := paint(x, y); ok {
				v = w
			}
			for c := range 3 {
				m.Pix[(y*m.W+x)*3+c] = v
			}
		}
	}
	return m
}

func nothing(int, int) (uint8, bool) { return 0, false }

var (
	inside = geom.RectQuad(150, 120, 500, 315)
	frame  = geom.Rect{X1: 800, Y1: 600}
)

func measureAt(m *pixel.RGB, at geom.Quad, change func(*Card)) capture.Checks {
	c := Card{Corners: at, Outline: true, Whole: frame}
	if change != nil {
		change(&c)
	}
	return Measure(pixel.NewPyramid(m), c)
}

func TestNothingWarnsOfAWholeCard(t *testing.T) {
	got := measureAt(table(inside, nothing), inside, nil)
	for name, c := range got.All() {
		if c.Warn || c.P > 0.2 || len(c.Polygons) > 0 {
			t.Errorf("%s of a whole card = %+v, want no warning", name, c)
		}
	}
}

func TestBorder(t *testing.T) {
	beyond := geom.RectQuad(-60, 120, 500, 315)
	if got := measureAt(table(beyond, nothing), beyond, nil).Border; !got.Warn || len(got.Polygons) != 3 {
		t.Errorf("card of which 60 pixels are outside the image = %+v, want a warning at the left, upper and lower side", got)
	}
	slightly := geom.RectQuad(-8, 120, 500, 315)
	if got := measureAt(table(slightly, nothing), slightly, nil).Border; got.Warn {
		t.Errorf("card of which 8 pixels are outside = %+v, want no warning: outlines have such errors", got)
	}
	finger := func(x, y int) (uint8, bool) { return 220, x >= 300 && x < 470 && y > 340 }
	got := measureAt(table(inside, finger), inside, nil).Border
	if !got.Warn || len(got.Polygons) != 1 {
		t.Fatalf("card whose lower side is covered by a third = %+v, want a warning at one place", got)
	}
	if y := got.Polygons[0][0][1]; y < 400 || y > 470 {
		t.Errorf("the covered part begins at y = %.0f, want near the lower side at 435", y)
	}
	if got := measureAt(table(beyond, nothing), beyond, func(c *Card) { c.Outline = false }).Border; got.P != 0 {
		t.Errorf("without an outline = %+v, want no judgement", got)
	}
}

func TestGlare(t *testing.T) {
	// A reflection fades over 20 pixels, print does not.
	spot := func(fade float64) func(x, y int) (uint8, bool) {
		return func(x, y int) (uint8, bool) {
			d := geom.Point{X: float64(x) - 400, Y: float64(y) - 280}.Len()
			switch {
			case d < 90:
				return 255, true
			case d < 90+fade:
				return 255 - uint8(100*(d-90)/fade), true
			}
			return 0, false
		}
	}
	number := []geom.Quad{geom.RectQuad(320, 270, 14, 22), geom.RectQuad(340, 270, 14, 22), geom.RectQuad(600, 270, 14, 22)}
	withNumber := func(c *Card) { c.Fields = []Field{{capture.FieldNumber, number}} }
	got := measureAt(table(inside, spot(40)), inside, withNumber).Glare
	if !got.Warn || len(got.Polygons) == 0 || len(got.Fields) != 1 || got.Fields[0] != capture.FieldNumber {
		t.Errorf("reflection over two of three digits = %+v, want a warning with a polygon and the number", got)
	}
	beside := measureAt(table(inside, spot(40)), inside, nil).Glare
	if beside.P >= got.P {
		t.Errorf("reflection beside the fields has p = %.2f, over the number %.2f, want less", beside.P, got.P)
	}
	if got := measureAt(table(inside, spot(0.01)), inside, nil).Glare; got.Warn {
		t.Errorf("white print with a sharp edge = %+v, want no warning", got)
	}
}

func TestOverlap(t *testing.T) {
	m := table(inside, nothing)
	for _, tt := range []struct {
		other geom.Quad
		want  bool
	}{
		{geom.RectQuad(350, 250, 500, 315), true},
		{geom.RectQuad(640, 120, 500, 315), false},
		{geom.RectQuad(660, 450, 100, 60), false},
	} {
		got := measureAt(m, inside, func(c *Card) { c.Others = []geom.Quad{tt.other} }).Overlap
		if got.Warn != tt.want {
			t.Errorf("another card at %v: %+v, want a warning: %v", tt.other, got, tt.want)
		}
	}
}

func TestCommon(t *testing.T) {
	a := geom.RectQuad(0, 0, 10, 10)
	for _, tt := range []struct {
		b    geom.Quad
		want float64
	}{
		{a, 100},
		{geom.RectQuad(5, 5, 10, 10), 25},
		{geom.RectQuad(20, 0, 5, 5), 0},
		{geom.Quad{{X: 5, Y: -5}, {X: 15, Y: 5}, {X: 5, Y: 15}, {X: -5, Y: 5}}, 100}, // a turned by 45 degrees around it
		{geom.Quad{}, 0},
	} {
		if got := common(a, tt.b); got < tt.want-1e-9 || got > tt.want+1e-9 {
			t.Errorf("common(%v, %v) = %g, want %g", a, tt.b, got, tt.want)
		}
	}
}

func TestQuality(t *testing.T) {
	for _, tt := range []struct {
		edge, height float64
		want         int
	}{
		{0.2, 3, 100}, {1, 3, 50}, {2, 3, 18}, {0.2, 1, 50}, {0.2, 0.5, 25}, {0.2, 0, 0},
	} {
		if got := Quality(tt.edge, tt.height); got != tt.want {
			t.Errorf("Quality(%g, %g) = %d, want %d", tt.edge, tt.height, got, tt.want)
		}
	}
}

func TestSharpness(t *testing.T) {
	stripes := func(width float64) *pixel.Pyramid {
		m := pixel.New(512, 384)
		for i := range m.Pix {
			x := float64(i / 3 % m.W)
			at := x/64 - float64(int(x/64)) - 0.5 // a ramp of this width every 64 pixels
			v := 0.5 + at*64/width
			m.Pix[i] = uint8(40 + 170*min(max(v, 0), 1))
		}
		return pixel.NewPyramid(m)
	}
	sharp, soft := Sharpness(stripes(1)), Sharpness(stripes(12))
	if sharp < 90 || soft > 50 {
		t.Errorf("Sharpness of edges 1 and 12 pixels wide = %d and %d, want at least 90 and at most 50", sharp, soft)
	}
	if got := Sharpness(pixel.NewPyramid(pixel.New(200, 200))); got != 0 {
		t.Errorf("Sharpness of a plain image = %d, want 0", got)
	}
}
