package checks

import (
	"slices"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
)

const (
	burntFrom = 250 // of every channel

	// A reflection fades at its edge; white print ends at once.
	fadedFrom  = 200   // of every channel, two pixels from an overexposed one
	minFaded   = 0.5   // share of a reflection's edge that is faded
	minBurnt   = 0.001 // share of the card, of a reflection that counts
	whiteCard  = 0.7   // share of the card, from which it is white by design
	lightLuma  = 232   // median luma of such a card
	glareScale = 0.06  // share of the card whose overexposure is as likely harmless as not

	fieldBurnt = 0.3 // overexposed share of a digit that may be hidden
	fieldShare = 0.1 // of a field's digits
	fieldGlare = 0.75
)

// glare judges overexposed light on the card. It is worse over a field.
func glare(image *pixel.Pyramid, flat *flatCard, c Card) capture.Check {
	lost, at := reflections(flat)
	p := lost / (lost + glareScale)
	var fields []capture.Field
	if lost > 0 {
		for _, f := range c.Fields {
			burnt := burntDigits(image, f.Quads)
			if burnt >= fieldShare {
				fields = append(fields, f.Name)
				p = max(p, fieldGlare+(1-fieldGlare)*burnt)
			}
		}
	}
	check := result(p, at...)
	check.Fields = fields
	return check
}

// reflections returns the share of the card that reflections overexpose, and
// where they are.
func reflections(flat *flatCard) (share float64, at []geom.Quad) {
	x0, y0, x1, y1 := int(flat.frame.X0), int(flat.frame.Y0), int(flat.frame.X1), int(flat.frame.Y1)
	all := float64((x1 - x0) * (y1 - y0))
	var luma []float64
	for y := y0; y < y1; y += 2 {
		for x := x0; x < x1; x += 2 {
			p := flat.at(x, y)
			luma = append(luma, 0.299*float64(p[0])+0.587*float64(p[1])+0.114*float64(p[2]))
		}
	}
	if median(luma) > lightLuma {
		return 0, nil
	}
	seen := make([]bool, flat.W*flat.H)
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			if seen[y*flat.W+x] || low(flat.at(x, y)) < burntFrom {
				continue
			}
			b := fill(flat, seen, x, y, [4]int{x0, y0, x1, y1})
			if s := float64(b.pixels) / all; s >= minBurnt && s <= whiteCard && b.faded() >= minFaded {
				share += s
				at = append(at, flat.quad(b.bounds))
			}
		}
	}
	return share, at
}

// blob is a connected part of overexposed pixels.
type blob struct {
	pixels    int
	edge, dim int // pixels next to it, and those that are not faded
	bounds    geom.Rect
}

func (b blob) faded() float64 { return 1 - float64(b.dim)/float64(max(1, b.edge)) }

// fill collects the blob of a pixel within the limits.
func fill(flat *flatCard, seen []bool, x, y int, limits [4]int) blob {
	b := blob{bounds: geom.Rect{X0: float64(x), Y0: float64(y), X1: float64(x + 1), Y1: float64(y + 1)}}
	stack := [][2]int{{x, y}}
	seen[y*flat.W+x] = true
	for len(stack) > 0 {
		p := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		b.pixels++
		fx, fy := float64(p[0]), float64(p[1])
		b.bounds = geom.Rect{X0: min(b.bounds.X0, fx), Y0: min(b.bounds.Y0, fy), X1: max(b.bounds.X1, fx+1), Y1: max(b.bounds.Y1, fy+1)}
		for _, d := range [...][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
			nx, ny := p[0]+d[0], p[1]+d[1]
			if nx < limits[0] || ny < limits[1] || nx >= limits[2] || ny >= limits[3] {
				continue
			}
			v := low(flat.at(nx, ny))
			switch {
			case v >= burntFrom:
				if !seen[ny*flat.W+nx] {
					seen[ny*flat.W+nx] = true
					stack = append(stack, [2]int{nx, ny})
				}
			default:
				b.edge++
				// The next pixel is a mixture at every edge.
				fx, fy := min(max(nx+d[0], 0), flat.W-1), min(max(ny+d[1], 0), flat.H-1)
				if low(flat.at(fx, fy)) < fadedFrom {
					b.dim++
				}
			}
		}
	}
	return b
}

// burntDigits returns the share of a field's digits that are overexposed.
func burntDigits(image *pixel.Pyramid, quads []geom.Quad) float64 {
	const w, h = 12, 20
	n, cell := 0, pixel.New(w, h)
	for _, q := range quads {
		toImage, ok := geom.QuadToQuad(geom.RectQuad(0, 0, w, h), q)
		if !ok {
			continue
		}
		image.Warp(cell, toImage, nil)
		burnt := 0
		for i := 0; i < len(cell.Pix); i += 3 {
			if low([3]uint8(cell.Pix[i:i+3])) >= burntFrom {
				burnt++
			}
		}
		if float64(burnt) > fieldBurnt*w*h {
			n++
		}
	}
	return float64(n) / float64(max(1, len(quads)))
}

func low(p [3]uint8) uint8 { return min(p[0], p[1], p[2]) }

func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}
