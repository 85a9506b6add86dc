package imprint

import "github.com/kahao/kahao/internal/synth/raster"

// ink prints by thresholding the distance field.
func (p *Printer) ink(im *raster.Image, s *Style, stroke float32, ox, oy int) {
	f := &p.field
	off := -float32(s.Weight) * stroke
	hollow := float32(s.Hollow) * stroke
	inkL := s.Ink.Luma()
	if s.Separate > 0 {
		p.separate(im, s, inkL, ox, oy)
	}
	if s.Wear > 0 {
		p.cropWear()
	}
	if s.Shadow > 0 {
		c := raster.Gray(1 - inkL)
		dx, dy := int(s.ShadowX), int(s.ShadowY)
		for y := range f.H {
			yy := y - dy
			if yy < 0 || yy >= f.H {
				continue
			}
			row := f.Pix[yy*f.W : (yy+1)*f.W]
			for x := range f.W {
				if xx := x - dx; xx >= 0 && xx < f.W {
					if a := .5 - (row[xx]+off)*s.Hard; a > 0 {
						lay(im.Pix[((y+oy)*im.W+x+ox)*3:], c, min(a, 1)*s.Shadow)
					}
				}
			}
		}
	}
	for y := range f.H {
		row := f.Pix[y*f.W : (y+1)*f.W]
		out := im.Pix[((y+oy)*im.W+ox)*3:]
		for x, d := range row {
			a := .5 - (d+off)*s.Hard
			if a <= 0 {
				continue
			}
			a = min(a, 1)
			if hollow > 0 {
				if a -= min(max(.5-(d+off+hollow)*s.Hard, 0), 1); a <= 0 {
					continue
				}
			}
			if s.Wear > 0 {
				a *= 1 - s.Wear*min(max(p.wear.Pix[y*f.W+x]*3-1.6, 0), 1)
			}
			if s.Kind == Laser {
				// scan lines, and a burnt edge where the beam turns
				if (y+oy)&1 == 0 {
					a *= .82
				}
				if d > -1.2 {
					a *= .9
				}
			}
			lay(out[x*3:], s.Ink, a)
		}
	}
}

func lay(q []float32, c raster.Color, a float32) {
	_ = q[2]
	q[0] += a * (c[0] - q[0])
	q[1] += a * (c[1] - q[1])
	q[2] += a * (c[2] - q[2])
}

// separate moves the ground's lightness away from the ink's, so that artwork
// never hides a digit: training on an illegible digit teaches nothing.
func (p *Printer) separate(im *raster.Image, s *Style, inkL float32, ox, oy int) {
	f := &p.field
	m := p.base.Mean(0, 0, f.W, f.H).Luma()
	lighter := m > inkL
	reach := f.Pix[0]
	for _, v := range f.Pix {
		reach = max(reach, v)
	}
	y0, y1, x0, x1 := oy, oy+f.H, ox, ox+f.W
	if !s.Halo {
		y0, y1, x0, x1 = 0, im.H, 0, im.W
	}
	for y := y0; y < y1; y++ {
		for x := x0; x < x1; x++ {
			q := im.Pix[(y*im.W+x)*3:]
			l := 0.299*q[0] + 0.587*q[1] + 0.114*q[2]
			d := inkL + s.Separate - l
			if !lighter {
				d = inkL - s.Separate - l
			}
			if d == 0 || (d > 0) != lighter {
				continue
			}
			if s.Halo {
				d *= min(max((reach-f.Pix[(y-oy)*f.W+x-ox])/(.6*reach), 0), 1)
			}
			q[0], q[1], q[2] = q[0]+d, q[1]+d, q[2]+d
		}
	}
	p.copyRegion(im, ox, oy)
}

// rough is the ground's mean difference in lightness across a stroke, from
// every fourth pixel.
func (p *Printer) rough(stroke float64) float32 {
	b := &p.base
	step := max(1, int(stroke+.5))
	var sum float32
	n := 0
	for y := 0; y+step < b.H; y += 4 {
		for x := 0; x+step < b.W; x += 2 {
			i := (y*b.W + x) * 3
			q, r, d := b.Pix[i+1], b.Pix[i+step*3+1], b.Pix[i+step*b.W*3+1]
			sum += abs(q-r) + abs(q-d)
			n += 2
		}
	}
	return sum / float32(max(n, 1))
}
