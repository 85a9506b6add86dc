package pageline

import (
	"math"
	"testing"

	"github.com/kahao/kahao/internal/geom"
)

// Of two lines that overlap, the centre of the shorter one lies on the longer one.
func TestOverlaps(t *testing.T) {
	line := func(x0, x1, y float64) Line {
		return Line{Left: geom.Point{X: x0, Y: y}, Right: geom.Point{X: x1, Y: y + 10}, Height: 20}
	}
	for _, tt := range []struct {
		name string
		a, b Line
		want bool
	}{
		{"the same line", line(0, 300, 50), line(0, 300, 50), true},
		{"a part of it", line(0, 300, 50), line(200, 300, 57), true},
		{"the next row", line(0, 300, 50), line(0, 300, 90), false},
		{"behind it", line(0, 300, 50), line(320, 500, 61), false},
	} {
		if got, back := tt.a.Overlaps(tt.b), tt.b.Overlaps(tt.a); got != tt.want || back != tt.want {
			t.Errorf("%s: %v, %v, want %v", tt.name, got, back, tt.want)
		}
	}
}

// A date beside its label and the security code is a word of its own, also if its slash
// is higher than the digits.
func TestWords(t *testing.T) {
	for _, slash := range []int{16, 22, 26} {
		p := newPage(400, 100, 230, 20)
		p.number(20, 40, 5) // a label
		p.number(100, 40, 2)
		p.block(125, 40+(16-slash)/2, 5, slash)
		p.number(133, 40, 2)
		p.number(180, 40, 3)
		var dates []Line
		for _, l := range Words(p.RGB) {
			if l.Left.X > 90 && l.Right.X < 170 {
				dates = append(dates, l)
			}
		}
		if len(dates) != 1 {
			t.Errorf("slash of %d pixels: %d dates, want 1", slash, len(dates))
			continue
		}
		if l := dates[0]; math.Abs(l.Left.X-100) > 2 || math.Abs(l.Right.X-154) > 2 || math.Abs(l.Left.Y-48) > 2 || math.Abs(l.Height-16) > 1 {
			t.Errorf("slash of %d pixels: the date is at %v to %v, %.1f high, want (100, 48), (154, 48), 16", slash, l.Left, l.Right, l.Height)
		}
	}
}

// Words that are too short or too long for a date, and single marks far apart, are none.
func TestNoWords(t *testing.T) {
	p := newPage(600, 200, 230, 20)
	p.number(20, 40, 3, 3)
	p.number(20, 90, 19)
	for i := range 8 {
		p.block(20+60*i, 140, 9, 16)
	}
	if found := Words(p.RGB); len(found) != 0 {
		t.Errorf("%d words, want none: %v", len(found), found)
	}
}
