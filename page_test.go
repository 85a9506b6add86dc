package kahao_test

import (
	"testing"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/page"
)

func painter(t *testing.T) *page.Painter {
	t.Helper()
	p, err := page.New(number.Source{})
	if err != nil {
		t.Fatalf("page.New: %v", err)
	}
	return p
}

// A number is read without the outline of its card: on copies of white cards,
// crops of them and screens.
func TestNumberWithoutOutline(t *testing.T) {
	p := painter(t)
	for _, what := range page.Copies {
		drawn := p.Copy(5, what)
		cards := readAll(t, drawn.Pixels.RGBA()).Cards
		if len(cards) != 1 || cards[0].PAN.Reveal() != drawn.Label.Cards[0].Number {
			t.Errorf("%s: read %d cards, want the number drawn", what, len(cards))
			continue
		}
		if cards[0].Verdict != kahao.VerdictAccept {
			t.Errorf("%s: verdict %s, want accept; reasons %v", what, cards[0].Verdict, cards[0].Reasons)
		}
		if got, want := cards[0].Expiry.Text, drawn.Label.Cards[0].Expiry; got != want && what != page.Screen {
			t.Errorf("%s: expiry %q, want %q", what, got, want)
		}
	}
}

// A number of digits one beneath the other is read, and so is one with a sign beside
// it.
func TestUnusualNumbers(t *testing.T) {
	p := painter(t)
	for what, seed := range map[string]uint64{page.Column: 4, page.SignBeside: 2, page.Amex443: 2} {
		drawn := p.Unusual(seed, what)
		cards := readAll(t, drawn.Pixels.RGBA()).Cards
		if len(cards) != 1 || cards[0].PAN.Reveal() != drawn.Label.Cards[0].Number {
			t.Errorf("%s: read %d cards, want the number drawn", what, len(cards))
			continue
		}
		if cards[0].Verdict != kahao.VerdictAccept {
			t.Errorf("%s: verdict %s, want accept; reasons %v", what, cards[0].Verdict, cards[0].Reasons)
		}
	}
}

// Long numbers that are no card's are never accepted, and seldom given.
func TestOtherNumbers(t *testing.T) {
	p := painter(t)
	const seeds, most = 3, 2
	given := 0
	for _, what := range page.Negatives {
		for seed := range uint64(seeds) {
			for _, c := range readAll(t, p.Negative(seed, what).Pixels.RGBA()).Cards {
				if given++; c.Verdict == kahao.VerdictAccept {
					t.Errorf("%s %d: %s is accepted, want no card number", what, seed, c.PAN)
				}
			}
		}
	}
	if given > most {
		t.Errorf("%d numbers are given on %d images without a card number, want at most %d", given, seeds*len(page.Negatives), most)
	}
}
