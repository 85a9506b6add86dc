package scene

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/raster"
)

func newComposer(t *testing.T, seed uint64) *Composer {
	t.Helper()
	lib, err := glyph.Open(glyph.Options{})
	if err != nil {
		t.Fatalf("glyph.Open: %v", err)
	}
	return NewComposer(NewBank(card.NewBank(lib, seed, 4, nil), lib, seed, 15), seed)
}

// plate is a card of one colour with a white top-left quarter.
func plate() *card.Card {
	c := &card.Card{Image: pixel.New(214, 135), Scale: 2.5, W: card.Width, H: card.Height}
	for y := range c.Image.H {
		for x := range c.Image.W {
			if x < 107 && y < 67 {
				copy(c.Image.Pix[(y*214+x)*3:], []uint8{255, 255, 255})
			}
		}
	}
	return c
}

func TestCornersAreWhereTheCardIsDrawn(t *testing.T) {
	d := newComposer(t, 1)
	c := plate()
	for turns := range 4 {
		im := raster.NewImage(200, 200)
		im.Fill(raster.Color{1, 0, 0})
		s := &Scene{}
		w, h := 160.0, 100.9
		if turns%2 == 1 {
			w, h = h, w
		}
		d.put(s, im, c, straight(c, turns, (200-w)/2, (200-h)/2, w, h), nil)
		q := s.Cards[0].Corners
		if !q.Convex() {
			t.Fatalf("%d turns: corners %v are not convex", turns, q)
		}
		want := float64(turns) * 90
		if got := Rotation(q); math.Abs(math.Remainder(got-want, 360)) > .5 {
			t.Errorf("%d turns: rotation %.1f, want %.1f", turns, got, want)
		}
		m := q.Center()
		for i, p := range q { // a quarter of the way in from each corner
			v := im.Sample(m.Add(p.Sub(m).Mul(.5)))
			if white := v[1] > .5; white != (i == 0) {
				t.Errorf("%d turns: colour %v at corner %d, want white only at corner 0", turns, v, i)
			}
			if v := im.Sample(m.Add(p.Sub(m).Mul(1.06))); v[0] < .9 || v[1] > .1 {
				t.Errorf("%d turns: colour %v outside corner %d, want red ground", turns, v, i)
			}
			if v := im.Sample(m.Add(p.Sub(m).Mul(.93))); v[0] > .9 && v[1] < .1 {
				t.Errorf("%d turns: the ground is visible inside corner %d", turns, i)
			}
		}
	}
}

func TestPoseIsAPinhole(t *testing.T) {
	d := newComposer(t, 2)
	c := plate()
	for range 200 {
		p := d.newPose(400, 300, 1)
		p.x, p.y = 200, 150
		q := p.homography(c, 400, 300).Quad(geom.RectQuad(0, 0, c.W, c.H))
		if !q.Convex() {
			t.Fatalf("pose %+v: corners %v are not convex", p, q)
		}
		if p.tilt > 45.01*math.Pi/180 {
			t.Errorf("tilt %.1f degrees, want at most 45", p.tilt*180/math.Pi)
		}
		if w := q.Width(); w < .5*p.long || w > 1.6*p.long {
			t.Errorf("pose %+v: the card is %.0f pixels wide, want 0.5 to 1.6 of its long side", p, w)
		}
	}
	flat := pose{focal: 1, long: 200, x: 200, y: 150}
	q := flat.homography(c, 400, 300).Quad(geom.RectQuad(0, 0, c.W, c.H))
	if math.Abs(q.Width()-200) > .01 || math.Abs(q[0].Y-q[1].Y) > .01 || math.Abs(q.Center().X-200) > .01 {
		t.Errorf("an untilted card has corners %v, want 200 pixels wide, level, centred", q)
	}
}

func TestFlatKeepsItsCard(t *testing.T) {
	d := newComposer(t, 3)
	var far []float64
	for range 40 {
		f := d.Rectify(320, 1)
		p := f.Image
		if f.Card.Portrait() != (p.H > p.W) || p.W*p.H != FlatW*FlatH {
			t.Fatalf("a card of %gx%g mm on an image of %dx%d", f.Card.W, f.Card.H, p.W, p.H)
		}
		q := f.Map.Quad(geom.RectQuad(0, 0, float64(f.Card.Image.W), float64(f.Card.Image.H)))
		if !q.Convex() {
			t.Errorf("corners %v are not convex", q)
		}
		cw, ch := flatCardW, flatCardH
		if f.Card.Portrait() {
			cw, ch = ch, cw
		}
		far = append(far, q[0].Sub(geom.Point{X: float64(p.W-cw) / 2, Y: float64(p.H-ch) / 2}).Len())
	}
	off := 0
	for _, v := range far {
		if v > 30 {
			off++
		}
	}
	if off > 8 {
		t.Errorf("%d of 40 cards are more than 30 pixels off, want at most 8", off)
	}
}

func TestNoneShowsNoCard(t *testing.T) {
	d := newComposer(t, 5)
	for range 15 {
		s := &Scene{Kind: None}
		d.photo(s, 160, 120, 0, 200, .5)
		if len(s.Cards) != 0 || s.Kind != None {
			t.Errorf("kind %s with %d cards, want none without cards", s.Kind, len(s.Cards))
		}
	}
}

func TestSurfacesAreInRange(t *testing.T) {
	d := newComposer(t, 6)
	r := rand.New(rand.NewPCG(1, 1))
	for range 8 {
		if p := d.surfaces.Pick(r); p.W != surfaceW || p.H != surfaceH {
			t.Fatalf("surface of %dx%d, want the size of the bank's", p.W, p.H)
		}
	}
}
