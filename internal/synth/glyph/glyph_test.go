package glyph

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

func TestLibraryHasEveryDigit(t *testing.T) {
	l, err := Open(Options{})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	for c := Farrington; c <= OCR; c++ {
		for _, f := range l.Faces(c) {
			for i, g := range f.Glyphs[:len(Chars)] {
				checkGlyph(t, f, i, g)
			}
			if f.Stroke < 0.05 || f.Stroke > 0.3 {
				t.Errorf("%s: stroke %.3f", f.Name, f.Stroke)
			}
		}
	}
	if len(l.CJK) == 0 || len(l.Faces(OCR)) == 0 || len(l.Faces(Mono)) == 0 {
		t.Error("an embedded class is empty")
	}
}

func TestSegmentsAndMarks(t *testing.T) {
	l, err := Open(Options{})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	for _, f := range l.Faces(Segment) {
		for i, g := range f.Glyphs[:len(Chars)] {
			checkGlyph(t, f, i, g)
		}
		if w := f.Glyphs[1].W; w > f.Glyphs[8].W*.75 {
			t.Errorf("%s: its 1 is no bar, %.2f wide", f.Name, w)
		}
	}
	face := l.Faces(Sans)[0]
	for _, kind := range slices.Concat([]string{"star", "cross", "dot", "hash", "under", "block"}, Signs) {
		for turn := range 12 {
			f := face.With(Mark, Draw(kind, .9, .12, turn))
			if face.Glyphs[Mark].Dist != nil {
				t.Fatal("With changed the face itself")
			}
			checkGlyph(t, f, Mark, f.Glyphs[Mark])
		}
	}
	for c := Farrington; c <= Segment; c++ {
		for _, f := range l.Faces(c) {
			checkGlyph(t, f, Dot, f.Glyphs[Dot])
			if g := f.Glyphs[Dot]; g.W < f.Stroke || g.Dist.At(g.Dist.W/2, Pad+Master-2) > 0 || g.Dist.At(g.Dist.W/2, Pad+Master/2) < 0 {
				t.Errorf("%s: its full stop is not on the base line", f.Name)
			}
		}
	}
}

// checkGlyph holds a distance map to what it is: slope at most 1, ink near the
// size it claims, and centred.
func checkGlyph(t *testing.T, f *Face, i int, g Glyph) {
	t.Helper()
	d := g.Dist
	lo, hi, top, bottom := d.W, 0, d.H, 0
	for y := range d.H {
		for x := range d.W {
			v := d.At(x, y)
			if x > 0 {
				if s := math.Abs(float64(v - d.At(x-1, y))); s > 1.02 && math.Abs(float64(v)) > 1.1 {
					t.Fatalf("%s %c: slope %.2f at %d,%d", f.Name, (Chars + "-.*>")[i], s, x, y)
				}
			}
			if v < 0 {
				lo, hi, top, bottom = min(lo, x), max(hi, x+1), min(top, y), max(bottom, y+1)
			}
		}
	}
	if w := float64(hi-lo) / Master; math.Abs(w-g.W) > 0.05 {
		t.Errorf("%s %c: ink %.3f wide, says %.3f", f.Name, (Chars + "-.*>")[i], w, g.W)
	}
	if h := bottom - top; i < 10 && (h < 56 || h > 72) {
		t.Errorf("%s %c: ink %d high", f.Name, (Chars + "-.*>")[i], h)
	}
	if off := math.Abs(float64(lo+hi-d.W) / 2); off > 4 {
		t.Errorf("%s %c: ink %.1f off centre", f.Name, (Chars + "-.*>")[i], off)
	}
}

func TestSetterSetsChinese(t *testing.T) {
	l, err := Open(Options{})
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	s := NewSetter()
	rng := rand.New(rand.NewPCG(1, 1))
	for _, text := range []string{"月/年", "中国银行", "VALID THRU", "银联 UnionPay"} {
		m := s.Mask(l.PickText(rng, text), text, 24)
		if m == nil {
			t.Fatalf("%q not set", text)
		}
		ink := float32(0)
		for _, v := range m.Pix {
			ink += v
		}
		if share := ink / float32(len(m.Pix)); share < 0.05 || share > 0.7 {
			t.Errorf("%q: %.2f inked", text, share)
		}
	}
	if s.Mask(l.Latin[0], "中", 24) != nil {
		t.Error("a Latin font set a Chinese character")
	}
}
