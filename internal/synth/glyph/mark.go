package glyph

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// Signs are the kinds of signs next to a number, for Draw.
var Signs = []string{"waves", "arrow", "triangle", "chevrons", "plus", "pages", "signal"}

// dot is the full stop: as broad as a stem, on the base line.
func dot(stroke float64) Glyph {
	r := stroke * Master * .62
	return filled(geom.Rect{X0: -r, X1: r}, [][]geom.Point{raster.EllipsePoints(0, Master/2-r, r, r, 0)})
}

// Draw makes a mark (star, cross, dot, hash, under, block) or a sign of the given height (1 is a digit's) and stem,
// both in digit heights; turn is which of its forms, any number.
func Draw(kind string, height, stem float64, turn int) Glyph {
	h := height * Master / 2 // half the height
	pt := func(x, y float64) geom.Point { return geom.Point{X: x * h, Y: y * h} }
	poly := func(xy ...float64) []geom.Point {
		var p []geom.Point
		for i := 0; i < len(xy); i += 2 {
			p = append(p, pt(xy[i], xy[i+1]))
		}
		return p
	}
	side := 1.0
	if turn%2 == 1 {
		side = -1
	}
	var lines [][]geom.Point
	switch kind {
	case "star":
		n := 3 + turn%2
		if turn%3 == 2 {
			n = 5
		}
		for i := range n {
			a := math.Pi * float64(i) / float64(n)
			if n == 5 { // five arms from the middle
				a = 2*math.Pi*float64(i)/5 - math.Pi/2
				lines = append(lines, poly(0, 0, math.Cos(a), math.Sin(a)))
				continue
			}
			a += math.Pi / 2
			lines = append(lines, poly(-math.Cos(a), -math.Sin(a), math.Cos(a), math.Sin(a)))
		}
	case "cross":
		w := .55 + .1*float64(turn%4)
		lines = [][]geom.Point{poly(-w, -1, w, 1), poly(-w, 1, w, -1)}
	case "hash":
		lines = [][]geom.Point{poly(-.25, -1, -.4, 1), poly(.4, -1, .25, 1), poly(-.7, -.35, .7, -.35), poly(-.7, .35, .7, .35)}
	case "under":
		y := []float64{1, 0}[turn%2]
		lines = [][]geom.Point{poly(-.6, y, .6, y)}
	case "dot":
		return filled(geom.Rect{X0: -h, X1: h}, [][]geom.Point{raster.EllipsePoints(0, 0, h, h, 0)})
	case "block":
		return filled(geom.Rect{X0: -.6 * h, X1: .6 * h}, [][]geom.Point{poly(-.6, -1, .6, -1, .6, 1, -.6, 1)})
	case "triangle":
		return filled(geom.Rect{X0: -.8 * h, X1: .8 * h}, [][]geom.Point{poly(-.8*side, -side, .8*side, 0, -.8*side, side)})
	case "waves": // contactless: arcs of one centre
		n := 3 + turn/2%2
		for i := range n {
			r := h * (.45 + 1.05*float64(i)/float64(n-1))
			a := math.Asin(min(1, h/1.5/r*(.55+.45*float64(i)/float64(n-1))*1.4))
			arc := raster.ArcPoints(-.9*h*side, 0, r, r, 0, -a, a)
			if side < 0 {
				arc = raster.ArcPoints(.9*h, 0, r, r, 0, math.Pi-a, math.Pi+a)
			}
			lines = append(lines, arc)
		}
	case "arrow":
		lines = [][]geom.Point{poly(-side, 0, side, 0), poly(.3*side, -.7, side, 0, .3*side, .7)}
	case "chevrons":
		for i := range 1 + turn/2%3 {
			x := .6 * float64(i) * side
			lines = append(lines, poly(-.5*side+x, -1, x, 0, -.5*side+x, 1))
		}
	case "plus":
		lines = [][]geom.Point{poly(-.8, 0, .8, 0), poly(0, -.8, 0, .8)}
	case "pages": // two squares, as the button for copying
		for _, o := range []float64{-.25, .25} {
			lines = append(lines, poly(-.5+o, -.6+o, .5+o, -.6+o, .5+o, .6+o, -.5+o, .6+o, -.5+o, -.6+o))
		}
	default: // bars of a signal, upright and growing
		for i := range 3 + turn%2 {
			x := -.6 + .4*float64(i)
			lines = append(lines, poly(x, 1, x, .4-.5*float64(i)))
		}
	}
	return stroked(lines, stem*Master)
}

// stroked is a glyph of lines about the origin, of the given pen in master
// pixels.
func stroked(lines [][]geom.Point, pen float64) Glyph {
	b := box(lines)
	w := b.W() + pen
	mw, mid := int(w+.5)+2*Pad, (b.X0+b.X1)/2
	m := raster.NewMask(mw, Master+2*Pad)
	distance(m, place(lines, float64(mw)/2-mid), false, Pad+pen/2)
	for i := range m.Pix {
		m.Pix[i] -= float32(pen / 2)
	}
	return Glyph{Dist: m, W: w / Master, Adv: (w + .3*Master*.6) / Master}
}

// filled is a glyph of outlines about the origin.
func filled(b geom.Rect, outlines [][]geom.Point) Glyph {
	w := b.W()
	mw := int(w+.5) + 2*Pad
	m := fromOutline(mw, Master+2*Pad, place(outlines, float64(mw)/2), Pad)
	return Glyph{Dist: m, W: w / Master, Adv: (w + .3*Master*.6) / Master}
}

func place(lines [][]geom.Point, x float64) [][]geom.Point {
	out := make([][]geom.Point, len(lines))
	for i, l := range lines {
		for _, p := range l {
			out[i] = append(out[i], geom.Point{X: p.X + x, Y: p.Y + Master/2 + Pad})
		}
	}
	return out
}
