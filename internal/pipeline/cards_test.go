package pipeline

import (
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/geom"
)

func TestSortCards(t *testing.T) {
	at := func(v Verdict, x, y float64) *Card {
		q := geom.RectQuad(x, y, 300, 190)
		return &Card{Verdict: v, Corners: q, Number: Number{Quad: geom.RectQuad(x+30, y+110, 240, 16)}}
	}
	// Two rows of two, held a little askew, and one that is not believed.
	topLeft, topRight := at(Review, 20, 30), at(Review, 400, 12)
	lowLeft, lowRight := at(Review, 10, 300), at(Review, 390, 290)
	junk := at(Reject, 0, 0)
	want := []*Card{topLeft, topRight, lowLeft, lowRight, junk}
	for _, order := range [][]int{{0, 1, 2, 3, 4}, {4, 3, 2, 1, 0}, {2, 4, 1, 0, 3}} {
		cards := make([]*Card, len(want))
		for i, j := range order {
			cards[i] = want[j]
		}
		if sortCards(cards); !slices.Equal(cards, want) {
			t.Errorf("from order %v: not in reading order", order)
		}
	}
	accepted := at(Accept, 400, 300)
	cards := []*Card{topLeft, accepted}
	if sortCards(cards); cards[0] != accepted {
		t.Error("an accepted card does not come first")
	}
}
