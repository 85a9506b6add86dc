package plan

import (
	"bytes"
	"encoding/json"
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/labels"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/card"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/scene"
)

func TestSharesAreExact(t *testing.T) {
	all := Set{Seed: 5, Cards: 2000, Empty: 500}.items()
	count := map[labels.Slice]int{}
	for _, o := range all {
		for _, s := range o.slices {
			count[s]++
		}
	}
	if len(all) != 2500 || count[labels.Slice{Dimension: "group", Value: empty}] != 500 || count[labels.Slice{Dimension: "group", Value: clean}] != 800 || count[labels.Slice{Dimension: "group", Value: oneWay}] != 700 {
		t.Fatalf("%d items; counts by slice %v, want 2,500 items: 500 empty, 800 clean, 700 degraded in one way", len(all), count)
	}
	for _, v := range [][2]string{
		{"print", "tipped"}, {"print", "untipped"}, {"print", "flat"}, {"print", "laser"},
		{"layout", "one line"}, {"layout", "two lines"}, {"layout", "stacked"}, {"layout", "portrait"},
		{"length", "13"}, {"length", "14"}, {"length", "15"}, {"length", "16"}, {"length", "17"}, {"length", "18"}, {"length", "19"},
		{"background", "plain"}, {"background", "busy"}, {"background", "art"},
		{"light", "plain"}, {"light", "glare"}, {"light", "shadow"}, {"light", "dark"},
		{"blur", "sharp"}, {"blur", "soft"}, {"blur", "motion"}, {"tilt", "10 to 30"}, {"tilt", "30 to 45"},
		{"rotation", "leaning"}, {"rotation", "on its side"}, {"rotation", "upside down"},
		{"size", "small"}, {"size", "tiny"}, {"size", "beyond"}, {"cards", "several"},
		{"no number", "desk"}, {"no number", "thing"}, {"no number", "blank"}, {"no number", "back"},
	} {
		s := labels.Slice{Dimension: v[0], Value: v[1]}
		if count[s] < 50 {
			t.Errorf("%s %s: %d images, want at least 50", s.Dimension, s.Value, count[s])
		}
	}
	failing := 0
	for _, o := range (Set{Seed: 5, Cards: 400, Failing: .5}).items() {
		if o.Constraints.Card.Luhn == card.Failing {
			failing++
		}
	}
	if failing != 200 {
		t.Errorf("%d of 400 numbers fail, want 200", failing)
	}
}

// newTest returns a renderer of a small set.
func newTest(t *testing.T) *Renderer {
	t.Helper()
	d, err := New(Set{Seed: 3, Cards: 6, Empty: 2, Failing: .5})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return d
}

func TestImagesDoNotDependOnTheirOrder(t *testing.T) {
	d, e := newTest(t), newTest(t)
	e.acquire() // so that the images come from a second generator
	for _, i := range []int{7, 0, 3} {
		if _, err := e.Draw(i); err != nil {
			t.Fatalf("Draw(%d): %v", i, err)
		}
	}
	for _, i := range []int{3, 7} {
		a, err := d.Draw(i)
		if err != nil {
			t.Fatalf("Draw(%d): %v", i, err)
		}
		b, err := e.Draw(i)
		if err != nil {
			t.Fatalf("Draw(%d): %v", i, err)
		}
		la, _ := json.Marshal(a.Label)
		lb, _ := json.Marshal(b.Label)
		if !bytes.Equal(la, lb) || !bytes.Equal(a.Pixels.Pix, b.Pixels.Pix) {
			t.Errorf("image %d differs when drawn in another order", i)
		}
	}
}

func TestImagesMeetTheirConstraints(t *testing.T) {
	d := newTest(t)
	for i := range d.Len() {
		p, err := d.Draw(i)
		if err != nil {
			t.Fatalf("Draw(%d): %v", i, err)
		}
		o := d.items[i]
		if len(p.Label.Unreadable) != len(p.Label.Cards) {
			t.Errorf("image %d: %d entries in Unreadable for %d cards", i, len(p.Label.Unreadable), len(p.Label.Cards))
		}
		for _, c := range p.Label.Cards {
			if c.Number == "" {
				continue
			}
			n := number.Number{Digits: c.Number}
			if o.group == empty || len(c.Number) != o.Constraints.Card.Length || n.Luhn() != (o.Constraints.Card.Luhn == card.Passing) {
				t.Errorf("image %d of %v has a number of %d digits, check digit right: %v", i, o.Constraints.Card, len(c.Number), n.Luhn())
			}
		}
		if b, err := p.Encode(); err != nil || len(b) < 1000 {
			t.Errorf("image %d: Encode gives %d bytes, error %v", i, len(b), err)
		}
	}
}

// bars draws a card with one "digit" of vertical bars, and an image of it at its
// own size.
func bars() (*pixel.RGB, scene.Placed) {
	card1 := pixel.New(80, 60)
	for y := range 60 {
		for x := range 80 {
			v := uint8(200)
			if x >= 30 && x < 50 && y >= 15 && y < 45 && (x/4)%2 == 0 {
				v = 60
			}
			card1.Pix[(y*80+x)*3], card1.Pix[(y*80+x)*3+1], card1.Pix[(y*80+x)*3+2] = v, v, v
		}
	}
	box := geom.RectQuad(30, 15, 20, 30)
	c := &card.Card{Image: card1, Number: "1", Lines: []card.Line{{Kind: card.Number, Text: "1", Digits: []geom.Quad{box}, Contrast: .5, Legibility: []float64{.9}}}}
	seen := pixel.New(80, 60)
	copy(seen.Pix, card1.Pix)
	return seen, scene.Placed{Card: c, Map: geom.Identity}
}

func TestUnreadable(t *testing.T) {
	every := func(p *pixel.RGB, f func(x, y int, v uint8) uint8) {
		for i := range p.Pix {
			p.Pix[i] = f(i/3%p.W, i/3/p.W, p.Pix[i])
		}
	}
	cases := []struct {
		name    string
		degrade func(*pixel.RGB, *scene.Placed)
		blur    float64
		want    string
	}{
		{"as printed", func(*pixel.RGB, *scene.Placed) {}, 1, readable},
		{"out of focus", func(*pixel.RGB, *scene.Placed) {}, 5, blurred},
		{"darker", func(p *pixel.RGB, _ *scene.Placed) { every(p, func(_, _ int, v uint8) uint8 { return v / 3 }) }, 0, readable},
		{"all but black", func(p *pixel.RGB, _ *scene.Placed) {
			every(p, func(_, _ int, v uint8) uint8 { return v / 120 })
		}, 0, faint},
		{"under a finger", func(p *pixel.RGB, _ *scene.Placed) {
			every(p, func(x, y int, v uint8) uint8 { return uint8(150 + (x*7+y*13)%20) })
		}, 0, hidden},
		{"from afar", func(_ *pixel.RGB, c *scene.Placed) { c.Map = geom.Homography{.2, 0, 0, 0, .2, 0, 0, 0, 1} }, 0, small},
		{"under a sticker", func(_ *pixel.RGB, c *scene.Placed) { c.Card.Lines[0].Legibility[0] = .1 }, 0, covered},
		{"over the edge", func(_ *pixel.RGB, c *scene.Placed) { c.Map = geom.Homography{1, 0, 40, 0, 1, 0, 0, 0, 1} }, 0, outside},
	}
	for _, c := range cases {
		p, placed := bars()
		c.degrade(p, &placed)
		if got := unreadable(p, c.blur, placed); got != c.want {
			t.Errorf("%s: unreadable because %q, want %q", c.name, got, c.want)
		}
	}
}

func TestStratify(t *testing.T) {
	d := stratify(1, "x", 101, share[string]{1, "a"}, share[string]{3, "b"})
	a := 0
	for _, v := range d {
		if v == "a" {
			a++
		}
	}
	if len(d) != 101 || a != 25 {
		t.Errorf("%d of %d levels are a, want 25 of 101", a, len(d))
	}
	if slices.Equal(d, stratify(2, "x", 101, share[string]{1, "a"}, share[string]{3, "b"})) || slices.IsSorted(d) {
		t.Error("the levels are not shuffled by the seed")
	}
}
