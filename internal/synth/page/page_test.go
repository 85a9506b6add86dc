package page

import (
	"bytes"
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/synth/number"
)

// draws returns a function for each kind of image.
func draws(p *Painter) map[string]func(seed uint64) *Image {
	all := map[string]func(seed uint64) *Image{}
	for _, what := range Copies {
		all[what] = func(seed uint64) *Image { return p.Copy(seed, what) }
	}
	for _, what := range Negatives {
		all[what] = func(seed uint64) *Image { return p.Negative(seed, what) }
	}
	for _, what := range Unusuals {
		all[what] = func(seed uint64) *Image { return p.Unusual(seed, what) }
	}
	for i, form := range []string{"MM-YY", "MON YY"} {
		all[form] = func(seed uint64) *Image { return p.Dated(seed, form, i%2 == 0) }
	}
	return all
}

// An image depends on its seed alone, whatever was drawn before.
func TestImagesDependOnTheirSeed(t *testing.T) {
	p, err := New(number.Source{})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	for what, draw := range draws(p) {
		first := draw(7)
		if other := draw(8); bytes.Equal(first.Pixels.Pix, other.Pixels.Pix) {
			t.Errorf("%s: seeds 7 and 8 give the same image, want two", what)
		}
		if again := draw(7); !bytes.Equal(first.Pixels.Pix, again.Pixels.Pix) {
			t.Errorf("%s: seed 7 gives another image the second time", what)
		}
	}
}

func TestTruth(t *testing.T) {
	p, err := New(number.Source{})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	for what, draw := range draws(p) {
		got := draw(3)
		negative := slices.Contains(Negatives, what)
		if got.What != what || negative != (len(got.Label.Cards) == 0) {
			t.Errorf("%s: What = %q with %d cards, want a card: %v", what, got.What, len(got.Label.Cards), !negative)
		}
		if negative {
			continue
		}
		if c := got.Label.Cards[0]; !(number.Number{Digits: c.Number}).Luhn() || len(c.Dates) != 1 {
			t.Errorf("%s: the label has %d digits and dates %q, want a number that passes and one date", what, len(c.Number), c.Dates)
		}
	}
}
