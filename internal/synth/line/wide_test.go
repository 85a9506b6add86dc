package line

import (
	"slices"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/synth/cover"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/number"
)

func TestWideLines(t *testing.T) {
	d := renderer(t, 17, Options{Difficulty: -1, Wide: 1})
	kinds := map[string]int{}
	covered, n := 0, 900
	for range n {
		s := d.Draw()
		kinds[strings.Split(s.Style, "/")[0]]++
		if len(s.X) != len(s.Text) {
			t.Fatalf("%s: %d places of %d characters", s.Style, len(s.X), len(s.Text))
		}
		for i, x := range s.X {
			if !strings.ContainsRune(glyph.Chars+string(cover.Digit), rune(s.Text[i])) {
				t.Fatalf("%s: %q holds a character that is no class", s.Style, s.Text)
			}
			if i > 0 && x-s.X[i-1] < 5 {
				t.Errorf("%s %q: %.1f px between characters %d and %d", s.Style, s.Text, x-s.X[i-1], i-1, i)
			}
		}
		if s.Style == "neg/mirrored" {
			kinds[s.Style]++
			if s.Text != "" {
				t.Errorf("mirrored relief says %q", s.Text)
			}
		}
		hidden := strings.Contains(s.Text, string(cover.Digit))
		if hidden {
			covered++
		}
		if named := strings.HasPrefix(s.Style, "hidden-"); hidden && !named {
			t.Errorf("%s hides digits: %q", s.Style, s.Text)
		}
	}
	if covered < n/6 || covered > n/3 {
		t.Errorf("%d of %d lines have hidden digits", covered, n)
	}
	for _, w := range slices.Concat(cover.Marks, cover.Laid, cover.Edits, []string{"date"}) {
		if kinds["hidden-"+w] == 0 {
			t.Errorf("no line of %d is hidden by %s", n, w)
		}
	}
	if kinds["neg/mirrored"] == 0 {
		t.Error("no mirrored relief")
	}
}

func TestPlainLinesHideNothing(t *testing.T) {
	d := renderer(t, 18, Options{Difficulty: -1})
	for range 150 {
		if s := d.Draw(); strings.ContainsRune(s.Text, cover.Digit) || strings.Contains(s.Style, "hidden") || strings.Contains(s.Style, "segment") {
			t.Fatalf("%s %q in a plain line", s.Style, s.Text)
		}
	}
}

func TestLabelsOfDates(t *testing.T) {
	for _, c := range []struct {
		text   string
		dashed bool
		want   string
	}{{"05/2506/28", false, "05/2506/28"}, {"05/25-06/28", false, "05/2506/28"}, {"12-28", true, "12/28"}, {"31.12.28", false, "31/12/28"}} {
		s := &sheet{text: c.text, dashed: c.dashed}
		var got []byte
		for i := range c.text {
			if b, ok := s.label(i); ok {
				got = append(got, b)
			}
		}
		if string(got) != c.want {
			t.Errorf("%q says %q, want %q", c.text, got, c.want)
		}
	}
}

func TestFormsAreDrawn(t *testing.T) {
	d := renderer(t, 23, Options{Difficulty: 0, Wide: 1})
	for range 300 {
		text, _ := number.Form(d.rng)
		for _, c := range text {
			if c != ' ' && glyph.Index(byte(c)) < 0 {
				t.Fatalf("%q cannot be drawn", text)
			}
		}
	}
}
