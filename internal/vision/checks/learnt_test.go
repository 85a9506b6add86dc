package checks

import (
	"context"
	"errors"
	"math"
	"testing"
	"time"

	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/synth"
	"github.com/kahao/kahao/internal/synth/attack"
)

func open(t testing.TB) *Judge {
	t.Helper()
	j, err := Open()
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	return j
}

// Drawn attacks score higher on their own check than on others. This finds
// a network that sees its input in another form than it was trained on; how well
// it tells them apart is measured by kahao eval captures.
func TestScoresTellAttacksApart(t *testing.T) {
	g, err := synth.New(synth.Options{Seed: 951, BankSize: 16})
	if err != nil {
		t.Fatalf("synth.New: %v", err)
	}
	d, j := g.Captures(), open(t)
	mean := func(kind attack.Kind, check string) (sum float64) {
		const n = 4
		for range n {
			s, err := j.Score(t.Context(), pixel.NewPyramid(d.DrawKind(kind).Image))
			if err != nil {
				t.Fatalf("Score: %v", err)
			}
			sum += s.Of(check) / n
		}
		return sum
	}
	for check, kinds := range map[string][2]attack.Kind{
		"screen": {attack.Screen, attack.GreyCopy}, "photocopy": {attack.GreyCopy, attack.Screenshot}, "screenshot": {attack.Screenshot, attack.Screen},
	} {
		if is, other := mean(kinds[0], check), mean(kinds[1], check); is < other+1 {
			t.Errorf("%s: mean log-odds of a %s %.1f, of a %s %.1f, want 1 more", check, kinds[0], is, kinds[1], other)
		}
	}
}

func TestScoreOfOddSizes(t *testing.T) {
	j := open(t)
	for _, size := range [][2]int{{1, 1}, {40, 300}, {96, 96}, {97, 1500}, {3000, 20}} {
		m := pixel.New(size[0], size[1])
		for i := range m.Pix {
			m.Pix[i] = uint8(i * 7)
		}
		s, err := j.Score(t.Context(), pixel.NewPyramid(m))
		if err != nil || math.IsNaN(s.Screen+s.Photocopy+s.Screenshot+s.Watermark+s.Edited) {
			t.Errorf("Score of %dx%d pixels = %+v, %v, want numbers", size[0], size[1], s, err)
		}
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := j.Score(ended, pixel.NewPyramid(pixel.New(200, 200))); !errors.Is(err, context.Canceled) {
		t.Errorf("Score with an ended context: %v, want %v", err, context.Canceled)
	}
}

// The features of a patch by hand: training computes the same.
func TestFeatures(t *testing.T) {
	m := pixel.New(patchSide, patchSide)
	for i := range m.Pix {
		m.Pix[i] = 100
	}
	m.Pix[(10*patchSide+20)*3+2] = 200 // blue, which weighs 29 of 256
	in := patch{m, 0, 0}.features(nil)
	scaled := func(v float64) float32 { return float32(math.Copysign(math.Log2(1+math.Abs(v))/4, v)) }
	at := func(x, y int) []float32 { return in[(y*patchSide+x)*4:][:4] }
	light := 111.0 // (77+150) 100/256 + 29 200/256, cut
	for _, tt := range []struct {
		x, y int
		want [4]float32
	}{
		{20, 10, [4]float32{scaled((9*light - light - 800) * 2 / 9), scaled(200 - light), scaled(100 - light), scaled(light - 100)}},
		{21, 11, [4]float32{scaled((900 - light - 800) * 2 / 9), 0, 0, 0}},
		{60, 60, [4]float32{}},
	} {
		for c, want := range tt.want {
			if got := at(tt.x, tt.y)[c]; math.Abs(float64(got-want)) > 1e-6 {
				t.Errorf("channel %d at %d, %d: %g, want %g", c, tt.x, tt.y, got, want)
			}
		}
	}
}

func TestPatchesCoverTheImage(t *testing.T) {
	all := patches(pixel.NewPyramid(pixel.New(800, 600)))
	if len(all) != acrossMax*acrossMin {
		t.Fatalf("%d patches, want %d", len(all), acrossMax*acrossMin)
	}
	first, last := all[0], all[len(all)-1]
	if first.x != 0 || first.y != 0 || last.x != 800-patchSide || last.y != 600-patchSide {
		t.Errorf("patches from %d, %d to %d, %d, want both corners of the image", first.x, first.y, last.x, last.y)
	}
	reduced := 0
	for _, p := range patches(pixel.NewPyramid(pixel.New(4000, 3000))) {
		switch p.image.W {
		case 4000:
		case 1000:
			reduced++
		default:
			t.Errorf("a patch of an image %d pixels wide, want 4000 or 1000", p.image.W)
		}
	}
	if reduced != 6 {
		t.Errorf("%d of 12 patches are from the reduced image, want 6", reduced)
	}
}

func TestThresholds(t *testing.T) {
	var c capture.Checks
	Scores{Screen: thresholds.Screen, Photocopy: thresholds.Photocopy - 0.1}.Add(&c)
	if !c.Screen.Warn || c.Photocopy.Warn {
		t.Errorf("at the threshold %+v, below it %+v, want a warning and none", c.Screen, c.Photocopy)
	}
}

// BenchmarkChecks times the checks of an image with a card, after it was read;
// docs/benchmarks.md has the figures.
func BenchmarkChecks(b *testing.B) {
	j := open(b)
	m := pixel.New(800, 600)
	for i := range m.Pix {
		m.Pix[i] = uint8((i*i)>>7) ^ uint8(i)
	}
	p, best := pixel.NewPyramid(m), time.Duration(1<<62) // of a reading, which made its reduced copies
	for b.Loop() {
		start := time.Now()
		got := Measure(p, Card{Corners: inside, Outline: true, Whole: frame})
		s, err := j.Score(context.Background(), p)
		if err != nil {
			b.Fatalf("Score: %v", err)
		}
		s.Add(&got)
		best = min(best, time.Since(start))
	}
	b.ReportMetric(best.Seconds()*1e3, "best-ms")
}
