package recognize

import (
	"math"
	"slices"
	"testing"

	"github.com/kahao/kahao/internal/geom"
	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/ctc"
)

func TestCutFollowsTheLine(t *testing.T) {
	image := pixel.NewPyramid(pixel.New(600, 400))
	s := Strip{
		Left: geom.Point{X: 100, Y: 200}, Right: geom.Point{X: 400, Y: 260}, Height: 24,
		ToImage: geom.Homography{1.5, 0, -40, 0, 1.5, -30, 0, 0, 1},
	}
	for _, v := range Crops {
		crop, toImage := s.cut(image, v)
		if crop.H != Height || crop.W < minWidth || crop.W > MaxWidth {
			t.Fatalf("%+v: crop of %dx%d", v, crop.W, crop.H)
		}
		// The ends of the axis lie a margin from the crop's sides, on its
		// middle row moved up by the shift.
		perDigit := Height / v.Tall // crop pixels a digit height
		along := s.Right.Sub(s.Left).Len() + 2*v.Margin*s.Height
		margin := v.Margin * s.Height / along * float64(crop.W)
		row := Height/2 - v.Shift*perDigit
		for i, x := range []float64{margin, float64(crop.W) - margin} {
			want := s.ToImage.Apply([]geom.Point{s.Left, s.Right}[i])
			if got := toImage.Apply(geom.Point{X: x, Y: row}); got.Sub(want).Len() > 1e-6 {
				t.Errorf("%+v: end %d at %v, want %v", v, i, got, want)
			}
		}
	}
}

func TestCutSqueezesLongLinesAndWidensShort(t *testing.T) {
	image := pixel.NewPyramid(pixel.New(100, 100))
	long := Strip{Right: geom.Point{X: 5000}, Height: 10, ToImage: geom.Identity}
	if crop, _ := long.cut(image, Crops[0]); crop.W != MaxWidth {
		t.Errorf("long line: %d pixels wide", crop.W)
	}
	short := Strip{Height: 10, ToImage: geom.Identity} // its ends fall together
	if crop, _ := short.cut(image, Crop{Tall: 1.4}); crop.W != minWidth {
		t.Errorf("point: %d pixels wide", crop.W)
	}
}

func TestConcat(t *testing.T) {
	fill := func(w int, v uint8) *pixel.RGB {
		p := pixel.New(w, Height)
		for i := range p.Pix {
			p.Pix[i] = v + uint8(i/3%w%8) // the last columns of 8 differ from the first
		}
		return p
	}
	for _, tt := range []struct{ a, b, want int }{{40, 48, 40}, {43, 48, 40}, {200, 200, 152}, {100, MaxWidth, 0}} {
		a, b := fill(tt.a, 10), fill(tt.b, 100)
		both := concat(a, b)
		if both.W != tt.want+tt.b || both.H != Height {
			t.Fatalf("%d after %d: %dx%d", tt.a, tt.b, both.W, both.H)
		}
		for _, y := range []int{0, Height - 1} {
			row := both.Pix[y*both.W*3 : (y+1)*both.W*3]
			if !slices.Equal(row[:tt.want*3], a.Pix[((y+1)*a.W-tt.want)*3:(y+1)*a.W*3]) {
				t.Errorf("%d after %d: row %d does not start with the first one's end", tt.a, tt.b, y)
			}
			if !slices.Equal(row[tt.want*3:], b.Pix[y*b.W*3:(y+1)*b.W*3]) {
				t.Errorf("%d after %d: row %d does not end with the second", tt.a, tt.b, y)
			}
		}
	}
}

func TestStandardise(t *testing.T) {
	crop := pixel.New(40, Height)
	for i := range crop.Pix {
		crop.Pix[i] = uint8(60 + i*7%90)
	}
	in := standardise(crop, 64)
	var sum, sq float64
	for y := range Height {
		for x := range 64 * 3 {
			v := float64(in[y*64*3+x])
			if x >= 40*3 && v != 0 {
				t.Fatalf("padding at %d,%d is %g", x/3, y, v)
			}
			sum, sq = sum+v, sq+v*v
		}
	}
	n := float64(len(crop.Pix))
	if mean := sum / n; math.Abs(mean) > 1e-3 {
		t.Errorf("mean %g", mean)
	}
	if sd := math.Sqrt(sq / n); sd < 0.7 || sd > 1 {
		t.Errorf("deviation %g, want a little under 1", sd)
	}
	for _, v := range standardise(pixel.New(32, Height), 32) { // all alike: no division by zero
		if v != 0 {
			t.Fatalf("flat crop gives %g", v)
		}
	}
}

func TestSoftmax(t *testing.T) {
	logits := make([]float32, 2*ctc.Classes)
	logits[3], logits[ctc.Classes+ctc.Blank] = 1000, -1000
	p := softmax(logits, ctc.Classes)
	for c := range 2 {
		sum := 0.0
		for _, v := range p[c*ctc.Classes : (c+1)*ctc.Classes] {
			sum += v
		}
		if math.Abs(sum-1) > 1e-12 {
			t.Errorf("column %d sums to %g", c, sum)
		}
	}
	if p[3] < 1-1e-9 || p[ctc.Classes+ctc.Blank] > 1e-9 {
		t.Errorf("p = %g and %g", p[3], p[ctc.Classes+ctc.Blank])
	}
}
