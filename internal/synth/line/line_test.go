package line

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/synth/glyph"
)

// drawer returns a renderer with a bank so small that it starts at once.
func renderer(t testing.TB, seed uint64, o Options) *Renderer {
	t.Helper()
	o.BankSize = 8
	d, err := New(seed, o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return d
}

func TestSameSeedSameLines(t *testing.T) {
	a, b, c := renderer(t, 7, Options{Difficulty: -1}), renderer(t, 7, Options{Difficulty: -1}), renderer(t, 8, Options{Difficulty: -1})
	differs := false
	for i := range 60 {
		x, y, z := a.Draw(), b.Draw(), c.Draw()
		if x.Text != y.Text || x.Style != y.Style || !bytes.Equal(x.Image.Pix, y.Image.Pix) {
			t.Fatalf("line %d differs between two drawers of one seed", i)
		}
		differs = differs || !bytes.Equal(x.Image.Pix, z.Image.Pix)
	}
	if !differs {
		t.Error("the seed changes nothing")
	}
}

func TestTruthIsWellFormed(t *testing.T) {
	for _, width := range []int{96, 192, 352} {
		d := renderer(t, 3, Options{Difficulty: -1, Width: width})
		empty, dates, n := 0, 0, 250
		for range n {
			s := d.Draw()
			if s.Image.H != Height || s.Image.W > width || s.Image.W < 8 || len(s.Image.Pix) != s.Image.W*Height*3 {
				t.Fatalf("%s: crop of %dx%d", s.Style, s.Image.W, s.Image.H)
			}
			if len(s.X) != len(s.Text) {
				t.Fatalf("%s: %d places of %d characters", s.Style, len(s.X), len(s.Text))
			}
			for i, x := range s.X {
				if !strings.Contains(glyph.Chars, s.Text[i:i+1]) {
					t.Fatalf("%q holds a character that is no class", s.Text)
				}
				if x < -3 || x > float64(s.Image.W)+3 {
					t.Errorf("%s %q: character %d at %.1f of %d", s.Style, s.Text, i, x, s.Image.W)
				}
				if i > 0 && x-s.X[i-1] < 5.5 {
					t.Errorf("%s %q: %.1f px between characters %d and %d, width %d", s.Style, s.Text, x-s.X[i-1], i-1, i, s.Image.W)
				}
			}
			if s.Text == "" {
				empty++
			}
			if strings.Contains(s.Text, "/") {
				dates++
			}
		}
		if empty == 0 || empty > n/10 || dates < n/10 || dates > n/3 {
			t.Errorf("width %d: %d empty and %d dates of %d", width, empty, dates, n)
		}
	}
}

// TestPlacesAreWhereTheInkIs averages the columns' difference from the crop's
// own border around every 8, which is symmetric: its centroid is the label's.
func TestPlacesAreWhereTheInkIs(t *testing.T) {
	d := renderer(t, 5, Options{Difficulty: 0, Digits: func() string { return "8888888888888888" }})
	var sum, weight, ink, gap float64
	inks, gaps := 0, 0
	for range 160 {
		s := d.Draw()
		if !strings.HasPrefix(s.Style, "flat") || len(s.X) != 16 {
			continue
		}
		e := energy(s)
		pitch := s.X[1] - s.X[0]
		for i, x := range s.X {
			for c := int(x - pitch*.45); c <= int(x+pitch*.45); c++ {
				if c >= 0 && c < len(e) {
					k := float64(c) + .5 - x
					sum, weight = sum+k*e[c], weight+e[c]
				}
			}
			if c := int(x + pitch*.25); c >= 0 && c < len(e) {
				ink, inks = ink+e[c], inks+1
			}
			if i > 0 && x-s.X[i-1] > 1.6*pitch {
				gap, gaps = gap+e[int((x+s.X[i-1])/2)], gaps+1
			}
		}
	}
	if inks < 100 || gaps < 10 {
		t.Fatalf("only %d inked places and %d gaps", inks, gaps)
	}
	if c := sum / weight; math.Abs(c) > .35 {
		t.Errorf("labels are %.2f px from the ink", -c)
	}
	if r := (ink / float64(inks)) / (gap / float64(gaps)); r < 1.4 {
		t.Errorf("ink at the labels is only %.2f times that of the gaps", r)
	}
}

// energy is each column's vertical variation.
func energy(s Sample) []float64 {
	e := make([]float64, s.Image.W)
	for x := range e {
		for y := 1; y < s.Image.H; y++ {
			a, b := s.Image.Pix[(y*s.Image.W+x)*3+1], s.Image.Pix[((y-1)*s.Image.W+x)*3+1]
			e[x] += math.Abs(float64(a) - float64(b))
		}
	}
	return e
}

func TestStreamRecords(t *testing.T) {
	var b bytes.Buffer
	if err := Stream(&b, renderer(t, 1, Options{Difficulty: .5}), 20); err != nil {
		t.Fatalf("Stream: %v", err)
	}
	part := func() []byte {
		var l [4]byte
		if _, err := io.ReadFull(&b, l[:]); err != nil {
			t.Fatalf("ReadFull: %v", err)
		}
		p := make([]byte, binary.LittleEndian.Uint32(l[:]))
		if _, err := io.ReadFull(&b, p); err != nil {
			t.Fatalf("ReadFull: %v", err)
		}
		return p
	}
	for range 20 {
		var r record
		if err := json.Unmarshal(part(), &r); err != nil {
			t.Fatalf("json.Unmarshal: %v", err)
		}
		if px := part(); len(px) != r.W*r.H*3 || r.H != Height || len(r.X) != len(r.Text) {
			t.Fatalf("record %+v with %d bytes", r, len(px))
		}
	}
	if b.Len() != 0 {
		t.Errorf("%d bytes left over", b.Len())
	}
}

func TestBadWidth(t *testing.T) {
	if _, err := New(1, Options{Width: 5}); err == nil {
		t.Error("a width of 5 was accepted")
	}
}

func BenchmarkDraw(b *testing.B) {
	d := renderer(b, 1, Options{Difficulty: -1})
	for b.Loop() {
		d.Draw()
	}
}
