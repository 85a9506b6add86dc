package detect

import (
	"testing"

	"github.com/kahao/kahao/internal/geom"
)

// misled is what the network answers for cards whose cells vote for the outline of
// nothing: half the size of the card, and turned by 45 degrees.
func misled(cards ...geom.Quad) []float32 {
	out := ideal(cards...)
	for _, q := range cards {
		m := q.Center()
		wrong := scaled(rotated(m.X, m.Y, q.Width(), q.Height(), 45), 0.6)
		for i := range grid * grid {
			x, y := center(i)
			if !q.Contains(geom.Point{X: x, Y: y}) {
				continue
			}
			for k, p := range wrong {
				out[i*channels+chCorner+2*k] = float32((p.X - x) / cornerUnit)
				out[i*channels+chCorner+2*k+1] = float32((p.Y - y) / cornerUnit)
			}
		}
	}
	return out
}

func TestCorneredReplaces(t *testing.T) {
	for name, cards := range map[string][]geom.Quad{
		"one":               {rotated(128, 120, 130, 82, 15)},
		"side by side":      {rotated(64, 128, 70, 110, 0), rotated(140, 128, 70, 110, 3)},
		"one above another": {rotated(128, 74, 130, 82, 0), rotated(128, 164, 130, 82, 2)},
		"one corner unseen": {rotated(70, 70, 130, 82, -30)},
	} {
		out := misled(cards...)
		found := decoded(t, out, all, none)
		if len(found) != len(cards) {
			t.Errorf("%s: found %d cards, want %d", name, len(found), len(cards))
			continue
		}
		for _, want := range cards {
			best := Side * 1.0
			for _, f := range found {
				if _, d := nearest(f.Corners, want); d < best {
					best = d
				}
			}
			if best > 3 {
				t.Errorf("%s: the nearest outline is %.1f pixels off", name, best)
			}
		}
	}
}

// An outline whose corners are surely named stays, whatever else has peaks.
func TestCorneredKeeps(t *testing.T) {
	want := rotated(128, 120, 150, 95, 8)
	out := ideal(want)
	for _, i := range []int{10*grid + 12, 10*grid + 20, 16*grid + 12, 16*grid + 20} { // as print may show
		out[i*channels] = 6
	}
	found := decoded(t, out, all, none)
	if len(found) != 1 || apart(found[0].Corners, want) > 0.01 {
		t.Errorf("found %+v, want %v alone", found, want)
	}
}

// One peak away from the others completes nothing, and neither do peaks without card
// between them.
func TestCorneredNeedsCard(t *testing.T) {
	out := ideal()
	for _, i := range []int{8*grid + 8, 8*grid + 24, 18*grid + 8, 18*grid + 24} {
		out[i*channels+1] = 6
	}
	if found := decoded(t, out, all, none); len(found) != 0 {
		t.Errorf("four peaks on a table: found %+v, want none", found)
	}
}

func BenchmarkCornered(b *testing.B) {
	out := misled(rotated(70, 70, 80, 50, 5), rotated(180, 70, 80, 50, -5), rotated(70, 180, 80, 50, 5), rotated(180, 180, 80, 50, -5))
	cells := votes(out)
	found := voted(out, cells)
	for b.Loop() {
		cornered(out, cells, found, all)
	}
}
