package line

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/glyph"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/synth/raster"
)

func TestWideLines(t *testing.T) {
	d := drawer(t, 17, Options{Difficulty: -1, Wide: true})
	kinds := map[string]int{}
	covered, n := 0, 900
	for range n {
		s := d.Draw()
		kinds[strings.Split(s.Style, "/")[0]]++
		if len(s.X) != len(s.Text) {
			t.Fatalf("%s: %d places of %d characters", s.Style, len(s.X), len(s.Text))
		}
		for i, x := range s.X {
			if !strings.ContainsRune(glyph.Chars+string(Covered), rune(s.Text[i])) {
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
		hidden := strings.Contains(s.Text, string(Covered))
		if hidden {
			covered++
		}
		if named := strings.HasPrefix(s.Style, "hidden-"); hidden && !named {
			t.Errorf("%s hides digits: %q", s.Style, s.Text)
		}
	}
	if covered < n/10 || covered > n/4 {
		t.Errorf("%d of %d lines have hidden digits", covered, n)
	}
	for _, w := range slices.Concat(marked, laid, painted, []string{"date"}) {
		if kinds["hidden-"+w] == 0 {
			t.Errorf("no line of %d is hidden by %s", n, w)
		}
	}
	if kinds["neg/mirrored"] == 0 {
		t.Error("no mirrored relief")
	}
}

func TestPlainLinesHideNothing(t *testing.T) {
	d := drawer(t, 18, Options{Difficulty: -1})
	for range 150 {
		if s := d.Draw(); strings.ContainsRune(s.Text, Covered) || strings.Contains(s.Style, "hidden") || strings.Contains(s.Style, "segment") {
			t.Fatalf("%s %q in a plain line", s.Style, s.Text)
		}
	}
}

// TestCoversHideInk lays every opaque cover over black and over white digits:
// where they stood the pictures are then the same but at the rim.
func TestCoversHideInk(t *testing.T) {
	d := drawer(t, 19, Options{Difficulty: 0, Wide: true})
	boxes := make([]geom.Rect, 4)
	for i := range boxes {
		boxes[i] = geom.Rect{X0: 20 + 24*float64(i), X1: 36 + 24*float64(i), Y0: 10, Y1: 36}
	}
	for _, way := range []string{"bar", "box", "tape", "marker", "finger", "sticker"} {
		for _, run := range [][]bool{{false, true, true, false}, {true, true, true, true}, {false, true, false, false}} {
			for range 20 {
				im := raster.NewImage(140, canvasH)
				im.Fill(raster.Gray(.5))
				for i, b := range boxes {
					im.RoundRect(b.X0, b.Y0, b.W(), b.H(), 0, raster.Color{1, 0, .3}, 1)
					im.RoundRect(b.X0+3, b.Y0+3, 4, float64(3+4*i), 0, raster.Color{0, 1, 0}, 1)
				}
				was := im.Clone()
				d.conceal(im, boxes, &hidden{way: way, at: run})
				same, inside := 0, 0
				for i, b := range boxes {
					for y := int(b.Y0) + 2; y < int(b.Y1)-2; y++ {
						for x := int(b.X0) + 2; x < int(b.X1)-2; x++ {
							if !run[i] {
								continue
							}
							inside++
							if im.At(x, y) == was.At(x, y) {
								same++
							}
						}
					}
				}
				if float64(same) > .12*float64(inside) {
					t.Errorf("%s: %d of %d pixels of %v are as they were", way, same, inside, run)
				}
			}
		}
	}
}

// TestMosaicAndBlurLeaveNoStrokes compares how much neighbouring pixels
// differ in the ink's place before and after.
func TestMosaicAndBlurLeaveNoStrokes(t *testing.T) {
	d := drawer(t, 20, Options{Difficulty: 0, Wide: true})
	box := geom.Rect{X0: 30, X1: 110, Y0: 10, Y1: 38}
	for _, way := range []string{"pixels", "blur"} {
		for range 20 {
			im := raster.NewImage(140, canvasH)
			for y := range im.H {
				for x := range im.W {
					im.Set(x, y, raster.Gray(float32((x/3+y/3)%2)))
				}
			}
			d.conceal(im, []geom.Rect{box}, &hidden{way: way, at: []bool{true}})
			var sum float64
			n := 0
			for y := 14; y < 34; y++ {
				for x := 34; x < 105; x++ {
					sum += math.Abs(float64(im.At(x, y)[1] - im.At(x+3, y)[1]))
					n++
				}
			}
			if m := sum / float64(n); m > .15 {
				t.Errorf("%s: strokes still differ by %.2f of 1", way, m)
			}
		}
	}
}

func TestHiddenDigitsAreThoseOfTheRule(t *testing.T) {
	d := drawer(t, 22, Options{Difficulty: 0, Wide: true})
	for range 400 {
		n := d.opt.Numbers.Line(d.rng)
		whole := n.Digits
		s := &sheet{face: d.lib.Pick(d.rng, glyph.Sans)}
		d.hide(s, &n)
		h, sum, some := s.hidden, 0, false
		for _, g := range n.Groups {
			sum += g
		}
		if len(h.at) != len(n.Digits) || sum != len(n.Digits) {
			t.Fatalf("%q of %q in groups %v, %d flags", n.Digits, whole, n.Groups, len(h.at))
		}
		s.text = n.Digits
		for i, v := range h.at {
			some = some || v
			c, ok := s.label(i)
			if !ok || v != (c == Covered) || !v && c != n.Digits[i] || isMark(h.way) && v != (n.Digits[i] == '*') {
				t.Fatalf("%s: %q hides %v, says %c at %d", h.way, n.Digits, h.at, c, i)
			}
		}
		if !some && isMark(h.way) == false {
			t.Fatalf("%s hides nothing of %q", h.way, whole)
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
	d := drawer(t, 23, Options{Difficulty: 0, Wide: true})
	for range 300 {
		text, _ := number.Form(d.rng)
		for _, c := range text {
			if c != ' ' && glyph.Index(byte(c)) < 0 {
				t.Fatalf("%q cannot be drawn", text)
			}
		}
	}
}
