package cover

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/imprint"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

func painter(t *testing.T, seed uint64) *Painter {
	t.Helper()
	lib, err := glyph.Open(glyph.Options{})
	if err != nil {
		t.Fatalf("glyph.Open: %v", err)
	}
	rng := rand.New(rand.NewPCG(seed, 1))
	return New(rng, lib, glyph.NewSetter(), imprint.New(rng))
}

// TestCoversHideInk lays every opaque cover over black and over white digits:
// where they stood the pictures are then the same but at the rim.
func TestCoversHideInk(t *testing.T) {
	d := painter(t, 19)
	boxes := make([]geom.Rect, 4)
	for i := range boxes {
		boxes[i] = geom.Rect{X0: 20 + 24*float64(i), X1: 36 + 24*float64(i), Y0: 10, Y1: 36}
	}
	for _, way := range []string{"bar", "box", "tape", "marker", "finger", "sticker"} {
		for _, run := range [][]bool{{false, true, true, false}, {true, true, true, true}, {false, true, false, false}} {
			for range 20 {
				im := raster.NewImage(140, 44)
				im.Fill(raster.Gray(.5))
				for i, b := range boxes {
					im.RoundRect(b.X0, b.Y0, b.W(), b.H(), 0, raster.Color{1, 0, .3}, 1)
					im.RoundRect(b.X0+3, b.Y0+3, 4, float64(3+4*i), 0, raster.Color{0, 1, 0}, 1)
				}
				was := im.Clone()
				d.Conceal(im, boxes, &Hidden{Way: way, At: run})
				same, inside := 0, 0
				for i, b := range boxes {
					for y := int(b.Y0) + 2; y < int(b.Y1)-2; y++ {
						for x := int(b.X0) + 2; x < int(b.X1)-2; x++ {
							if !run[i] {
								continue
							}
							inside++
							if im.At(x, y) == was.At(x, y) {
								same++
							}
						}
					}
				}
				if float64(same) > .12*float64(inside) {
					t.Errorf("%s: %d of %d pixels of %v are as they were", way, same, inside, run)
				}
			}
		}
	}
}

// TestMosaicAndBlurLeaveNoStrokes compares how much neighbouring pixels
// differ in the ink's place before and after.
func TestMosaicAndBlurLeaveNoStrokes(t *testing.T) {
	d := painter(t, 20)
	box := geom.Rect{X0: 30, X1: 110, Y0: 10, Y1: 38}
	for _, way := range []string{"pixels", "blur"} {
		for range 20 {
			im := raster.NewImage(140, 44)
			for y := range im.H {
				for x := range im.W {
					im.Set(x, y, raster.Gray(float32((x/3+y/3)%2)))
				}
			}
			d.Conceal(im, []geom.Rect{box}, &Hidden{Way: way, At: []bool{true}})
			var sum float64
			n := 0
			for y := 14; y < 34; y++ {
				for x := 34; x < 105; x++ {
					sum += math.Abs(float64(im.At(x, y)[1] - im.At(x+3, y)[1]))
					n++
				}
			}
			if m := sum / float64(n); m > .15 {
				t.Errorf("%s: strokes still differ by %.2f of 1", way, m)
			}
		}
	}
}

func TestHide(t *testing.T) {
	d := painter(t, 22)
	for i := range 400 {
		n := number.Source{}.Line(d.rng)
		whole := n.Digits
		h, face := d.Hide(&n, d.lib.Faces(glyph.Sans)[0], i%2 == 0)
		sum, some := 0, false
		for _, g := range n.Groups {
			sum += g
		}
		if len(h.At) != len(n.Digits) || sum != len(n.Digits) || i%2 == 1 && len(n.Digits) != len(whole) {
			t.Fatalf("%q of %q in groups %v, %d flags", n.Digits, whole, n.Groups, len(h.At))
		}
		for i, v := range h.At {
			some = some || v
			if mark := n.Digits[i] == '*'; mark != (h.Marked() && v) {
				t.Fatalf("%s: %q hides %v", h.Way, n.Digits, h.At)
			}
		}
		if !some && !h.Marked() {
			t.Fatalf("%s hides nothing of %q", h.Way, whole)
		}
		if has := face.Glyphs[glyph.Mark].Dist != nil; has != h.Marked() {
			t.Fatalf("%s: a glyph for marks: %v", h.Way, has)
		}
	}
}
