package geom

import (
	"math"
	"math/rand/v2"
	"testing"
)

func near(a, b Point, eps float64) bool { return a.Sub(b).Len() <= eps }

// randomQuad is convex: a rectangle whose corners are shaken by less than a
// third of its sides.
func randomQuad(rng *rand.Rand) Quad {
	w, h := 10+rng.Float64()*1000, 10+rng.Float64()*1000
	q := RectQuad(rng.Float64()*500, rng.Float64()*500, w, h).Turn(rng.IntN(4))
	for i := range q {
		q[i] = q[i].Add(Point{(rng.Float64() - 0.5) * w / 2, (rng.Float64() - 0.5) * h / 2})
	}
	return q
}

// TestQuadToQuad: corners go to corners, and the inverse and the opposite
// map bring every point back.
func TestQuadToQuad(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	done := 0
	for range 2000 {
		a, b := randomQuad(rng), randomQuad(rng)
		if !a.Convex() || !b.Convex() {
			continue
		}
		done++
		h, ok := QuadToQuad(a, b)
		if !ok {
			t.Fatalf("%v to %v has no map", a, b)
		}
		for i, p := range h.Quad(a) {
			if !near(p, b[i], 1e-6) {
				t.Fatalf("corner %d of %v went to %v, not %v", i, a, p, b[i])
			}
		}
		inv, ok := h.Inverse()
		if !ok {
			t.Fatalf("%v has no inverse", h)
		}
		back, _ := QuadToQuad(b, a)
		u, v := rng.Float64(), rng.Float64()
		p := a[0].Mul((1 - u) * (1 - v)).Add(a[1].Mul(u * (1 - v))).Add(a[2].Mul(u * v)).Add(a[3].Mul((1 - u) * v))
		if q := inv.Apply(h.Apply(p)); !near(p, q, 1e-5) {
			t.Errorf("inverse took %v to %v", p, q)
		}
		if q := back.Apply(h.Apply(p)); !near(p, q, 1e-5) {
			t.Errorf("the opposite map took %v to %v", p, q)
		}
		if q, r := back.Mul(h).Apply(p), back.Apply(h.Apply(p)); !near(q, r, 1e-5) {
			t.Errorf("Mul applies in another order: %v and %v", q, r)
		}
	}
	if done < 500 {
		t.Fatalf("%d convex pairs only", done)
	}
}

// TestStraightLines: a homography keeps three points on a line.
func TestStraightLines(t *testing.T) {
	h, _ := QuadToQuad(RectQuad(0, 0, 100, 50), Quad{{10, 20}, {200, 40}, {180, 150}, {-5, 110}})
	a, m, b := h.Apply(Point{0, 0}), h.Apply(Point{40, 20}), h.Apply(Point{100, 50})
	if cross := (m.X-a.X)*(b.Y-a.Y) - (m.Y-a.Y)*(b.X-a.X); math.Abs(cross) > 1e-6 {
		t.Errorf("bent by %g", cross)
	}
}

func TestDegenerate(t *testing.T) {
	square := RectQuad(0, 0, 10, 10)
	for name, q := range map[string]Quad{
		"a point": {}, "a line": {{0, 0}, {1, 1}, {2, 2}, {3, 3}}, "no width": RectQuad(5, 5, 0, 10), "no height": RectQuad(5, 5, 10, 0),
	} {
		if _, ok := QuadToQuad(q, square); ok {
			t.Errorf("%s can be mapped from", name)
		}
		if q.Convex() {
			t.Errorf("%s is convex", name)
		}
	}
	if _, ok := (Homography{}).Inverse(); ok {
		t.Error("nothing has an inverse")
	}
	if _, ok := (Homography{math.NaN(), 0, 0, 0, 1, 0, 0, 0, 1}).Inverse(); ok {
		t.Error("a map with NaN has an inverse")
	}
}

func TestQuad(t *testing.T) {
	q := RectQuad(2, 3, 20, 10)
	if q.Width() != 20 || q.Height() != 10 || q.Area() != 200 {
		t.Errorf("%v is %v x %v with area %v, want 20 x 10 with 200", q, q.Width(), q.Height(), q.Area())
	}
	if q.Center() != (Point{12, 8}) || !q.Convex() {
		t.Errorf("%v has centre %v and is convex: %v, want {12 8}, true", q, q.Center(), q.Convex())
	}
	if q.Bounds() != (Rect{2, 3, 22, 13}) || q.Bounds().W() != 20 || q.Bounds().H() != 10 {
		t.Errorf("bounds %v", q.Bounds())
	}
	// A quarter turn reads from what was the second corner; the outline and
	// its sense stay.
	r := q.Turn(1)
	if r[0] != q[1] || r[3] != q[0] {
		t.Errorf("%v.Turn(1) = %v, want the second corner first", q, r)
	}
	if r.Width() != 10 || r.Area() != 200 || !r.Convex() {
		t.Errorf("%v.Turn(1) = %v, want the same outline", q, r)
	}
	for n := -5; n <= 5; n++ {
		if r := q.Turn(n).Turn(-n); r != q {
			t.Errorf("turned by %d and back: %v", n, r)
		}
	}
	mirrored := Quad{q[1], q[0], q[3], q[2]}
	if mirrored.Area() != -200 || mirrored.Convex() {
		t.Errorf("a mirrored quad has area %v and is convex: %v", mirrored.Area(), mirrored.Convex())
	}
	dart := Quad{{0, 0}, {10, 0}, {2, 2}, {0, 10}}
	bow := Quad{{0, 0}, {10, 10}, {10, 0}, {0, 10}}
	if dart.Convex() || bow.Convex() {
		t.Error("a dart or a bow is convex")
	}
}

func TestPoint(t *testing.T) {
	p, q := Point{3, 4}, Point{1, 2}
	for _, tt := range []struct {
		name      string
		got, want Point
	}{
		{"Add", p.Add(q), Point{4, 6}}, {"Sub", p.Sub(q), Point{2, 2}}, {"Mul", p.Mul(2), Point{6, 8}}, {"Apply", Identity.Apply(p), p},
	} {
		if tt.got != tt.want {
			t.Errorf("%s = %v, want %v", tt.name, tt.got, tt.want)
		}
	}
	if p.Len() != 5 {
		t.Errorf("%v.Len() = %v, want 5", p, p.Len())
	}
}

func TestContains(t *testing.T) {
	q := Quad{{10, 10}, {50, 20}, {45, 40}, {5, 30}}
	for p, want := range map[Point]bool{{25, 25}: true, {10, 10}: true, {5, 10}: false, {50, 40}: false, {-5, 25}: false} {
		if got := q.Contains(p); got != want {
			t.Errorf("%v.Contains(%v) = %v, want %v", q, p, got, want)
		}
	}
}

func TestAround(t *testing.T) {
	row := []Quad{RectQuad(0, 0, 10, 14), RectQuad(12, 1, 10, 14), RectQuad(24, 2, 10, 14)}
	if got, want := Around(row), (Quad{{0, 0}, {34, 2}, {34, 16}, {0, 14}}); got != want {
		t.Errorf("a row: %v, want %v", got, want)
	}
	rows := append(row, RectQuad(0, 40, 10, 14))
	if got, want := Around(rows), RectQuad(0, 0, 34, 54); got != want {
		t.Errorf("two rows: %v, want %v", got, want)
	}
}
