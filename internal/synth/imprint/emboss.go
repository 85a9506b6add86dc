package imprint

import (
	"math"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/synth/raster"
)

// emboss raises the field into a relief and shades it.
func (p *Printer) emboss(im *raster.Image, s *Style, stroke float32, ox, oy int) {
	f, h := &p.field, &p.height
	bev := max(1, float32(s.Bevel)*stroke)
	p.raise(s, bev, float32(s.Skirt)*stroke)
	if s.Blur > 0 {
		h.Blur(s.Blur)
	}
	scale := s.Gain / max(p.slopes(), 1e-4)
	if s.TipWear > 0 {
		p.cropWear()
	}
	sdx, sdy := int(s.ShadowX), int(s.ShadowY)
	shadowEdge := 1 / (bev + 2.5)
	turn := 2 * s.Drift / float32(f.W)
	for y := range f.H {
		out := im.Pix[((y+oy)*im.W+ox)*3:][:f.W*3]
		o := y * f.W
		hr, gx, gy := h.Pix[o:o+f.W], p.gx[o:o+f.W], p.gy[o:o+f.W]
		var shadow []float32
		if ys := y - sdy; s.Cast > 0 && ys >= 0 && ys < f.H {
			shadow = f.Pix[ys*f.W : (ys+1)*f.W]
		}
		for x, hv := range hr {
			dark := float32(1)
			if xs := x - sdx; shadow != nil && xs >= 0 && xs < f.W {
				if a := .5 - (shadow[xs]-1)*shadowEdge; a > 0 && hv < 1 {
					if a > 1 {
						a = 1
					}
					dark = 1 - s.Cast*a*(1-hv)
				}
			}
			sx, sy := gx[x]*scale, gy[x]*scale
			if hv == 0 && sx == 0 && sy == 0 {
				if dark < 1 {
					q := out[x*3 : x*3+3 : x*3+3]
					q[0], q[1], q[2] = q[0]*dark, q[1]*dark, q[2]*dark
				}
				continue
			}
			i := index(sx+turn*(float32(x)-float32(f.W)/2), sy)
			m := (1 + (s.shine.shade[i]-1)*s.Relief) * dark
			sp := s.shine.spec[i] * s.Spec
			q := out[x*3 : x*3+3 : x*3+3]
			q[0], q[1], q[2] = q[0]*m+sp, q[1]*m+sp, q[2]*m+sp
			if !s.Tipped || hv <= s.TipFrom {
				continue
			}
			a := (hv - s.TipFrom) * s.TipEdge
			if a > 1 {
				a = 1
			}
			a *= s.TipOpac
			if s.TipWear > 0 {
				a *= min(max((p.wear.Pix[o+x]-s.TipWear)*6+.6, .1), 1)
			}
			v := s.foil[i]
			var white float32
			if v > .85 {
				white = v - .85
			}
			t0, t1, t2 := v*s.Tint[0], v*s.Tint[1], v*s.Tint[2]
			q[0] += a * (t0 + (v-t0)*white - q[0])
			q[1] += a * (t1 + (v-t1)*white - q[1])
			q[2] += a * (t2 + (v-t2)*white - q[2])
		}
	}
	for y := range f.H {
		row := im.Pix[((y+oy)*im.W+ox)*3:][:f.W*3]
		for i, v := range row {
			if v > 1.08 || v < 0 {
				row[i] = clampColor(v)
			}
		}
	}
}

// clampColor limits a value to the range that later lighting can restore.
func clampColor(v float32) float32 {
	if v < 0 {
		return 0
	}
	if v > 1.08 {
		return 1.08
	}
	return v
}

// raise fills the height map from the field.
func (p *Printer) raise(s *Style, bev, skirt float32) {
	f, h := &p.field, &p.height
	h.Reset(f.W, f.H)
	inv := 1 / bev
	for i, d := range f.Pix {
		t := .5 - (d+skirt)*inv
		if t <= 0 {
			h.Pix[i] = 0
			continue
		}
		if t >= 1 {
			h.Pix[i] = 1
			continue
		}
		switch s.Profile {
		case Smooth:
			t = t * t * (3 - 2*t)
		case Round:
			t = float32(math.Sqrt(float64(t * (2 - t))))
		}
		h.Pix[i] = t
	}
}

// slopes fills gx and gy with Sobel differences of the height map, and returns
// the maximum.
func (p *Printer) slopes() float32 {
	h := &p.height
	n := h.W * h.H
	if cap(p.gx) < n {
		p.gx, p.gy = make([]float32, n), make([]float32, n)
	}
	p.gx, p.gy = p.gx[:n], p.gy[:n]
	top := float32(0)
	w := h.W
	for y := range h.H {
		a, b, c := h.Pix[max(0, y-1)*w:][:w], h.Pix[y*w:][:w], h.Pix[min(h.H-1, y+1)*w:][:w]
		gx, gy := p.gx[y*w:][:w], p.gy[y*w:][:w]
		gx[0], gy[0], gx[w-1], gy[w-1] = 0, 0, 0, 0
		for x := 1; x < w-1; x++ {
			u := a[x+1] - a[x-1] + 2*(b[x+1]-b[x-1]) + c[x+1] - c[x-1]
			v := c[x-1] + 2*c[x] + c[x+1] - a[x-1] - 2*a[x] - a[x+1]
			gx[x], gy[x] = u, v
			if u*u > top {
				top = u * u
			}
			if v*v > top {
				top = v * v
			}
		}
	}
	return float32(math.Sqrt(float64(top)))
}

// contrast is the mean difference from the ground over the inked pixels of
// every character's columns.
func (p *Printer) contrast(im *raster.Image, s *Style, l *Line, boxes []geom.Rect, ox, oy int) []float32 {
	f := &p.field
	ink := float32(0)
	if s.Kind == Emboss {
		ink = float32(l.Face.Stroke*l.Height) * .25
	}
	sum, cnt := make([]float32, f.W), make([]float32, f.W)
	for y := range f.H {
		out, was := im.Pix[((y+oy)*im.W+ox)*3:], p.base.Pix[y*f.W*3:]
		for x, d := range f.Pix[y*f.W : (y+1)*f.W] {
			if d < ink {
				a, b := out[x*3:x*3+3:x*3+3], was[x*3:x*3+3:x*3+3]
				sum[x] += (abs(a[0]-b[0]) + 2*abs(a[1]-b[1]) + abs(a[2]-b[2])) * .25 // not squared: foil has both signs
				cnt[x]++
			}
		}
	}
	res := make([]float32, len(boxes))
	for i, b := range boxes {
		x0, x1 := max(0, int(b.X0)-ox), min(f.W, int(b.X1)-ox+1)
		var t, n float32
		for x := x0; x < x1; x++ {
			t, n = t+sum[x], n+cnt[x]
		}
		if n > 0 {
			res[i] = t / n
		}
	}
	return res
}

func abs(v float32) float32 { return math.Float32frombits(math.Float32bits(v) &^ (1 << 31)) }

// amplify multiplies the difference from the ground.
func (p *Printer) amplify(im *raster.Image, ox, oy int, k float32) {
	n := p.field.W * 3
	for y := range p.field.H {
		out, was := im.Pix[((y+oy)*im.W+ox)*3:][:n], p.base.Pix[y*n:(y+1)*n]
		for i, v := range out {
			out[i] = clampColor(was[i] + (v-was[i])*k)
		}
	}
}
