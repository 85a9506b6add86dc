package raster

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/kahao/kahao/internal/geom"
)

func sum(m *Mask) (s float64) {
	for _, v := range m.Pix {
		s += float64(v)
	}
	return s
}

func TestPolygonCoverageIsItsArea(t *testing.T) {
	m := NewMask(60, 40)
	m.Polygon([]geom.Point{{X: 5.3, Y: 4.2}, {X: 50.7, Y: 10.1}, {X: 20.4, Y: 33.3}}, 1)
	want := math.Abs((50.7-5.3)*(33.3-4.2)-(20.4-5.3)*(10.1-4.2)) / 2
	if got := sum(m); math.Abs(got-want) > 1 {
		t.Errorf("triangle covers %.2f, want %.2f", got, want)
	}
	m.Clear()
	m.Ellipse(30, 20, 25, 15, 0.4, 1)
	if got, want := sum(m), math.Pi*25*15; math.Abs(got-want) > want*0.01 {
		t.Errorf("ellipse covers %.1f, want %.1f", got, want)
	}
}

func TestShapesAreClipped(t *testing.T) {
	im := NewImage(20, 20)
	for _, d := range []float64{-15, 0, 15, 100} {
		im.Ellipse(d, d, 12, 9, 1, Gray(1), 1)
		im.Stroke([]geom.Point{{X: d - 40, Y: d}, {X: d + 40, Y: d + 7}}, 5, false, Gray(0.5), 1)
	}
	for _, v := range im.Pix {
		if v < 0 || v > 1 || v != v {
			t.Fatalf("value %v", v)
		}
	}
	m := NewMask(20, 20)
	m.Polygon([]geom.Point{{X: -100, Y: -100}, {X: 200, Y: -100}, {X: 200, Y: 200}, {X: -100, Y: 200}}, 1)
	if s := sum(m); math.Abs(s-400) > 0.5 {
		t.Errorf("an outline around the mask covers %.2f of 400", s)
	}
}

func TestBlurKeepsMassAndWidth(t *testing.T) {
	for _, sigma := range []float64{0.5, 1.2, 2.3, 5} {
		m := NewMask(81, 81)
		m.Pix[40*81+40] = 1
		m.Blur(sigma)
		var v float64
		for i, p := range m.Pix {
			d := float64(i%81 - 40)
			v += d * d * float64(p)
		}
		if s := sum(m); math.Abs(s-1) > 0.01 {
			t.Errorf("sigma %g: mass %.3f", sigma, s)
		}
		if got := math.Sqrt(v); math.Abs(got-sigma) > 0.12*sigma {
			t.Errorf("sigma %g: spread %.3f", sigma, got)
		}
	}
}

func TestWarpIdentityAndPlace(t *testing.T) {
	im := NewImage(16, 12)
	rng := rand.New(rand.NewPCG(1, 2))
	for i := range im.Pix {
		im.Pix[i] = rng.Float32()
	}
	d := NewImage(16, 12)
	im.Warp(d, geom.Identity)
	for i, v := range im.Pix {
		if math.Abs(float64(v-d.Pix[i])) > 1e-5 {
			t.Fatalf("identity changes value %d: %v to %v", i, v, d.Pix[i])
		}
	}
	flat := NewImage(10, 10)
	flat.Fill(Color{1, 0.5, 0.25})
	bg := NewImage(40, 40)
	flat.Place(bg, nil, geom.Homography{2, 0, 10, 0, 2, 10, 0, 0, 1}, 1)
	if c := bg.At(20, 20); math.Abs(float64(c[1]-0.5)) > 1e-4 {
		t.Errorf("placed colour %v", c)
	}
	if c := bg.At(5, 5); c != (Color{}) {
		t.Errorf("outside changed: %v", c)
	}
}

func TestResizeKeepsMean(t *testing.T) {
	m := Noise(rand.New(rand.NewPCG(3, 4)), 64, 48, 7)
	want := sum(m) / (64 * 48)
	for _, f := range []Filter{Area, Linear, Cubic} {
		var d Mask
		m.Resize(&d, 41, 19, f)
		if got := sum(&d) / (41 * 19); math.Abs(got-want) > 0.02 {
			t.Errorf("filter %d: mean %.3f, want %.3f", f, got, want)
		}
	}
}

func TestJPEGIsCloseAtHighQuality(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	im := NewImage(45, 37)
	for c := range 3 {
		n := Noise(rng, 45, 37, 9)
		for i, v := range n.Pix {
			im.Pix[i*3+c] = v
		}
	}
	var j JPEG
	rms := func(q, sx, sy int) float64 {
		d := im.Clone()
		j.Apply(d, q, sx, sy)
		var s float64
		for i, v := range d.Pix {
			s += float64(v-im.Pix[i]) * float64(v-im.Pix[i])
		}
		return math.Sqrt(s / float64(len(d.Pix)))
	}
	hi, lo := rms(100, 1, 1), rms(15, 2, 2)
	if hi > 0.006 {
		t.Errorf("quality 100 loses %.4f", hi)
	}
	if lo < 2*hi || lo > 0.12 {
		t.Errorf("quality 15 loses %.4f", lo)
	}
}
