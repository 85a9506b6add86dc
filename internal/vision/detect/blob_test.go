package detect

import (
	"math"
	"testing"

	"github.com/kahao/kahao/internal/geom"
)

// confused is an answer with a right mask and corners' heat, and votes that
// went to the cards' middles: what the network gives where it can't tell
// which way up a card lies.
func confused(cards ...geom.Quad) []float32 {
	out := ideal(cards...)
	for i := range grid * grid {
		o := out[i*channels : (i+1)*channels]
		for k := range 4 {
			o[chCorner+2*k] *= 0.3
			o[chCorner+2*k+1] *= 0.3
		}
	}
	return out
}

func TestTheMaskCorrectsTheVotes(t *testing.T) {
	for degrees := 0.0; degrees < 360; degrees += 15 {
		want := rotated(130, 120, 120, 76, degrees)
		found := decoded(t, confused(want), all, none)
		if len(found) != 1 {
			t.Fatalf("%g degrees: %d cards", degrees, len(found))
		}
		if q, d := nearest(found[0].Corners, want); d > 3 {
			t.Errorf("%g degrees: corners off by %.2f px: %v", degrees, d, q)
		}
	}
}

// A card that the image cuts off has a fifth side, along the border.
func TestQuadReachesACornerBeyondTheBorder(t *testing.T) {
	want := rotated(176, 128, 130, 82, 30)
	out := confused(want)
	image := geom.Rect{X1: 240, Y1: Side}
	beyond := 0
	for i := range grid * grid {
		if x, _ := center(i); x > image.X1 {
			for c := range chCorner {
				out[i*channels+c] = -6
			}
			beyond++
		}
	}
	b := blobs(votes(out))
	if len(b) != 1 || beyond == 0 {
		t.Fatalf("%d blobs, want 1", len(b))
	}
	q, ok := b[0].quad()
	if _, d := nearest(q, want); !ok || d > 8 {
		t.Errorf("corners off by %.1f px: %v, want %v", d, q, want)
	}
	if o := b[0].overlap(image, q); o < 0.9 {
		t.Errorf("overlap %.2f within the image", o)
	}
}

func TestTouchingCardsKeepTheirVotes(t *testing.T) {
	a, b := geom.RectQuad(40, 60, 120, 76), geom.RectQuad(40, 136, 120, 76)
	if n := len(blobs(votes(ideal(a, b)))); n != 1 {
		t.Fatalf("%d blobs, want 1", n)
	}
	found := decoded(t, ideal(a, b), all, none)
	if len(found) != 2 {
		t.Fatalf("%d cards, want 2", len(found))
	}
	for _, f := range found {
		if math.Min(apart(f.Corners, a), apart(f.Corners, b)) > 0.01 {
			t.Errorf("corners %v, want about %v or %v", f.Corners, a, b)
		}
	}
}

func TestBlobsOfNothing(t *testing.T) {
	if n := len(blobs(votes(ideal()))); n != 0 {
		t.Errorf("%d blobs of an empty mask", n)
	}
	one := make([]cell, grid*grid)
	one[5*grid+5].p = 1
	line := make([]cell, grid*grid)
	for x := range grid {
		line[7*grid+x].p = 0.9
	}
	for _, cells := range [][]cell{one, line} {
		b := blobs(cells)
		if len(b) != 1 {
			t.Fatalf("%d blobs, want 1", len(b))
		}
		if q, ok := b[0].quad(); ok && !q.Convex() { // a sliver may have a quad; it must be sound
			t.Errorf("quad of a sliver = %v, want a convex one", q)
		}
	}
}

// Two cards that touch can have one outline together: then a close-up decides
// that they are two.
func TestOneOutlineOfTwoCards(t *testing.T) {
	out := ideal(geom.RectQuad(40, 60, 120, 76), geom.RectQuad(40, 136, 120, 76))
	for i := range grid * grid { // no heat, and votes that are right but for a margin
		o := out[i*channels : (i+1)*channels]
		for c := range chMask {
			o[c] = -6
		}
		for c := chCorner; c < chOffset; c++ {
			o[c] *= 0.85
		}
	}
	asked := 0
	both := func(cards []Found) ([]Found, error) {
		asked = len(cards)
		return cards, nil
	}
	if found := decoded(t, out, all, both); len(found) != 2 || asked != 2 {
		t.Errorf("confirmed: %d cards, asked for %d", len(found), asked)
	}
	if found := decoded(t, out, all, none); len(found) != 1 {
		t.Errorf("not confirmed: %d cards", len(found))
	}
}

// The window of what is left over reaches windowMargin it, and is square.
func TestWindow(t *testing.T) {
	b := blobs(votes(ideal(geom.RectQuad(64, 96, 96, 48))))[0]
	w := b.window()
	if math.Abs(w.Width()-w.Height()) > 1e-9 || math.Abs(w.Width()-96*(1+2*windowMargin)) > stride {
		t.Errorf("%g x %g", w.Width(), w.Height())
	}
	if c := w.Center(); math.Abs(c.X-112) > stride/2 || math.Abs(c.Y-120) > stride/2 {
		t.Errorf("about %v", c)
	}
}
