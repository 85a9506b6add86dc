package synth

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/labels"
)

// newTest returns a generator with small banks, which starts fast.
func newTest(t testing.TB, o Options) *Generator {
	t.Helper()
	if o.BankSize == 0 {
		o.BankSize = 6
	}
	d, err := New(o)
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	return d
}

func quad(f [8]float64) (q geom.Quad) {
	for i := range q {
		q[i] = geom.Point{X: f[2*i], Y: f[2*i+1]}
	}
	return q
}

func TestSeedDecides(t *testing.T) {
	var out [3]bytes.Buffer
	for i, o := range []Options{{Seed: 5}, {Seed: 5}, {Seed: 6}} {
		for _, kind := range []string{Scenes, Cards} {
			if err := newTest(t, o).Stream(context.Background(), &out[i], kind, 6); err != nil {
				t.Fatalf("Stream: %v", err)
			}
		}
	}
	if !bytes.Equal(out[0].Bytes(), out[1].Bytes()) {
		t.Error("the same seed gives two different streams")
	}
	if bytes.Equal(out[0].Bytes(), out[2].Bytes()) {
		t.Error("two seeds give the same stream")
	}
}

func TestWorkersKeepOrder(t *testing.T) {
	var out [2]bytes.Buffer
	for i := range out {
		if err := newTest(t, Options{Seed: 3, Workers: 3}).Stream(context.Background(), &out[i], Scenes, 8); err != nil {
			t.Fatalf("Stream: %v", err)
		}
	}
	if !bytes.Equal(out[0].Bytes(), out[1].Bytes()) {
		t.Error("two runs with several workers differ")
	}
}

// read splits a stream into its records.
func read(t *testing.T, b []byte) (heads [][]byte, pix [][]byte) {
	t.Helper()
	part := func() []byte {
		n := binary.LittleEndian.Uint32(b)
		p := b[4 : 4+n]
		b = b[4+n:]
		return p
	}
	for len(b) > 0 {
		heads = append(heads, part())
		pix = append(pix, part())
	}
	return heads, pix
}

func TestSceneRecords(t *testing.T) {
	var out bytes.Buffer
	if err := newTest(t, Options{Seed: 11}).Stream(context.Background(), &out, Scenes, 100); err != nil {
		t.Fatalf("Stream: %v", err)
	}
	heads, pix := read(t, out.Bytes())
	empty, several := 0, 0
	for i, h := range heads {
		var r sceneRecord
		if err := json.Unmarshal(h, &r); err != nil {
			t.Fatalf("parsing a record: %v", err)
		}
		if !strings.Contains(string(h), `"cards":[`) {
			t.Fatalf("record %d has no list of cards: %s", i, h)
		}
		if r.W != sceneSide || r.H != sceneSide || len(pix[i]) != sceneSide*sceneSide*3 {
			t.Fatalf("record %d: %dx%d with %d bytes", i, r.W, r.H, len(pix[i]))
		}
		if p := pix[i]; p[0] != neutral || p[len(p)-1] != neutral {
			t.Errorf("record %d: padding %d, %d, want %d", i, p[0], p[len(p)-1], neutral)
		}
		switch n := len(r.Cards); {
		case n == 0:
			empty++
		case n > 1:
			several++
		}
		for _, c := range r.Cards {
			q := quad(c.Corners)
			if !q.Convex() {
				t.Errorf("record %d: corners %v are in the wrong order", i, c.Corners)
			}
			if a := q.Area(); a < 400 {
				t.Errorf("record %d: a card has %.0f square pixels, want at least 400", i, a)
			}
		}
	}
	if empty < 2 || empty > 25 {
		t.Errorf("%d of 100 scenes have no card, want 2 to 25", empty)
	}
	if several < 2 || several > 30 {
		t.Errorf("%d of 100 scenes have several cards, want 2 to 30", several)
	}
}

func TestCardRecords(t *testing.T) {
	var out bytes.Buffer
	if err := newTest(t, Options{Seed: 12}).Stream(context.Background(), &out, Cards, 40); err != nil {
		t.Fatalf("Stream: %v", err)
	}
	heads, pix := read(t, out.Bytes())
	numbers := 0
	for i, h := range heads {
		var r cardRecord
		if err := json.Unmarshal(h, &r); err != nil {
			t.Fatalf("parsing a record: %v", err)
		}
		if r.W*r.H != 352*224 || len(pix[i]) != r.W*r.H*3 {
			t.Fatalf("record %d is %dx%d with %d bytes, want 352x224 or its transpose", i, r.W, r.H, len(pix[i]))
		}
		for _, l := range r.Lines {
			q := quad(l.Quad)
			if q.Area() <= 0 {
				t.Errorf("record %d: %s %q: quad %v has no area", i, l.Kind, l.Text, l.Quad)
			}
			if l.Kind != "number" {
				continue
			}
			numbers++
			if l.Height < 4 || l.Height > 45 {
				t.Errorf("record %d: digits are %.1f pixels high, want 4 to 45", i, l.Height)
			}
			c := q.Center()
			if c.X < -10 || c.Y < -10 || c.X > float64(r.W)+10 || c.Y > float64(r.H)+10 {
				t.Errorf("record %d: the number is at %v, outside the card", i, c)
			}
		}
	}
	if numbers < 28 {
		t.Errorf("%d number lines on 40 cards, want at least 28", numbers)
	}
}

func TestLinesLieOnTheirCard(t *testing.T) {
	d := newTest(t, Options{Seed: 21, Size: 400})
	for i := range 45 {
		p, tr := d.Scene()
		if tr.W != p.W || tr.H != p.H || max(p.W, p.H) != 400 {
			t.Fatalf("scene %d: label says %dx%d, the image is %dx%d", i, tr.W, tr.H, p.W, p.H)
		}
		if (tr.Kind == "none") != (len(tr.Cards) == 0) {
			t.Errorf("scene %d: kind %s with %d cards", i, tr.Kind, len(tr.Cards))
		}
		for _, c := range tr.Cards {
			m, ok := geom.QuadToQuad(quad(c.Corners), geom.RectQuad(0, 0, 1, 1))
			if !ok {
				t.Fatalf("scene %d: corners %v are not convex", i, c.Corners)
			}
			digits := ""
			for _, l := range c.Lines {
				b := m.Quad(quad(l.Quad)).Bounds()
				if b.X0 < -.012 || b.Y0 < -.02 || b.X1 > 1.012 || b.Y1 > 1.02 {
					t.Errorf("scene %d: %s %q is at %v of its card, outside it", i, l.Kind, l.Text, b)
				}
				if l.Kind != "number" {
					continue
				}
				digits += l.Text
				if len(l.Digits) != len(l.Text) {
					t.Errorf("scene %d: %d boxes for %q", i, len(l.Digits), l.Text)
				}
				// as the line is read, its characters run from left to right
				q := m.Quad(quad(l.Quad))
				if q[1].X <= q[0].X || q[3].Y <= q[0].Y {
					t.Errorf("scene %d: the number's quad %v is rotated against its card", i, q)
				}
			}
			if digits != c.Number {
				t.Errorf("scene %d: lines have digits %s, the card %s", i, digits, c.Number)
			}
			n := 0
			for _, g := range c.Grouping {
				n += g
			}
			if n != len(c.Number) {
				t.Errorf("scene %d: groups %v do not add up to %s", i, c.Grouping, c.Number)
			}
		}
	}
}

func TestWriteDir(t *testing.T) {
	dir := t.TempDir()
	calls := 0
	if err := newTest(t, Options{Seed: 2, Size: 200}).WriteDir(context.Background(), dir, 5, func(int) { calls++ }); err != nil {
		t.Fatalf("WriteDir: %v", err)
	}
	b, err := os.ReadFile(filepath.Join(dir, labels.File))
	if err != nil {
		t.Fatalf("reading the labels: %v", err)
	}
	rows := strings.Split(strings.TrimSpace(string(b)), "\n")
	if len(rows) != 5 || calls != 5 {
		t.Fatalf("%d labels, %d calls of progress, want 5 and 5", len(rows), calls)
	}
	for _, row := range rows {
		var tr labels.Image
		if err := json.Unmarshal([]byte(row), &tr); err != nil {
			t.Fatalf("parsing a record: %v", err)
		}
		if s, err := os.Stat(filepath.Join(dir, tr.File)); err != nil || s.Size() < 500 {
			t.Errorf("%s: %v", tr.File, err)
		}
		if tr.Generator != Version || tr.Seed != 2 {
			t.Errorf("%s: generator %s, seed %d, want this version and seed 2", tr.File, tr.Generator, tr.Seed)
		}
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := newTest(t, Options{}).WriteDir(ctx, dir, 5, nil); err == nil {
		t.Error("WriteDir with a cancelled context succeeds")
	}
}

func TestUnknownStream(t *testing.T) {
	if err := newTest(t, Options{}).Stream(context.Background(), &bytes.Buffer{}, "cats", 1); err == nil {
		t.Error("Stream of an unknown kind succeeds")
	}
}

func BenchmarkScene800(b *testing.B) {
	d := newTest(b, Options{Seed: 1})
	for b.Loop() {
		d.Scene()
	}
}

func BenchmarkSceneRecord(b *testing.B) {
	d := newTest(b, Options{Seed: 1})
	d.scenes.Reuse = 4
	for b.Loop() {
		d.record(Scenes)
	}
}

func BenchmarkCardRecord(b *testing.B) {
	d := newTest(b, Options{Seed: 1})
	d.scenes.Reuse = 2
	for b.Loop() {
		d.record(Cards)
	}
}
