package rectify

import (
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// photograph has a card of four coloured quarters at the given corners: red
// top left, green top right, blue bottom right, white bottom left.
func photograph(corners geom.Quad) *pixel.Pyramid {
	p := pixel.New(400, 300)
	toCard, _ := geom.QuadToQuad(corners, geom.RectQuad(0, 0, 2, 2))
	colours := [2][2][3]uint8{{{255, 0, 0}, {0, 255, 0}}, {{255, 255, 255}, {0, 0, 255}}}
	for y := range p.H {
		for x := range p.W {
			at := toCard.Apply(geom.Point{X: float64(x) + 0.5, Y: float64(y) + 0.5})
			if at.X > 0 && at.X < 2 && at.Y > 0 && at.Y < 2 {
				copy(p.Pix[(y*p.W+x)*3:], colours[int(at.Y)][int(at.X)][:])
			}
		}
	}
	return pixel.NewPyramid(p)
}

func TestCardIsFlattenedUpright(t *testing.T) {
	upright := geom.Quad{{X: 60, Y: 70}, {X: 330, Y: 40}, {X: 350, Y: 220}, {X: 70, Y: 240}}
	for n := range 4 {
		corners := upright.Turn(n) // the card as it is read, on its side or head
		flat, ok := Card(photograph(corners), corners)
		if !ok {
			t.Fatal("not flattened")
		}
		if want := n%2 == 1; flat.Portrait != want {
			t.Fatalf("%d turns: portrait %v", n, flat.Portrait)
		}
		w, h := flat.RGB.W, flat.RGB.H
		for i, want := range [][3]uint8{{255, 0, 0}, {0, 255, 0}, {0, 0, 255}, {255, 255, 255}} {
			x, y := w/4, h/4
			if i == 1 || i == 2 {
				x = 3 * w / 4
			}
			if i >= 2 {
				y = 3 * h / 4
			}
			if got := [3]uint8(flat.RGB.Pix[(y*w+x)*3:]); got != want {
				t.Errorf("%d turns: corner %d is %v, want %v", n, i, got, want)
			}
		}
		back := flat.ToImage.Quad(Frame(flat.Portrait))
		for k := range back {
			if back[k].Sub(corners[k]).Len() > 1e-6 {
				t.Errorf("%d turns: corner %d maps to %v, want %v", n, k, back[k], corners[k])
			}
		}
	}
}

func TestDegenerateCard(t *testing.T) {
	if _, ok := Card(photograph(geom.RectQuad(10, 10, 100, 60)), geom.Quad{}); ok {
		t.Error("flattened a card without area")
	}
}
