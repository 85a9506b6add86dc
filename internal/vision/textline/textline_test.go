package textline

import (
	"math"
	"testing"
)

// want is a line as the network is trained to answer it.
type want struct {
	kind                     Kind
	x0, x1, y, slope, height float64
	gapFrom, gapTo           float64 // cells here stay silent
}

func ideal(w, h int, lines ...want) []float32 {
	out := make([]float32, w*h*channels)
	for i := range w * h {
		o := out[i*channels : (i+1)*channels]
		o[Number], o[Date] = -6, -6
		x, y := (float64(i%w)+0.5)*stride, (float64(i/w)+0.5)*stride
		for _, l := range lines {
			axis := l.y + l.slope*(x-l.x0)
			if x < l.x0 || x > l.x1 || math.Abs(y-axis) > 0.35*l.height || (x > l.gapFrom && x < l.gapTo) {
				continue
			}
			o[l.kind] = 6
			o[chAxis] = float32((axis - y) / axisUnit)
			o[chHeight] = float32(math.Log(l.height / heightU))
			o[chLeft] = float32((x - l.x0) / endUnit)
			o[chRight] = float32((l.x1 - x) / endUnit)
		}
	}
	return out
}

func TestDecode(t *testing.T) {
	lines := []want{
		{kind: Number, x0: 40, x1: 310, y: 120, slope: 0.02, height: 16},
		{kind: Date, x0: 120, x1: 170, y: 152, height: 10},
		{kind: Date, x0: 220, x1: 270, y: 152, height: 10},
	}
	out := ideal(88, 56, lines...)
	numbers, dates := (&Map{out: out, w: 88, h: 56}).decode(Number, ClearProb), (&Map{out: out, w: 88, h: 56}).decode(Date, ClearProb)
	if len(numbers) != 1 || len(dates) != 2 {
		t.Fatalf("%d numbers and %d dates, want 1 and 2", len(numbers), len(dates))
	}
	n, l := numbers[0], lines[0]
	if math.Abs(n.Left.X-l.x0) > 1 || math.Abs(n.Right.X-l.x1) > 1 || math.Abs(n.Height-l.height) > 0.5 {
		t.Errorf("number %+v, want %+v", n, l)
	}
	if end := l.y + l.slope*(l.x1-l.x0); math.Abs(n.Left.Y-l.y) > 0.5 || math.Abs(n.Right.Y-end) > 0.5 {
		t.Errorf("axis from %.1f to %.1f, want %.1f to %.1f", n.Left.Y, n.Right.Y, l.y, end)
	}
}

func TestDecodeJoinsAcrossAGap(t *testing.T) {
	out := ideal(88, 56, want{kind: Number, x0: 40, x1: 310, y: 100, height: 16, gapFrom: 150, gapTo: 190})
	if got := (&Map{out: out, w: 88, h: 56}).decode(Number, ClearProb); len(got) != 1 {
		t.Errorf("%d lines, want 1: %+v", len(got), got)
	}
}

func TestDecodeKeepsRowsApart(t *testing.T) {
	out := ideal(88, 56,
		want{kind: Number, x0: 40, x1: 310, y: 100, height: 16},
		want{kind: Number, x0: 40, x1: 310, y: 124, height: 16})
	if got := (&Map{out: out, w: 88, h: 56}).decode(Number, ClearProb); len(got) != 2 {
		t.Errorf("%d lines, want 2: %+v", len(got), got)
	}
}

func TestDecodeNothing(t *testing.T) {
	if got := (&Map{out: ideal(88, 56), w: 88, h: 56}).decode(Number, ClearProb); len(got) != 0 {
		t.Errorf("lines on an empty card: %+v", got)
	}
}

// A line that the network half believes in is found in a second look alone.
func TestFaintLines(t *testing.T) {
	out := ideal(88, 56, want{kind: Number, x0: 40, x1: 310, y: 100, height: 16}, want{kind: Date, x0: 120, x1: 170, y: 140, height: 10})
	for i := range 88 * 56 {
		if o := &out[i*channels+int(Date)]; *o > 0 {
			*o = -1.4 // a probability of a fifth
		}
	}
	m := &Map{out: out, w: 88, h: 56}
	if got := m.Lines(ClearProb); len(got) != 1 || got[0].Kind != Number {
		t.Errorf("at a first look: %+v, want the number", got)
	}
	if got := m.Lines(FaintProb); len(got) != 2 || got[1].Kind != Date {
		t.Errorf("at a second look: %+v, want the number and the date", got)
	}
}
