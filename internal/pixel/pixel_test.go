package pixel

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/kahao/kahao/internal/geom"
)

// noise is the hardest image for interpolation: every pixel an edge.
func noise(w, h int, seed uint64) *RGB {
	rng := rand.New(rand.NewPCG(seed, 2))
	p := New(w, h)
	for i := range p.Pix {
		p.Pix[i] = uint8(rng.Uint32())
	}
	return p
}

func largest(t *testing.T, a, b *RGB) int {
	t.Helper()
	if a.W != b.W || a.H != b.H {
		t.Fatalf("%dx%d and %dx%d", a.W, a.H, b.W, b.H)
	}
	most := 0
	for i, v := range a.Pix {
		most = max(most, int(v)-int(b.Pix[i]), int(b.Pix[i])-int(v))
	}
	return most
}

// reference is Warp's definition in real arithmetic, sample by sample.
func reference(src, dst *RGB, m geom.Homography, fill *[3]uint8) {
	nx, ny := density(m, dst.W, dst.H)
	for y := range dst.H {
		for x := range dst.W {
			var sum [3]float64
			for j := range ny {
				for i := range nx {
					p := m.Apply(geom.Point{X: float64(x) + (float64(i)+0.5)/float64(nx), Y: float64(y) + (float64(j)+0.5)/float64(ny)})
					for c := range sum {
						sum[c] += referenceAt(src, p.X-0.5, p.Y-0.5, c, fill)
					}
				}
			}
			for c, s := range sum {
				dst.Pix[(y*dst.W+x)*3+c] = uint8(s/float64(nx*ny) + 0.5)
			}
		}
	}
}

func referenceAt(src *RGB, x, y float64, c int, fill *[3]uint8) float64 {
	if fill != nil && (x < -0.5 || y < -0.5 || x > float64(src.W)-0.5 || y > float64(src.H)-0.5) {
		return float64(fill[c])
	}
	x, y = math.Max(0, math.Min(x, float64(src.W-1))), math.Max(0, math.Min(y, float64(src.H-1)))
	x0, y0 := int(x), int(y)
	x1, y1 := min(x0+1, src.W-1), min(y0+1, src.H-1)
	at := func(x, y int) float64 { return float64(src.Pix[(y*src.W+x)*3+c]) }
	u, v := x-float64(x0), y-float64(y0)
	return (at(x0, y0)*(1-u)+at(x1, y0)*u)*(1-v) + (at(x0, y1)*(1-u)+at(x1, y1)*u)*v
}

// TestWarpAgainstDefinition draws quads of all kinds: inside and across the
// border, turned, shrunk and enlarged, affine and not.
func TestWarpAgainstDefinition(t *testing.T) {
	src := noise(97, 61, 1)
	rng := rand.New(rand.NewPCG(3, 3))
	fill := &[3]uint8{200, 100, 50}
	for n := range 300 {
		w, h := 1+rng.IntN(60), 1+rng.IntN(40)
		q := geom.RectQuad(rng.Float64()*40, rng.Float64()*30, 3+rng.Float64()*90, 3+rng.Float64()*60).Turn(rng.IntN(4))
		shake := 0.0
		if n%3 > 0 {
			shake = 8
		}
		for i := range q {
			q[i] = q[i].Add(geom.Point{X: shake * (rng.Float64() - 0.5), Y: shake * (rng.Float64() - 0.5)})
		}
		m, ok := geom.QuadToQuad(geom.RectQuad(0, 0, float64(w), float64(h)), q)
		if !ok || !q.Convex() {
			continue
		}
		got, want := New(w, h), New(w, h)
		f := fill
		if n%2 == 0 {
			f = nil
		}
		src.Warp(got, m, f)
		reference(src, want, m, f)
		worst, off := largest(t, got, want), 0
		for i, v := range got.Pix {
			if d := int(v) - int(want.Pix[i]); d > 1 || d < -1 {
				off++
			}
		}
		// On the very border a rounding may take fill for edge.
		if worst > 1 && (f == nil || off > 6) {
			t.Errorf("case %d, %dx%d from %v: off by %d levels, %d values", n, w, h, q, worst, off)
		}
	}
}

func TestWarpIdentity(t *testing.T) {
	src := noise(33, 21, 4)
	for _, fill := range []*[3]uint8{nil, {1, 2, 3}} {
		dst := New(33, 21)
		src.Warp(dst, geom.Identity, fill)
		if d := largest(t, src, dst); d != 0 {
			t.Errorf("identity is off by %d", d)
		}
	}
}

// TestWarpTurns: quarter turns and whole shifts copy pixels.
func TestWarpTurns(t *testing.T) {
	src := noise(20, 12, 5)
	dst := New(12, 20)
	src.Warp(dst, geom.Homography{0, 1, 0, -1, 0, 12, 0, 0, 1}, nil) // dst (x, y) = src (y, 11-x)
	for y := range 20 {
		for x := range 12 {
			if dst.Pix[(y*12+x)*3] != src.Pix[((11-x)*20+y)*3] {
				t.Fatalf("pixel %d,%d", x, y)
			}
		}
	}
	shifted := New(20, 12)
	src.Warp(shifted, geom.Homography{1, 0, 5, 0, 1, -3, 0, 0, 1}, &[3]uint8{9, 9, 9})
	for y := range 12 {
		for x := range 20 {
			want := uint8(9)
			if x+5 < 20 && y >= 3 {
				want = src.Pix[((y-3)*20+x+5)*3]
			}
			if shifted.Pix[(y*20+x)*3] != want {
				t.Fatalf("pixel %d,%d is %d, want %d", x, y, shifted.Pix[(y*20+x)*3], want)
			}
		}
	}
}

// TestWarpDegenerate: maps without sense give some image, not a panic.
func TestWarpDegenerate(t *testing.T) {
	src := noise(9, 7, 6)
	nan := math.NaN()
	for _, m := range []geom.Homography{{}, {0, 0, 0, 0, 0, 0, 0, 0, 1}, {1, 0, 0, 0, 1, 0, 1, 0, -3}, {1e300, 0, 0, 0, 1e300, 0, 0, 0, 1e-300},
		{nan, nan, nan, nan, nan, nan, nan, nan, nan}, {1e18, 0, -1e20, 0, 1e18, 0, 0, 0, 1}, {1, 0, 0, 0, 1, 0, 0.2, -0.2, 0}} {
		for _, fill := range []*[3]uint8{nil, {1, 2, 3}} {
			src.Warp(New(8, 6), m, fill)
			New(1, 1).Warp(New(8, 6), m, fill)
		}
	}
	src.Warp(New(0, 0), geom.Identity, nil)
}

// TestResizeIsArea compares with the mean over the exact area.
func TestResizeIsArea(t *testing.T) {
	src := noise(53, 37, 7)
	for _, size := range [][2]int{{53, 37}, {52, 36}, {26, 18}, {20, 11}, {7, 5}, {1, 1}, {53, 1}, {1, 37}} {
		w, h := size[0], size[1]
		want := New(w, h)
		for y := range h {
			for x := range w {
				for c := range 3 {
					want.Pix[(y*w+x)*3+c] = uint8(area(src, float64(x*53)/float64(w), float64((x+1)*53)/float64(w),
						float64(y*37)/float64(h), float64((y+1)*37)/float64(h), c) + 0.5)
				}
			}
		}
		if d := largest(t, src.Resize(w, h), want); d > 1 || size == [2]int{53, 37} && largest(t, src, want) > 0 {
			t.Errorf("%v: off by %d", size, d)
		}
	}
}

func area(src *RGB, x0, x1, y0, y1 float64, c int) float64 {
	sum, weight := 0.0, 0.0
	for y := int(y0); float64(y) < y1 && y < src.H; y++ {
		for x := int(x0); float64(x) < x1 && x < src.W; x++ {
			k := (math.Min(x1, float64(x+1)) - math.Max(x0, float64(x))) * (math.Min(y1, float64(y+1)) - math.Max(y0, float64(y)))
			sum, weight = sum+k*float64(src.Pix[(y*src.W+x)*3+c]), weight+k
		}
	}
	return sum / weight
}

// TestResizeKeepsMeans: plain stays plain, also where a side grows, and the
// largest sums do not overflow.
func TestResizeKeepsMeans(t *testing.T) {
	src := New(5000, 300)
	for i := range src.Pix {
		src.Pix[i] = 255
	}
	for _, size := range [][2]int{{4999, 299}, {17, 3}, {1, 1}, {6000, 100}, {100, 400}, {0, 5}} {
		dst := src.Resize(size[0], size[1])
		for _, v := range dst.Pix {
			if v != 255 {
				t.Fatalf("%v: white became %d", size, v)
			}
		}
		if dst.W != size[0] || dst.H != size[1] {
			t.Fatalf("%dx%d", dst.W, dst.H)
		}
	}
}

func BenchmarkWarp(b *testing.B) {
	src, dst := noise(1200, 900, 8), New(352, 224)
	to := geom.RectQuad(0, 0, 352, 224)
	for name, q := range map[string]geom.Quad{
		"perspective":        {{X: 300, Y: 200}, {X: 640, Y: 220}, {X: 655, Y: 450}, {X: 290, Y: 430}},
		"perspective-shrunk": {{X: 100, Y: 90}, {X: 1100, Y: 130}, {X: 1150, Y: 800}, {X: 70, Y: 750}},
		"affine":             geom.RectQuad(100.3, 100.7, 352, 224),
		"border":             geom.RectQuad(-20, -20, 400, 260),
	} {
		m, _ := geom.QuadToQuad(to, q)
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				src.Warp(dst, m, nil)
			}
		})
	}
}

func BenchmarkResize(b *testing.B) {
	src := noise(1200, 900, 8)
	for b.Loop() {
		src.Resize(224, 168)
	}
}
