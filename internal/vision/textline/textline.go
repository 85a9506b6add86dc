// Package textline finds the lines of print on a rectified card that matter:
// the number and the dates, each with its axis, height and ends.
package textline

import (
	"cmp"
	"context"
	"math"
	"slices"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/nn"
)

// Kind is what a line holds.
type Kind int

// The kinds of line, which are also the network's first channels.
const (
	Number Kind = iota
	Date
)

// Line is one line of print on the rectified card.
type Line struct {
	Kind   Kind
	Left   geom.Point // end of the ink on the line's centre axis
	Right  geom.Point
	Height float64 // of a digit, in pixels
	Score  float64 // mean probability of its cells
}

// The network's output: cells of 4 pixels with these channels.
const (
	stride    = 4
	channels  = 7
	chAxis    = 2 // cell centre to the line's axis, in axisUnit
	chHeight  = 3 // log of the digit height in heightUnit
	chLeft    = 4 // to the left end of the ink, in endUnit
	chRight   = 5
	axisUnit  = 8.0
	heightU   = 16.0
	endUnit   = 64.0
	minCells  = 3
	maxHeight = 64.0
	minHeight = 4.0
)

// Finder finds lines. It is safe for concurrent use.
type Finder struct{ net *nn.Net }

// New wraps the network.
func New(net *nn.Net) *Finder { return &Finder{net} }

// Probabilities from which a cell of a Map counts as a line. FaintProb is for a
// second try if there must be more lines, FaintestProb for a last one.
const (
	ClearProb    = 0.35
	FaintProb    = 0.10
	FaintestProb = 0.01
)

// Map is the network's answer for one card.
type Map struct {
	out    []float32
	w, h   int
	within *geom.Rect // only lines with cells in here; nil for all
}

// Within returns the map with only those cells that lie in a rectangle.
func (m *Map) Within(area geom.Rect) *Map { return &Map{m.out, m.w, m.h, &area} }

// Area returns where the map has lines, in pixels of what it was found in.
func (m *Map) Area() geom.Rect {
	all := geom.Rect{X1: float64(m.w * stride), Y1: float64(m.h * stride)}
	if w := m.within; w != nil {
		all = geom.Rect{X0: max(all.X0, w.X0), Y0: max(all.Y0, w.Y0), X1: min(all.X1, w.X1), Y1: min(all.Y1, w.Y1)}
	}
	return all
}

// Find runs the network over the rectified card.
func (f *Finder) Find(ctx context.Context, flat *pixel.RGB) (*Map, error) {
	plan, err := f.net.Plan(flat.H, flat.W)
	if err != nil {
		return nil, err
	}
	in := make([]float32, len(flat.Pix))
	for i, v := range flat.Pix {
		in[i] = (float32(v)/255 - 0.5) / 0.25
	}
	out, err := plan.Run(ctx, in, nil)
	if err != nil {
		return nil, err
	}
	return &Map{out: out, w: flat.W / stride, h: flat.H / stride}, nil
}

// Lines returns the lines whose cells reach the given probability, from top to
// bottom.
func (m *Map) Lines(from float64) []Line {
	found := append(m.decode(Number, from), m.decode(Date, from)...)
	slices.SortStableFunc(found, func(a, b Line) int {
		return cmp.Compare(a.Left.Y+a.Right.Y, b.Left.Y+b.Right.Y)
	})
	return found
}

// cell is one grid cell that lies on a line, with its estimates of the line.
type cell struct {
	p, x, axis, height, left, right float64
	used                            bool
}

// decode returns the lines of a kind.
func (m *Map) decode(kind Kind, from float64) []Line {
	var cells []cell
	for i := range m.w * m.h {
		o := m.out[i*channels : (i+1)*channels]
		p := 1 / (1 + math.Exp(-float64(o[kind])))
		if p < from {
			continue
		}
		x, y := (float64(i%m.w)+0.5)*stride, (float64(i/m.w)+0.5)*stride
		if m.within != nil && (x < m.within.X0 || x > m.within.X1 || y < m.within.Y0 || y > m.within.Y1) {
			continue
		}
		height := heightU * math.Exp(float64(o[chHeight]))
		cells = append(cells, cell{
			p: p, x: x, axis: y + axisUnit*float64(o[chAxis]),
			height: math.Max(minHeight, math.Min(maxHeight, height)),
			left:   x - endUnit*math.Max(0, float64(o[chLeft])),
			right:  x + endUnit*math.Max(0, float64(o[chRight])),
		})
	}
	slices.SortStableFunc(cells, func(a, b cell) int { return cmp.Compare(b.p, a.p) })
	var found []Line
	for i := range cells {
		if cells[i].used {
			continue
		}
		if line, n := grow(cells, i); n >= minCells && line.Right.X-line.Left.X > line.Height {
			line.Kind = kind
			found = append(found, line)
		}
	}
	return merge(found)
}

// grow collects the cells of one line from a seed: those whose axis lies near
// the axis fitted so far and whose ink overlaps. It marks them used.
func grow(cells []cell, seed int) (Line, int) {
	s := cells[seed]
	a, b, x0 := s.axis, 0.0, s.x // axis(x) = a + b (x - x0)
	left, right, height := s.left, s.right, s.height
	var member []int
	for round := range 3 {
		member = member[:0]
		for i := range cells {
			c := &cells[i]
			near := math.Abs(c.axis-(a+b*(c.x-x0))) < 0.45*height
			if round == 0 { // slope unknown: allow more, further away
				near = math.Abs(c.axis-a) < 0.3*height+0.05*math.Abs(c.x-x0)
			}
			if !c.used && near && c.x > left-height && c.x < right+height &&
				c.height < 1.8*height && height < 1.8*c.height {
				member = append(member, i)
			}
		}
		if len(member) < minCells {
			break
		}
		a, b, x0 = fitAxis(cells, member)
		left, right, height = ends(cells, member)
	}
	score := 0.0
	for _, i := range member {
		score += cells[i].p
		cells[i].used = true
	}
	cells[seed].used = true
	n := len(member)
	return Line{
		Left:   geom.Point{X: left, Y: a + b*(left-x0)},
		Right:  geom.Point{X: right, Y: a + b*(right-x0)},
		Height: height, Score: score / math.Max(1, float64(n)),
	}, n
}

// fitAxis returns the weighted least-squares line through the cells' axes.
func fitAxis(cells []cell, member []int) (a, b, x0 float64) {
	var sw, sx, sy float64
	for _, i := range member {
		c := cells[i]
		sw, sx, sy = sw+c.p, sx+c.p*c.x, sy+c.p*c.axis
	}
	x0, a = sx/sw, sy/sw
	var sxx, sxy float64
	for _, i := range member {
		c := cells[i]
		sxx += c.p * (c.x - x0) * (c.x - x0)
		sxy += c.p * (c.x - x0) * (c.axis - a)
	}
	if sxx > 1 {
		b = sxy / (sxx + 50) // short lines tend to the horizontal
	}
	return a, b, x0
}

// ends averages the ends and the height. A cell near an end has more weight for
// it.
func ends(cells []cell, member []int) (left, right, height float64) {
	var sl, wl, sr, wr, sh, wh float64
	for _, i := range member {
		c := cells[i]
		l := c.p / (6 + sq(c.x-c.left)/8)
		r := c.p / (6 + sq(c.right-c.x)/8)
		sl, wl = sl+l*c.left, wl+l
		sr, wr = sr+r*c.right, wr+r
		sh, wh = sh+c.p*c.height, wh+c.p
	}
	return sl / wl, sr / wr, sh / wh
}

// merge joins pieces of one line that a wide gap between groups of digits
// separates.
func merge(found []Line) []Line {
	for i := 0; i < len(found); i++ {
		for j := i + 1; j < len(found); j++ {
			if sameLine(found[i], found[j]) {
				found[i] = join(found[i], found[j])
				found = slices.Delete(found, j, j+1)
				j = i
			}
		}
	}
	return found
}

func sameLine(a, b Line) bool {
	if a.Left.X > b.Left.X {
		a, b = b, a
	}
	h := math.Max(a.Height, b.Height)
	gap := b.Left.X - a.Right.X
	slope := (a.Right.Y - a.Left.Y) / math.Max(1, a.Right.X-a.Left.X)
	y := a.Right.Y + slope*gap
	return gap < 2.5*h && math.Abs(y-b.Left.Y) < 0.5*h && math.Min(a.Height, b.Height) > 0.6*h
}

func join(a, b Line) Line {
	if a.Left.X > b.Left.X {
		a, b = b, a
	}
	right := b.Right
	if a.Right.X > right.X {
		right = a.Right
	}
	return Line{Kind: a.Kind, Left: a.Left, Right: right,
		Height: (a.Height + b.Height) / 2, Score: (a.Score + b.Score) / 2}
}

func sq(v float64) float64 { return v * v }
