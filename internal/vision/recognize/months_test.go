package recognize

import (
	"context"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/line"
	"github.com/kahao/kahao/internal/synth/number"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/model"
)

// TestMonths draws lines with and without the name of a month. The strip is the
// drawn crop without its margins of a quarter of its height.
func TestMonths(t *testing.T) {
	set, err := model.Load()
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	m := NewMonths(set.Months.Net, func(context.Context, string) {})
	d, err := line.New(9100, line.Options{Difficulty: .3, Months: true, BankSize: 8})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	named, right, wrong, other, invented := 0, 0, 0, 0, 0
	for range 150 {
		s := d.Draw()
		image := pixel.New(s.Image.W, s.Image.H)
		copy(image.Pix, s.Image.Pix)
		w := float64(image.W)
		strip := Strip{
			Left: geom.Point{X: min(70, w/3), Y: Height / 2}, Right: geom.Point{X: max(w-70, w*2/3), Y: Height / 2},
			Height: 20, ToImage: geom.Identity,
		}
		found, err := m.Find(context.Background(), pixel.NewPyramid(image), strip)
		if err != nil {
			t.Fatalf("Find: %v", err)
		}
		sure := found.P >= .7
		switch {
		case s.Text == "":
			other++
			if sure {
				invented++
			}
			continue
		case sure && number.Months[found.Number-1] == s.Text:
			right++
			if at := strip.Left.X + found.At*strip.Height; at < s.X[0]-14 || at > s.X[0]+14 {
				t.Errorf("%s found at %.0f, want %.0f", s.Text, at, s.X[0])
			}
		case sure:
			wrong++
		}
		named++
	}
	t.Logf("%d of %d names right, %d wrong; %d found in %d lines without one", right, named, wrong, invented, other)
	if right < named*6/10 || wrong > named/12 || invented > other/5 {
		t.Errorf("%d of %d names right, %d wrong; %d found in %d lines without one", right, named, wrong, invented, other)
	}
}

// TestNamed: a name is one slash at its place, or at the end beyond which it is, and
// what stands in it is no digit.
func TestNamed(t *testing.T) {
	columns := func(text string) *Columns {
		c := &Columns{P: make([]float64, len(text)*ctc.Classes), ToImage: geom.Identity, Digit: 20}
		for i, ch := range text {
			class := ctc.Blank
			if ch != ' ' {
				class = ctc.Symbol(byte(ch))
			}
			c.P[i*ctc.Classes+class] = 1
		}
		return c
	}
	// Digits are 20 pixels high, columns 4 pixels wide: a name takes 12 columns.
	for _, tt := range []struct {
		text string
		at   float64 // the name's centre, in digit heights
		want string
	}{
		{"  1 2 /  0 6    /  2 8  ", 2.4, "12/28"},
		{"   0  8     2  8   ", 0.9, "/28"},
		{" 2  8 ", -1.5, "/28"},
		{" 2  8 ", 3, "28/"},
		{" 1 / 2 / 2  8 ", -1.5, "/1228"},
	} {
		n := float64(len(tt.text))
		l := &Line{
			Strip:   Strip{Left: geom.Point{Y: Height / 2}, Right: geom.Point{X: 4 * n, Y: Height / 2}, Height: 20, ToImage: geom.Identity},
			Columns: []*Columns{columns(tt.text)},
		}
		named := l.Named(Month{Number: 12, P: 1, At: tt.at}, nil)
		if named == nil || named.Top().Text != tt.want {
			t.Errorf("%q with a name at %v: %+v, want %q", tt.text, tt.at, named, tt.want)
		}
	}
}
