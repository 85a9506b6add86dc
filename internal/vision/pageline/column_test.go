package pageline

import (
	"math"
	"testing"

	"github.com/kahao/kahao/internal/pixel"
)

// column prints n digits of 9 by 16 pixels one beneath the other from (x, y), the
// given distance apart. The digit with the index missing is left out.
func (p page) column(x, y, n, step, missing int) {
	for i := range n {
		if i != missing {
			p.block(x+i%2, y+i*step, 9, 16)
		}
	}
}

func TestColumns(t *testing.T) {
	for _, tt := range []struct {
		name             string
		paper, ink       uint8
		n, step, missing int
	}{
		{"dark digits", 230, 20, 16, 22, -1},
		{"light digits", 40, 220, 16, 24, -1},
		{"19 digits", 230, 20, 19, 20, -1},
		{"one that is not seen", 230, 20, 16, 22, 7},
	} {
		p := newPage(300, 500, tt.paper, tt.ink)
		p.column(120, 30, tt.n, tt.step, tt.missing)
		found := Columns(p.RGB)
		if len(found) != 1 {
			t.Errorf("%s: %d columns, want 1", tt.name, len(found))
			continue
		}
		c := found[0]
		if c.Digits != tt.n || math.Abs(c.Height-16) > 1.5 || math.Abs(c.Step.Y-float64(tt.step)) > .5 {
			t.Errorf("%s: %d digits, %.1f high, %.1f apart, want %d, 16, %d", tt.name, c.Digits, c.Height, c.Step.Y, tt.n, tt.step)
		}
		if math.Abs(c.First.X-125) > 2 || math.Abs(c.First.Y-38) > 2 {
			t.Errorf("%s: the first digit is at (%.0f, %.0f), want (125, 38)", tt.name, c.First.X, c.First.Y)
		}
	}
}

// Lines of text are no columns, and neither are too few digits.
func TestNoColumns(t *testing.T) {
	for name, draw := range map[string]func(page){
		"eight digits":   func(p page) { p.column(120, 30, 8, 22, -1) },
		"far apart":      func(p page) { p.column(120, 10, 9, 55, -1) },
		"lines of print": func(p page) { p.number(20, 40, 4, 4, 4, 4); p.number(20, 80, 4, 4, 4, 4) },
		"nothing":        func(page) {},
	} {
		p := newPage(300, 500, 230, 20)
		draw(p)
		if found := Columns(p.RGB); len(found) != 0 {
			t.Errorf("%s: %d columns, want none", name, len(found))
		}
	}
	if found := Columns(pixel.New(1, 1)); len(found) != 0 {
		t.Errorf("one pixel: %d columns, want none", len(found))
	}
}
