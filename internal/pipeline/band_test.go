package pipeline

import (
	"math"
	"os"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// Where a number may stand is its line if that shows, with rims, and nearly all of the
// card if it does not.
func TestUnread(t *testing.T) {
	r, img, card := specimen(t)
	for turn := range 4 {
		regions := unreadOn(t, r, img, img.fromImage(card.Corners).Turn(turn))
		area := 0.0
		for _, region := range regions {
			area += region.Quad.Area() / card.Corners.Area()
		}
		if area > 0.35 {
			t.Errorf("turn %d: %.0f %% of the card are covered, want the number's line", turn, 100*area)
		}
		for i, d := range card.Number.Digits {
			if !inAny(regions, d.Quad.Center()) {
				t.Errorf("turn %d: digit %d lies outside of %+v", turn, i, regions)
			}
		}
	}

	empty := pixel.New(640, 400)
	for i := range empty.Pix {
		empty.Pix[i] = 128
	}
	blank, err := imagein.Convert(t.Context(), empty.RGBA(), r.limits)
	if err != nil {
		t.Fatalf("Convert: %v", err)
	}
	for y := range 200 { // a card of plain colour
		for x := range 317 {
			copy(empty.Pix[3*((y+100)*empty.W+x+150):], []byte{30, 80, 160})
		}
	}
	plain, err := imagein.Convert(t.Context(), empty.RGBA(), r.limits)
	if err != nil {
		t.Fatalf("Convert: %v", err)
	}
	if regions := unreadOn(t, r, r.input(t.Context(), plain), geom.RectQuad(150, 100, 317, 200)); len(regions) != 0 {
		t.Errorf("%d regions on a blank card, want none", len(regions))
	}
	outline := geom.RectQuad(-20, 60, 428, 270) // what lies outside of the image may be the number's other half
	regions := unreadOn(t, r, r.input(t.Context(), blank), outline)
	if len(regions) != 1 {
		t.Fatalf("unread = %d regions on a card that is cut off, want one", len(regions))
	}
	if share := regions[0].Quad.Area() / outline.Area(); math.Abs(share-0.88) > 0.01 {
		t.Errorf("%.0f %% of a card without a line are covered, want 88", 100*share)
	}
}

// unreadOn returns where the number may be on the card with the given corners.
func unreadOn(t *testing.T, r *Reader, img input, corners geom.Quad) []Region {
	t.Helper()
	turns, err := r.turns(t.Context(), img, corners)
	if err != nil {
		t.Fatalf("turns: %v", err)
	}
	regions, err := r.unread(t.Context(), img, corners, turns)
	if err != nil {
		t.Fatalf("unread: %v", err)
	}
	return regions
}

func inAny(regions []Region, p geom.Point) bool {
	for _, r := range regions {
		if r.Quad.Contains(p) {
			return true
		}
	}
	return false
}

// specimen returns a reader, the specimen card as its input, and what it reads on it.
func specimen(t *testing.T) (*Reader, input, *Card) {
	t.Helper()
	r, err := New(Options{})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	file, err := os.ReadFile("../../testdata/card.jpg")
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	decoded, err := imagein.Decode(t.Context(), file, r.limits)
	if err != nil {
		t.Fatalf("Decode: %v", err)
	}
	reading, err := r.Read(t.Context(), file)
	if err != nil || len(reading.Cards) != 1 {
		t.Fatalf("Read = %v cards, %v; want one", reading, err)
	}
	return r, r.input(t.Context(), decoded), reading.Cards[0]
}
