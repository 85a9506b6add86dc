package card

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/cover"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/raster"
)

func newPainter(t *testing.T, seed uint64) *Painter {
	t.Helper()
	lib, err := glyph.Open(glyph.Options{})
	if err != nil {
		t.Fatalf("glyph.Open: %v", err)
	}
	return NewPainter(NewBank(lib, seed, 5, nil), seed)
}

func TestLinesOfCards(t *testing.T) {
	d := newPainter(t, 1)
	layouts := map[string]int{}
	emboss := 0
	for i := range 120 {
		c := d.Draw(300, .5)
		layouts[c.Layout]++
		if c.Emboss {
			emboss++
		}
		if long := max(c.Image.W, c.Image.H); long < 299 || long > 301 {
			t.Fatalf("card %d: long side %d pixels, want 300", i, long)
		}
		if c.Portrait() != (c.Image.H > c.Image.W) {
			t.Errorf("card %d: %gx%g mm, but %dx%d pixels", i, c.W, c.H, c.Image.W, c.Image.H)
		}
		digits := ""
		for _, l := range c.Lines {
			if l.Quad.Area() <= 0 {
				t.Errorf("card %d: %s %q: quad %v has no area", i, l.Kind, l.Text, l.Quad)
			}
			if l.Kind != Number {
				continue
			}
			digits += l.Text
			b := l.Quad.Bounds()
			for k, q := range l.Digits {
				o := q.Bounds()
				if o.X0 < b.X0-.01 || o.X1 > b.X1+.01 || o.Y0 < b.Y0-.01 || o.Y1 > b.Y1+.01 {
					t.Errorf("card %d: digit %d at %v is outside its line %v", i, k, o, b)
				}
				if k > 0 && q.Center().X <= l.Digits[k-1].Center().X {
					t.Errorf("card %d: digit %d is not right of the one before", i, k)
				}
			}
		}
		if digits != c.Number {
			t.Errorf("card %d: lines have digits %q, the card %q", i, digits, c.Number)
		}
		if c.Thing && c.Number != "" {
			t.Errorf("card %d: an object that is not a card has a card number", i)
		}
		if c.Portrait() && c.Number != "" && c.Layout == "classic" {
			t.Errorf("card %d: a portrait card has the classic layout", i)
		}
	}
	for _, l := range []string{"classic", "free", "portrait", "back", "blank"} {
		if layouts[l] == 0 {
			t.Errorf("no card of layout %s in 120: %v", l, layouts)
		}
	}
	if emboss < 25 || emboss > 80 {
		t.Errorf("%d of 120 cards are embossed, want 25 to 80", emboss)
	}
}

// TestEmbossedHeight checks that embossed numbers are 21.42 mm above the lower
// edge (ISO/IEC 7811-1), with some variation.
func TestEmbossedHeight(t *testing.T) {
	d := newPainter(t, 4)
	seen := 0
	for range 150 {
		c := d.Draw(428, .3)
		if c.Layout != "classic" || c.Print != "emboss" || len(c.Lines) == 0 {
			continue
		}
		for _, l := range c.Lines {
			if l.Kind != Number {
				continue
			}
			seen++
			if y := c.H - l.Quad.Center().Y/c.Scale; y < 18 || y > 25 {
				t.Errorf("an embossed number is %.2f mm above the edge, want 18 to 25", y)
			}
		}
	}
	if seen < 20 {
		t.Errorf("%d embossed numbers in 150 cards, want at least 20", seen)
	}
}

func TestThing(t *testing.T) {
	d := newPainter(t, 2)
	for range 10 {
		if c := d.Thing(200); !c.Thing || c.Number != "" || !c.Square {
			t.Errorf("Thing: layout %s, number %q, want an object with square corners and no number", c.Layout, c.Number)
		}
	}
}

func TestLevel(t *testing.T) {
	c := &Card{Image: pixel.New(200, 126)}
	for i := range c.Image.Pix {
		c.Image.Pix[i] = 100
	}
	p, n := c.Level(1)
	if n != 1 || p.W != 100 || p.H != 63 || p.Pix[0] != 100 {
		t.Errorf("Level(1) = level %d of %dx%d, want level 1 of 100x63", n, p.W, p.H)
	}
	if _, n := c.Level(9); n > 2 {
		t.Errorf("Level(9) of a small card = level %d, want at most 2", n)
	}
}

func TestLazyDoesNotDependOnOrder(t *testing.T) {
	draw := func(r *rand.Rand, i int) *pixel.RGB {
		p := pixel.New(1, 1)
		p.Pix[0] = uint8(r.IntN(256))
		return p
	}
	a, b := NewLazy(1, 8, draw), NewLazy(1, 8, draw)
	first := rand.New(rand.NewPCG(1, 1))
	for range 50 {
		a.Pick(first)
	}
	x, y := rand.New(rand.NewPCG(2, 2)), rand.New(rand.NewPCG(2, 2))
	for range 20 {
		if p, q := a.Pick(x), b.Pick(y); p.Pix[0] != q.Pix[0] {
			t.Fatal("an image depends on the order of use")
		}
	}
}

// A number is legible on a plain card, and less so under other artwork.
func TestLegibility(t *testing.T) {
	im := raster.NewImage(60, 40)
	im.Fill(raster.Gray(.8))
	box := geom.RectQuad(20, 10, 12, 20)
	before := takeSnapshot(im, 10, 5, 45, 35)
	for y := 10; y < 30; y++ { // a "1" with a foot
		im.Set(26, y, raster.Gray(.2))
		im.Set(25, y, raster.Gray(.2))
	}
	for x := 21; x < 31; x++ {
		im.Set(x, 29, raster.Gray(.2))
	}
	before.printed(im, 0)
	if k := before.legibility(im, box); k < .99 {
		t.Errorf("legibility on a plain card: %.2f, want at least 0.99", k)
	}
	for y := range im.H { // half of the card is darker: a broad shape
		for x := 28; x < im.W; x++ {
			im.Set(x, y, im.At(x, y).Scale(.7))
		}
	}
	if k := before.legibility(im, box); k < .5 {
		t.Errorf("legibility on an edge: %.2f, want at least 0.5", k)
	}
	for y := 5; y < 35; y++ { // and then a grid of squares over it
		for x := 15; x < 40; x++ {
			im.Set(x, y, raster.Gray(float32((x/3+y/3)%2)))
		}
	}
	if k := before.legibility(im, box); k > .3 {
		t.Errorf("legibility under a grid: %.2f, want at most 0.3", k)
	}
}

func TestHiddenDigits(t *testing.T) {
	d := newPainter(t, 31)
	d.Constraints = Constraints{Hidden: true}
	ways := map[string]int{}
	for range 120 {
		c := d.Draw(420, .5)
		if c.Number == "" {
			continue
		}
		var printed string
		for _, l := range c.Lines {
			if l.Kind != Number {
				continue
			}
			printed += l.Text
			if len(l.Digits) != len(l.Text) || len(l.Legibility) != len(l.Text) {
				t.Fatalf("%q has %d boxes and %d legibilities", l.Text, len(l.Digits), len(l.Legibility))
			}
		}
		if c.Hidden == "" || printed != c.Number || !strings.ContainsRune(c.Number, cover.Digit) || strings.Contains(c.Number, "*") {
			t.Fatalf("%s: hidden by %q: %q, printed %q", c.Layout, c.Hidden, c.Number, printed)
		}
		ways[c.Hidden]++
	}
	if len(ways) < 8 {
		t.Errorf("ways: %v", ways)
	}
	d.Constraints = Constraints{}
	for range 20 {
		if c := d.Draw(420, .5); c.Hidden != "" || strings.ContainsRune(c.Number, cover.Digit) {
			t.Fatalf("hidden without a constraint: %q by %q", c.Number, c.Hidden)
		}
	}
}
