package textline

import (
	"testing"

	"github.com/kahao/kahao/internal/geom"
)

func TestNear(t *testing.T) {
	line := Line{Kind: Date, Left: geom.Point{X: 100, Y: 160}, Right: geom.Point{X: 140, Y: 161}, Height: 10}
	tests := []struct {
		name string
		is   func(*Line)
		want bool
	}{
		{"itself", func(*Line) {}, true},
		{"a little off", func(l *Line) { l.Left.X, l.Right.Y = 102, 162 }, true},
		{"longer", func(l *Line) { l.Right.X = 180 }, false},
		{"the line below", func(l *Line) { l.Left.Y, l.Right.Y = 171, 172 }, false},
		{"of another kind", func(l *Line) { l.Kind = Number }, false},
	}
	for _, tt := range tests {
		m := line
		tt.is(&m)
		if got := line.Near(m); got != tt.want {
			t.Errorf("%s: Near = %v, want %v", tt.name, got, tt.want)
		}
	}
}

func TestDateEnds(t *testing.T) {
	line := func(kind Kind, from, to float64) Line {
		return Line{Kind: kind, Left: geom.Point{X: from, Y: 160}, Right: geom.Point{X: to, Y: 160}, Height: 10}
	}
	at := []Line{
		line(Date, 100, 144),   // one date
		line(Date, 100, 230),   // one, and something next to it
		line(Date, 101, 231),   // the same again
		line(Number, 100, 230), // no date
	}
	ends := DateEnds(at)
	if len(ends) != 2 {
		t.Fatalf("DateEnds = %v, want 2 ends", ends)
	}
	for i, want := range [][2]float64{{100, 144}, {186, 230}} {
		if ends[i].Left.X != want[0] || ends[i].Right.X != want[1] || ends[i].Left.Y != 160 {
			t.Errorf("end %d is %v, want from %v to %v", i, ends[i], want[0], want[1])
		}
	}
}
