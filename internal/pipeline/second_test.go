package pipeline

import (
	"context"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/line"
	"github.com/kahao/kahao/internal/vision/ctc"
	"github.com/kahao/kahao/internal/vision/multiline"
	"github.com/kahao/kahao/internal/vision/recognize"
	"github.com/kahao/kahao/internal/vision/recognize/linetest"
)

// A bar over a group of digits makes them covered ones, and the other digits are
// no number. Without the bar the line is read as before.
func TestCoveredGroupIsSeen(t *testing.T) {
	r, err := New(Options{})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	const digits, covered = "5412971271232044", "5412????71232044"
	drawn, err := line.New(11, line.Options{Difficulty: 0, BankSize: 8, Digits: func() string { return digits }})
	if err != nil {
		t.Fatalf("line.New: %v", err)
	}
	read := func(im *pixel.RGB) string {
		t.Helper()
		frame := input{pixels: pixel.NewPyramid(im), scale: 1, width: im.W, height: im.H, whole: geom.Rect{X1: float64(im.W), Y1: float64(im.H)}}
		p, err := r.linePass(context.Background(), frame)
		if err != nil {
			t.Fatalf("linePass: %v", err)
		}
		if p == nil {
			return ""
		}
		return p.top().Text
	}
	const n = 12
	whole, hidden, missed := 0, 0, 0
	for range n {
		s := drawn.Draw()
		for s.Text != digits {
			s = drawn.Draw()
		}
		if read(s.Image) == digits {
			whole++
		}
		half := (s.X[1] - s.X[0]) / 2
		bar(s.Image, int(s.X[4]-half), int(s.X[7]+half))
		switch got := read(s.Image); {
		case ctc.SameSeen(got, covered):
			hidden++
		case !ctc.HasCovered(got):
			missed++
		}
	}
	if whole < n*3/4 || hidden < n*2/3 || missed > n/3 {
		t.Errorf("of %d lines %d are read whole, %d with the group covered and %d without covered digits; want %d, %d and at most %d",
			n, whole, hidden, missed, n*3/4, n*2/3, n/3)
	}
}

// bar paints the columns from..to of an image black.
func bar(im *pixel.RGB, from, to int) {
	for y := range im.H {
		for x := max(0, from); x < min(im.W, to); x++ {
			copy(im.Pix[(y*im.W+x)*3:], []byte{8, 8, 8})
		}
	}
}

func TestPassesOfTwoNetworksAreNotFused(t *testing.T) {
	over := func(text string, p float64) *pass {
		l := linetest.Printed(text, p, 40, 120, 16)
		found := &pass{number: multiline.Number{Parts: []*recognize.Line{l}, Hypotheses: l.Hypotheses}}
		found.setScore(0)
		return found
	}
	plain, covered := over("6225758888888888", .9), over("6225????88888888", .99)
	if got := fuse(plain, covered, nil); len(got.number.Parts[0].Decoded) != 3 || got.top().Text != "6225????88888888" {
		t.Errorf("%q from %d crops, want the covered one from its 3", got.top().Text, len(got.number.Parts[0].Decoded))
	}
}
