package detect

import (
	"math"
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// ideal is what a perfect network would answer for the cards.
func ideal(cards ...geom.Quad) []float32 {
	out := make([]float32, grid*grid*channels)
	for i := range grid * grid {
		o := out[i*channels : (i+1)*channels]
		for c := range 5 {
			o[c] = -6
		}
		x, y := center(i)
		for _, q := range cards {
			if q.Contains(geom.Point{X: x, Y: y}) {
				o[chMask] = 6
				for k, p := range q {
					o[chCorner+2*k] = float32((p.X - x) / cornerUnit)
					o[chCorner+2*k+1] = float32((p.Y - y) / cornerUnit)
				}
			}
			for k, p := range q {
				if math.Abs(p.X-x) <= stride/2 && math.Abs(p.Y-y) <= stride/2 {
					o[k] = 6
					o[chOffset] = float32((p.X - x) / stride)
					o[chOffset+1] = float32((p.Y - y) / stride)
				}
			}
		}
	}
	return out
}

// all is an image that fills the input.
var all = geom.Rect{X1: Side, Y1: Side}

func rotated(cx, cy, w, h, degrees float64) geom.Quad {
	s, c := math.Sincos(degrees * math.Pi / 180)
	q := geom.RectQuad(-w/2, -h/2, w, h)
	for k, p := range q {
		q[k] = geom.Point{X: cx + c*p.X - s*p.Y, Y: cy + s*p.X + c*p.Y}
	}
	return q
}

func TestDecodeAnyRotation(t *testing.T) {
	for degrees := 0.0; degrees < 360; degrees += 15 {
		want := rotated(130, 120, 120, 76, degrees)
		found := decoded(t, ideal(want), all, none)
		if len(found) != 1 {
			t.Fatalf("%g degrees: %d cards", degrees, len(found))
		}
		if d := apart(found[0].Corners, want); d > 0.01 {
			t.Errorf("%g degrees: corners off by %.2f px", degrees, d)
		}
		if found[0].Likely[0] < 0.8 {
			t.Errorf("%g degrees: way up %.2f", degrees, found[0].Likely)
		}
	}
}

func TestDecodeCornersOutside(t *testing.T) {
	want := rotated(128, 128, 330, 208, 4)
	found := decoded(t, ideal(want), all, none)
	if len(found) != 1 || apart(found[0].Corners, want) > 0.5 {
		t.Fatalf("card larger than the image: %+v", found)
	}
}

func TestDecodeSeveralAndNone(t *testing.T) {
	a, b := rotated(70, 80, 90, 57, 10), rotated(180, 180, 90, 57, -70)
	if found := decoded(t, ideal(a, b), all, none); len(found) != 2 {
		t.Errorf("two cards: found %d", len(found))
	}
	if found := decoded(t, ideal(), all, none); len(found) != 0 {
		t.Errorf("no card: found %d", len(found))
	}
}

func TestDecodeNamesCornersByHeat(t *testing.T) {
	want := rotated(130, 120, 120, 76, 30)
	for n := range 4 { // the votes begin with another corner in half of the card
		out := ideal(want)
		for i := range grid * grid {
			if x, _ := center(i); x > 130 {
				o := out[i*channels+chCorner : i*channels+chCorner+8]
				copy(o, append(append([]float32{}, o[2*n:]...), o[:2*n]...))
			}
		}
		found := decoded(t, out, all, none)
		if len(found) != 1 || apart(found[0].Corners, want) > 0.5 {
			t.Errorf("%d turns: %+v", n, found)
		}
	}
}

func TestDecodeMissingPeak(t *testing.T) {
	want := rotated(128, 128, 120, 76, 20)
	out := ideal(want)
	for i := range grid * grid { // a finger on the top-left corner
		out[i*channels] = -6
	}
	found := decoded(t, out, all, none)
	if len(found) != 1 || apart(found[0].Corners, want) > 0.5 {
		t.Fatalf("the votes did not replace the hidden corner: %+v", found)
	}
}

func TestLetterboxMapsBack(t *testing.T) {
	for _, size := range [][2]int{{800, 600}, {600, 800}, {1000, 100}, {33, 50}, {1, 1}} {
		in, toImage := Letterbox(pixel.NewPyramid(pixel.New(size[0], size[1])))
		if len(in) != Side*Side*3 {
			t.Fatalf("%v: input of %d", size, len(in))
		}
		c := toImage.Apply(geom.Point{X: Side / 2, Y: Side / 2})
		k := float64(max(size[0], size[1])) / Content
		if math.Abs(c.X-float64(size[0])/2) > k || math.Abs(c.Y-float64(size[1])/2) > k {
			t.Errorf("%v: the centre maps to %v", size, c)
		}
		if in[0] != 0 {
			t.Errorf("%v: padding is %g, want 0", size, in[0])
		}
	}
}

// decoded is decode, which has no error of its own.
func decoded(t *testing.T, out []float32, content geom.Rect, confirm confirmFunc) []Found {
	t.Helper()
	found, err := decode(out, content, confirm)
	if err != nil {
		t.Fatalf("decode: %v", err)
	}
	return found
}

// none confirms nothing.
func none([]Found) ([]Found, error) { return nil, nil }

func TestStretch(t *testing.T) {
	in := make([]float32, 300) // the first cells are around the image
	for i := 150; i < 300; i++ {
		in[i] = .3 + .5*float32(i-150)/150
	}
	stretch(in)
	for i, v := range in[:150] {
		if v != 0 {
			t.Fatalf("value %d around the image = %g, want 0", i, v)
		}
	}
	if lo, hi := slices.Min(in[150:]), slices.Max(in[150:]); lo != stretchFrom || hi != stretchTo {
		t.Errorf("values from %g to %g, want %d to %d", lo, hi, stretchFrom, stretchTo)
	}
	plain := []float32{.5, .5, .5, .55, .55, .55}
	stretch(plain)
	if plain[0] != .5 || plain[5] != .55 {
		t.Errorf("an image almost without contrast became %v, want it as it was", plain)
	}
}
