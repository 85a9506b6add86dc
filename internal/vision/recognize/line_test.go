package recognize

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/line"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/model"
)

// reader and an easy line to read with it.
func setUp(t *testing.T) (*Reader, *pixel.Pyramid, Strip, *[]string) {
	t.Helper()
	networks, err := model.Load()
	if err != nil {
		t.Fatalf("model.Load: %v", err)
	}
	d, err := line.New(3, line.Options{Difficulty: 0, BankSize: 10, Digits: func() string { return "1234567890" }})
	if err != nil {
		t.Fatalf("line.New: %v", err)
	}
	s := d.Draw()
	for len(s.Text) != 10 {
		s = d.Draw()
	}
	stages := &[]string{}
	r := &Reader{networks.Digits.Net, func(_ context.Context, stage string) { *stages = append(*stages, stage) }}
	const h = line.Height
	strip := Strip{
		Left: geom.Point{X: s.X[0] - 8, Y: h / 2}, Right: geom.Point{X: s.X[9] + 8, Y: h / 2},
		Height: 22, ToImage: geom.Identity,
	}
	return r, pixel.NewPyramid(s.Image), strip, stages
}

func plan(enough bool) Plan {
	return Plan{
		Crops: Crops[:5], CheckAfter: []int{2, 5},
		Decode: ctc.DecodeDigits,
		Enough: func(*Line) bool { return enough },
	}
}

func TestReadUntilItIsEnough(t *testing.T) {
	r, image, strip, stages := setUp(t)
	for _, tt := range []struct {
		enough bool
		stages []string
	}{
		{true, []string{"recognize", "recognize", "ctc"}},
		{false, []string{"recognize", "recognize", "ctc", "recognize", "recognize", "recognize", "ctc"}},
	} {
		*stages = nil
		l, err := r.Line(t.Context(), image, strip, plan(tt.enough))
		if err != nil {
			t.Fatalf("Line: %v", err)
		}
		if !slices.Equal(*stages, tt.stages) {
			t.Errorf("enough %v: went through %v", tt.enough, *stages)
		}
		if l.Top().Text != "1234567890" {
			t.Errorf("enough %v: read %q", tt.enough, l.Top().Text)
		}
		if a := l.Agreement("1234567890"); a < 0.5 || a > 1 {
			t.Errorf("agreement of %g", a)
		}
		if a := l.Agreement("12345678"); a != 0 {
			t.Errorf("agreement of %g on a text that no crop gives", a)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Line(ctx, image, strip, plan(true)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// Digits are placed where they were drawn, and the line at its strip.
func TestPlaces(t *testing.T) {
	r, image, strip, _ := setUp(t)
	l, err := r.Line(t.Context(), image, strip, plan(false))
	if err != nil {
		t.Fatalf("Line: %v", err)
	}
	spots, by := l.Spots("1234567890")
	if len(spots) != 10 {
		t.Fatalf("%d places", len(spots))
	}
	pitch := (strip.Right.X - strip.Left.X) / 10
	last := math.Inf(-1)
	for i, s := range spots {
		c := by.Cell(s.Column-1, s.Column+1).Center()
		if c.X <= last {
			t.Errorf("digit %d is not right of the one before", i)
		}
		last = c.X
		if want := strip.Left.X + (float64(i)+0.5)*pitch; math.Abs(c.X-want) > 1.2*pitch || math.Abs(c.Y-strip.Left.Y) > 3 {
			t.Errorf("digit %d at %.1f, %.1f, want about %.1f, %.1f", i, c.X, c.Y, want, strip.Left.Y)
		}
	}
	q := l.Quad()
	if math.Abs(q.Height()-strip.Height) > 1e-6 || q.Center() != strip.Left.Add(strip.Right).Mul(0.5) {
		t.Errorf("the line is at %v", q)
	}
}

// A line found twice is read from the crops of both.
func TestMerge(t *testing.T) {
	r, image, strip, _ := setUp(t)
	a, err := r.Line(t.Context(), image, strip, plan(true))
	if err != nil {
		t.Fatalf("Line: %v", err)
	}
	strip.Height *= 1.1
	b, err := r.Line(t.Context(), image, strip, plan(true))
	if err != nil {
		t.Fatalf("Line: %v", err)
	}
	both := a.Merge(b, nil)
	if len(both.Decoded) != 4 || len(both.Columns) != 4 || both.Top().Text != "1234567890" {
		t.Errorf("%d views, %q", len(both.Decoded), both.Top().Text)
	}
	if both.Margin() <= min(a.Margin(), b.Margin()) {
		t.Errorf("the margin is %g, of the two alone %g and %g", both.Margin(), a.Margin(), b.Margin())
	}
}
