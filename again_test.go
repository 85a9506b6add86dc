package kahao

import (
	"testing"

	"github.com/kahao/kahao/internal/synth/line"
	"github.com/kahao/kahao/internal/vision/geom"
	"github.com/kahao/kahao/internal/vision/lattice"
	"github.com/kahao/kahao/internal/vision/pixel"
	"github.com/kahao/kahao/internal/vision/transcribe"
)

// The digits beneath decide between readings that differ there, and between
// no others.
func TestFirstDigitsDecide(t *testing.T) {
	const right, wrong = "6225758888888888", "6228758888888888"
	l := lookAt(wrong, .99, 40, 120, geom.Quad{})
	l.number = &lattice.Lattice{Candidates: []lattice.Candidate{{Text: wrong, Pixels: -1}, {Text: right, Pixels: -2}, {Text: wrong[:15], Pixels: -9}}}
	l.number.Weigh(0, nil)
	if !l.doubted() {
		t.Fatal("nothing is in doubt")
	}
	for _, tt := range []struct {
		name  string
		first map[string]float64
		want  string
	}{
		{"nothing there", nil, wrong},
		{"something else there", map[string]float64{"0521": .9}, wrong},
		{"hardly anything", map[string]float64{"6225": .01}, wrong},
		{"the digits", map[string]float64{"6225": .8, "6223": .1}, right},
		{"both", map[string]float64{"6225": .4, "6228": .5}, wrong},
	} {
		m := *l
		n := *l.number
		n.Candidates = append([]lattice.Candidate(nil), n.Candidates...)
		m.number, m.first = &n, tt.first
		m.weighFirst()
		if got := m.number.Top().Text; got != tt.want {
			t.Errorf("%s: %s", tt.name, got)
		}
		if p := m.number.Top().P; p > .999 {
			t.Errorf("%s: certain at once: %g", tt.name, p)
		}
	}
	l.number = &lattice.Lattice{Candidates: []lattice.Candidate{{Text: right}, {Text: right[:15], Pixels: -4}, {Text: wrong, Pixels: -12}}}
	l.number.Weigh(0, nil)
	if l.doubted() {
		t.Error("a clear number is in doubt")
	}
}

// Small print under a number is found, and read.
func TestFirstDigitsAreRead(t *testing.T) {
	small, err := line.New(5, line.Options{Difficulty: 0, Digits: func() string { return "6225" }})
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	const tries = 8
	for range tries {
		d := small.Draw()
		for d.Text != "6225" {
			d = small.Draw()
		}
		// A number's crop that says where its digits are: they are 22 pixels
		// high, the first is at column 10, and the small ones begin under it.
		const digit, x = 22.0, 10 * transcribe.Stride
		shrink := againHeight * digit / (float64(line.Height) / 1.45)
		left := d.X[0] - (d.X[1]-d.X[0])/2
		picture := pixel.New(352, 96)
		for i := range picture.Pix {
			picture.Pix[i] = d.Image.Pix[i%3]
		}
		toLine := geom.Homography{1 / shrink, 0, left - (x-digit/3)/shrink, 0, 1 / shrink, float64(line.Height)/2 - (transcribe.Height/2+againBelow*digit)/shrink, 0, 0, 1}
		pixel.NewPyramid(d.Image).Warp(picture, toLine, nil)
		s := &session{Reader: opened(t), ctx: t.Context(), picture: pixel.NewPyramid(picture)}
		strip, ok := beneath([]lattice.Spot{{Column: 10}, {Column: 14}, {Column: 18}, {Column: 22}},
			&transcribe.Columns{ToPicture: geom.Identity, Digit: digit})
		if !ok {
			t.Fatal("no strip")
		}
		first, err := s.firstDigits(strip)
		if err != nil {
			t.Fatal(err)
		}
		if first["6225"] > .3 {
			found++
		}
	}
	if found < tries*3/4 {
		t.Errorf("read %d of %d", found, tries)
	}
	if _, ok := beneath(make([]lattice.Spot, 3), &transcribe.Columns{}); ok {
		t.Error("a strip beneath three digits")
	}
}

func opened(t *testing.T) *Reader {
	t.Helper()
	r, err := Open(Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}
