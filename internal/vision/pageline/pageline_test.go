package pageline

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

// page is a white image on which blocks stand for digits.
type page struct {
	*pixel.RGB
	ink uint8
}

func newPage(w, h int, paper, ink uint8) page {
	m := pixel.New(w, h)
	for i := range m.Pix {
		m.Pix[i] = paper
	}
	return page{m, ink}
}

func (p page) block(x, y, w, h int) {
	for v := y; v < y+h; v++ {
		for u := x; u < x+w; u++ {
			i := 3 * (v*p.W + u)
			p.Pix[i], p.Pix[i+1], p.Pix[i+2] = p.ink, p.ink, p.ink
		}
	}
}

// number prints groups of digits of 9 by 16 pixels with the top left corner at
// (x, y), and returns the right end.
func (p page) number(x, y int, groups ...int) (right int) {
	for _, n := range groups {
		for range n {
			p.block(x, y, 9, 16)
			right = x + 9
			x += 12
		}
		x += 12
	}
	return right
}

// quarter returns the page after a quarter turn to the left: rows run upwards.
func (p page) quarter() page {
	out := newPage(p.H, p.W, 0, p.ink)
	for y := range p.H {
		for x := range p.W {
			copy(out.Pix[3*((p.W-1-x)*out.W+y):][:3], p.Pix[3*(y*p.W+x):][:3])
		}
	}
	return out
}

func find(t *testing.T, p page) []Line {
	t.Helper()
	lines, err := Find(t.Context(), pixel.NewPyramid(p.RGB))
	if err != nil {
		t.Fatalf("Find: %v", err)
	}
	return lines
}

func near(a, b geom.Point, eps float64) bool { return a.Sub(b).Len() <= eps }

func TestNumber(t *testing.T) {
	for name, p := range map[string]page{"dark on light": newPage(500, 300, 240, 40), "light on dark": newPage(500, 300, 30, 200)} {
		right := p.number(60, 100, 4, 4, 4, 4)
		lines := find(t, p)
		if len(lines) == 0 {
			t.Errorf("%s: no line, want one", name)
			continue
		}
		l := lines[0]
		if !slices.Equal(l.Groups, []int{4, 4, 4, 4}) {
			t.Errorf("%s: groups %v, want four of 4", name, l.Groups)
		}
		if want := (geom.Point{X: 60, Y: 108}); !near(l.Left, want, 2) {
			t.Errorf("%s: the left end is at %v, want %v", name, l.Left, want)
		}
		if want := (geom.Point{X: float64(right), Y: 108}); !near(l.Right, want, 2) {
			t.Errorf("%s: the right end is at %v, want %v", name, l.Right, want)
		}
		if math.Abs(l.Height-16) > 2 {
			t.Errorf("%s: height %.1f, want 16", name, l.Height)
		}
	}
}

// A line that runs upwards begins at its lower end.
func TestTurned(t *testing.T) {
	p := newPage(500, 300, 240, 40)
	right := p.number(60, 100, 4, 4, 4, 4)
	lines := find(t, p.quarter())
	if len(lines) == 0 || !lines[0].Turned {
		t.Fatalf("lines %+v, want one along a column", lines)
	}
	l := lines[0]
	if want := (geom.Point{X: 108, Y: 500 - 60}); !near(l.Left, want, 2) {
		t.Errorf("it begins at %v, want %v", l.Left, want)
	}
	if want := (geom.Point{X: 108, Y: 500 - float64(right)}); !near(l.Right, want, 2) {
		t.Errorf("it ends at %v, want %v", l.Right, want)
	}
	if r := l.Reversed(); r.Left != l.Right || r.Right != l.Left {
		t.Errorf("reversed it runs from %v to %v, want the ends exchanged", r.Left, r.Right)
	}
}

// Print whose marks are not equally high, or that is short, is no number.
func TestOtherPrint(t *testing.T) {
	p := newPage(500, 300, 240, 40)
	p.number(60, 40, 4, 4)
	for i := range 18 { // every third letter is high
		h := 11
		if i%3 == 0 {
			h = 16
		}
		p.block(60+22*i, 116-h, 9, h)
	}
	if lines := find(t, p); len(lines) != 0 {
		t.Errorf("found %+v, want nothing", lines)
	}
}

// A word in capitals before the number is cut off in one of the windows.
func TestWordBefore(t *testing.T) {
	p := newPage(700, 300, 240, 40)
	p.number(60, 100, 7, 4, 4, 4, 4)
	start := 60 + 7*12 + 12
	for _, l := range find(t, p) {
		if slices.Equal(l.Groups, []int{4, 4, 4, 4}) && near(l.Left, geom.Point{X: float64(start), Y: 108}, 2) {
			return
		}
	}
	t.Error("no line of four groups begins behind the word, want one")
}

// Digits in the boxes of a form stand apart; the frames do not count.
func TestBoxes(t *testing.T) {
	p := newPage(700, 300, 240, 40)
	for i := range 16 {
		x := 60 + 26*i
		p.block(x, 90, 27, 1)
		p.block(x, 125, 27, 1)
		p.block(x, 90, 1, 36)
		p.block(x+9, 100, 9, 16)
	}
	p.block(60+26*16, 90, 1, 36)
	for _, l := range find(t, p) {
		if l.Spaced == 16 {
			return
		}
	}
	t.Errorf("found %+v, want 16 spaced digits", find(t, p))
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Find(ctx, pixel.NewPyramid(newPage(300, 300, 240, 40).RGB)); !errors.Is(err, context.Canceled) {
		t.Errorf("Find = %v, want context.Canceled", err)
	}
}

// No shape of image makes it fail.
func TestAnyShape(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {1, 400}, {400, 1}, {3, 3}, {27, 5000}, {199, 201}} {
		find(t, newPage(size[0], size[1], 200, 10))
	}
}

// The digits of a form touch their boxes, which are open in places: the digits that
// are marks of their own give the places of the others. The boxes to the right are
// empty.
func TestTouchingBoxes(t *testing.T) {
	p := newPage(800, 300, 240, 40)
	for i := range 20 {
		x := 60 + 22*i
		p.block(x, 100, 22, 1)
		if i%3 > 0 {
			p.block(x, 131, 22, 1)
		}
		p.block(x, 100, 2, 32)
		switch {
		case i >= 16:
		case i == 0 || i == 7 || i == 15:
			p.block(x+2, 108, 14, 16) // it touches the box
		default:
			p.block(x+7, 108, 9, 16)
		}
	}
	for _, l := range find(t, p) {
		if l.Spaced == 16 && near(l.Digit(0), geom.Point{X: 71, Y: 116}, 3) && near(l.Digit(15), geom.Point{X: 401, Y: 116}, 3) {
			return
		}
	}
	t.Errorf("found %+v, want 16 spaced digits from 71 to 401", find(t, p))
}

// One digit that has lost its upper edge does not end a line, and neither does a
// slant.
func TestOddDigit(t *testing.T) {
	p := newPage(700, 300, 240, 40)
	for i := range 16 {
		y, h := 100+i*12/8, 14
		if i == 5 {
			y, h = y+2, 12
		}
		p.block(60+12*i+12*(i/4), y, 9, h)
	}
	for _, l := range find(t, p) {
		if slices.Equal(l.Groups, []int{4, 4, 4, 4}) {
			return
		}
	}
	t.Errorf("found %+v, want four groups of 4", find(t, p))
}

// A line is cut if something as high as a digit goes on where it ends.
func TestCut(t *testing.T) {
	for _, cut := range []bool{false, true} {
		p := newPage(700, 300, 240, 40)
		right := p.number(60, 100, 16)
		if cut {
			p.block(right+3, 96, 9, 20) // not as high as the digits
		}
		lines := slices.DeleteFunc(find(t, p), func(l Line) bool { return !slices.Equal(l.Groups, []int{16}) })
		if len(lines) == 0 || lines[0].Cut != cut {
			t.Errorf("found %+v, want 16 digits, cut %v", lines, cut)
		}
	}
}

// A digit of which only a piece is left, or one at an end of a group that is much
// lower, ends a chain of marks, but no line.
func TestBrokenDigit(t *testing.T) {
	for name, broken := range map[string]func(p page, x, y int){
		"piece": func(p page, x, y int) { p.block(x, y, 6, 9) },
		"low":   func(p page, x, y int) { p.block(x, y+1, 9, 12) },
	} {
		p := newPage(700, 300, 240, 40)
		for i := range 16 {
			x := 60 + 12*i + 12*(i/4)
			if i == 11 {
				broken(p, x, 100)
				continue
			}
			p.block(x, 100, 9, 16)
		}
		lines := find(t, p)
		if !slices.ContainsFunc(lines, func(l Line) bool { return slices.Equal(l.Groups, []int{4, 4, 4, 4}) }) {
			t.Errorf("%s: found %+v, want four groups of 4", name, lines)
		}
	}
}

// The last digits of a number in fives may be those of a date behind one in fours.
func TestDateBehind(t *testing.T) {
	p := newPage(700, 300, 240, 40)
	p.number(60, 100, 4, 4, 4, 4, 2)
	lines := find(t, p)
	for _, groups := range [][]int{{4, 4, 4, 4}, {4, 4, 4, 4, 2}} {
		if !slices.ContainsFunc(lines, func(l Line) bool { return slices.Equal(l.Groups, groups) }) {
			t.Errorf("found %+v, want a line of %v digits", lines, groups)
		}
	}
}

// Marks of lines beneath each other are aligned, but too far apart for a number.
func TestAligned(t *testing.T) {
	p := newPage(700, 300, 240, 40)
	for i := range 16 {
		p.block(60+27*i+9*(i%3), 100, 9, 16) // not at even distances, as digits in boxes
	}
	if lines := slices.DeleteFunc(find(t, p), func(l Line) bool { return l.Spaced > 0 }); len(lines) != 0 {
		t.Errorf("found %+v, want nothing", lines)
	}
}
