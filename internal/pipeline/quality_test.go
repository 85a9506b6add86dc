package pipeline

import (
	"math"
	"sync"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth/line"
)

// A synthetic line is enlarged three times, so that blur has pixels to be
// seen in; its digits are some two thirds of its height.
const (
	zoom   = 3
	lines  = 4
	digitH = 21.0 * zoom
)

type sample struct {
	rgb   *pixel.RGB
	cells []geom.Quad // of the digits
}

// draw returns lines of print that is easy to read. They are drawn once.
func draw(t *testing.T) []sample {
	t.Helper()
	all, err := drawOnce()
	if err != nil {
		t.Fatalf("drawing lines: %v", err)
	}
	return all
}

var drawOnce = sync.OnceValues(func() ([]sample, error) {
	d, err := line.New(5, line.Options{Difficulty: 0, BankSize: 8, Digits: func() string { return "4000123412341234" }})
	if err != nil {
		return nil, err
	}
	var all []sample
	for len(all) < lines {
		s := d.Draw()
		if len(s.X) != 16 {
			continue
		}
		l := sample{rgb: s.Image.Resize(s.Image.W*zoom, s.Image.H*zoom)}
		for _, x := range s.X {
			l.cells = append(l.cells, geom.RectQuad(x*zoom-0.3*digitH, (line.Height*zoom-digitH)/2, 0.6*digitH, digitH))
		}
		all = append(all, l)
	}
	return all, nil
})

// measureAll measures every digit of every line after the line was degraded, and
// returns the mean patch.
func measureAll(all []sample, degrade func(*pixel.RGB) *pixel.RGB, scale float64) (mean patch) {
	n := 0.0
	for _, l := range all {
		p := pixel.NewPyramid(degrade(l.rgb))
		for _, q := range l.cells {
			for i := range q {
				q[i] = q[i].Mul(scale)
			}
			m := measure(p, q)
			mean.height, mean.burnt = mean.height+m.height, mean.burnt+m.burnt
			mean.contrast, mean.edge = mean.contrast+m.contrast, mean.edge+m.edge
			n++
		}
	}
	return patch{mean.height / n, mean.burnt / n, mean.contrast / n, mean.edge / n}
}

func untouched(p *pixel.RGB) *pixel.RGB { return p }

// perPixel returns a copy with every value put through f.
func perPixel(f func(v float64) float64) func(*pixel.RGB) *pixel.RGB {
	return func(p *pixel.RGB) *pixel.RGB {
		out := pixel.New(p.W, p.H)
		for i, v := range p.Pix {
			out.Pix[i] = uint8(math.Max(0, math.Min(255, f(float64(v)))))
		}
		return out
	}
}

// blur averages over squares of 2r+1 pixels, twice.
func blur(r int) func(*pixel.RGB) *pixel.RGB {
	once := func(p *pixel.RGB) *pixel.RGB {
		out := pixel.New(p.W, p.H)
		for y := range p.H {
			for x := range p.W {
				for c := range 3 {
					sum, n := 0, 0
					for j := max(0, y-r); j <= min(p.H-1, y+r); j++ {
						for i := max(0, x-r); i <= min(p.W-1, x+r); i++ {
							sum, n = sum+int(p.Pix[(j*p.W+i)*3+c]), n+1
						}
					}
					out.Pix[(y*p.W+x)*3+c] = uint8(sum / n)
				}
			}
		}
		return out
	}
	return func(p *pixel.RGB) *pixel.RGB { return once(once(p)) }
}

func TestBlurWidensEdges(t *testing.T) {
	all := draw(t)
	last := measureAll(all, untouched, 1).edge
	for _, r := range []int{3, 6, 9} {
		e := measureAll(all, blur(r), 1).edge
		if e < 1.15*last {
			t.Errorf("blurred over %d pixels: edges %.3f wide, before %.3f", 2*r+1, e, last)
		}
		last = e
	}
}

func TestFlatteningTakesContrast(t *testing.T) {
	all := draw(t)
	whole := measureAll(all, untouched, 1)
	flat := measureAll(all, perPixel(func(v float64) float64 { return 120 + 0.2*(v-120) }), 1)
	if r := flat.contrast / whole.contrast; r < 0.1 || r > 0.3 {
		t.Errorf("a fifth of the contrast: measured %.3f of %.3f", flat.contrast, whole.contrast)
	}
	if r := flat.edge / whole.edge; r < 0.7 || r > 1.4 {
		t.Errorf("flattening moved the edges from %.3f to %.3f", whole.edge, flat.edge)
	}
}

func TestGlareBurns(t *testing.T) {
	all := draw(t)
	if b := measureAll(all, untouched, 1).burnt; b > 0.1 {
		t.Errorf("%.2f of the digits are burnt out before the glare", b)
	}
	if b := measureAll(all, perPixel(func(v float64) float64 { return v + 240 }), 1).burnt; b < 0.5 {
		t.Errorf("%.2f of the digits are burnt out in full glare", b)
	}
}

func TestHeightInPixels(t *testing.T) {
	all := draw(t)
	small := func(p *pixel.RGB) *pixel.RGB { return p.Resize(p.W/zoom, p.H/zoom) }
	if h := measureAll(all, small, 1.0/zoom).height; math.Abs(h-digitH/zoom) > 0.01 {
		t.Errorf("height %.2f, want %.2f", h, digitH/zoom)
	}
}

// Quads that cannot be measured must not fail.
func TestDegenerate(t *testing.T) {
	p := pixel.NewPyramid(pixel.New(5, 5))
	for _, q := range []geom.Quad{{}, geom.RectQuad(1, 1, 0, 3), geom.RectQuad(1, 1, 1e6, 1e-6), geom.RectQuad(2, 2, 1, 1)} {
		m := measure(p, q)
		for _, v := range []float64{m.burnt, m.contrast, m.edge} {
			if math.IsNaN(v) || v < 0 {
				t.Errorf("measure(%v) = %+v, want finite values", q, m)
			}
		}
	}
}
