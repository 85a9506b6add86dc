package line

import (
	"slices"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/synth/number"
)

func TestMonthLines(t *testing.T) {
	d := renderer(t, 29, Options{Difficulty: -1, Months: true})
	names, dated, plain, n := map[string]int{}, 0, 0, 400
	for range n {
		s := d.Draw()
		if s.Image.H != Height || s.Image.W > 352 {
			t.Fatalf("%s: crop of %dx%d", s.Style, s.Image.W, s.Image.H)
		}
		if s.Text == "" {
			if len(s.X) != 0 {
				t.Fatalf("%s: a place of no name", s.Style)
			}
			plain++
			if strings.HasPrefix(s.Style, "month/") {
				dated++
			}
			continue
		}
		if !slices.Contains(number.Months, s.Text) || len(s.X) != 1 {
			t.Fatalf("%s: %q at %v, want a month and one place", s.Style, s.Text, s.X)
		}
		if s.X[0] < 0 || s.X[0] > float64(s.Image.W) {
			t.Errorf("%s: %s at %.1f of %d", s.Style, s.Text, s.X[0], s.Image.W)
		}
		names[s.Text]++
	}
	if len(names) != len(number.Months) {
		t.Errorf("%d months of 12 in %d lines: %v", len(names), n, names)
	}
	if plain < n/5 || plain > n/2 || dated == 0 {
		t.Errorf("%d of %d lines have no month, %d of them another word in a date", plain, n, dated)
	}
}

// TestMonthsChangeNoOtherLines: drawings for the digits network are what they were.
func TestMonthsChangeNoOtherLines(t *testing.T) {
	a, b := renderer(t, 31, Options{Difficulty: -1}), renderer(t, 31, Options{Difficulty: -1, Months: true})
	if x, y := a.Draw(), b.Draw(); x.Style == y.Style && slices.Equal(x.Image.Pix, y.Image.Pix) {
		t.Error("a stream of months draws the lines of another one")
	}
}

func TestAround(t *testing.T) {
	d := renderer(t, 37, Options{})
	before, after := 0, 0
	for range 300 {
		a, b := number.Around(d.rng)
		if strings.Trim(a+b, "0123456789/-. ") != "" || strings.Trim(a+b, "/-. ") == "" {
			t.Fatalf("Around = %q, %q, want digits and separators", a, b)
		}
		if a == "" {
			before++
		}
		if b == "" {
			after++
		}
	}
	if before == 0 || after == 0 || before+after > 250 {
		t.Errorf("of 300 names %d begin a date and %d end one, want some of both and of those within", before, after)
	}
}
