package kahao_test

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/jpeg"
	"image/png"
	"math"
	"os"
	"slices"
	"testing"

	"github.com/kahao/kahao"
)

// card returns the image in testdata, to be degraded in known ways.
func card(t *testing.T) *image.RGBA {
	t.Helper()
	f, err := os.Open("testdata/card.jpg")
	if err != nil {
		t.Fatalf("os.Open: %v", err)
	}
	defer f.Close()
	img, err := jpeg.Decode(f)
	if err != nil {
		t.Fatalf("jpeg.Decode: %v", err)
	}
	out := image.NewRGBA(image.Rect(0, 0, img.Bounds().Dx(), img.Bounds().Dy()))
	draw.Draw(out, out.Rect, img, img.Bounds().Min, draw.Src)
	return out
}

func readAll(t *testing.T, img image.Image) *kahao.Reading {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatalf("png.Encode: %v", err)
	}
	reading, err := reader().ReadAll(t.Context(), b.Bytes())
	if err != nil {
		t.Fatalf("ReadAll: %v", err)
	}
	return reading
}

// each puts every pixel through f.
func each(img *image.RGBA, f func(x, y int, v float64) float64) *image.RGBA {
	out := image.NewRGBA(img.Rect)
	for i, v := range img.Pix {
		p := i / 4
		out.Pix[i] = uint8(math.Max(0, math.Min(255, f(p%img.Rect.Dx(), p/img.Rect.Dx(), float64(v)))))
		if i%4 == 3 {
			out.Pix[i] = 255
		}
	}
	return out
}

// blurred averages over squares of 2r+1 pixels, twice.
func blurred(img *image.RGBA, r int) *image.RGBA {
	for range 2 {
		src := img
		img = each(src, func(int, int, float64) float64 { return 0 })
		b := src.Rect
		for y := range b.Dy() {
			for x := range b.Dx() {
				var sum [3]int
				n := 0
				for j := max(0, y-r); j <= min(b.Dy()-1, y+r); j++ {
					for i := max(0, x-r); i <= min(b.Dx()-1, x+r); i++ {
						for c := range sum {
							sum[c] += int(src.Pix[src.PixOffset(i, j)+c])
						}
						n++
					}
				}
				for c := range sum {
					img.Pix[img.PixOffset(x, y)+c] = uint8(sum[c] / n)
				}
			}
		}
	}
	return img
}

// shrunk puts the image, k times smaller, on a grey background of its old size.
func shrunk(img *image.RGBA, k int) *image.RGBA {
	soft := blurred(img, k/2)
	out := image.NewRGBA(img.Rect)
	draw.Draw(out, out.Rect, image.NewUniform(color.Gray{120}), image.Point{}, draw.Src)
	b := img.Rect
	for y := range b.Dy() / k {
		for x := range b.Dx() / k {
			out.Set(b.Dx()/3+x, b.Dy()/3+y, soft.At(x*k, y*k))
		}
	}
	return out
}

func codes(reasons []kahao.Reason) (all []kahao.ReasonCode) {
	for _, r := range reasons {
		all = append(all, r.Code)
	}
	return all
}

// reasonsOf returns the reasons of the image and of its cards.
func reasonsOf(r *kahao.Reading) []kahao.Reason {
	all := slices.Clone(r.Reasons)
	for _, c := range r.Cards {
		all = append(all, c.Reasons...)
	}
	return all
}

func TestReasonsOfDegradedImages(t *testing.T) {
	img := card(t)
	whole := readAll(t, img)
	if len(whole.Cards) != 1 {
		t.Fatalf("%d cards in the original image, want 1", len(whole.Cards))
	}
	digits := whole.Cards[0].Number.Digits
	low := whole.Cards[0].Number.Quad.Bounds()
	tests := []struct {
		name string
		img  image.Image
		want kahao.ReasonCode
	}{
		{"blank", each(img, func(int, int, float64) float64 { return 170 }), kahao.ReasonNoCard},
		{"blurred", blurred(img, 3), kahao.ReasonBlur},
		{"out of focus", blurred(img, 6), kahao.ReasonBlur},
		{"small", shrunk(img, 4), kahao.ReasonTooSmall},
		{"cut off", img.SubImage(image.Rect(0, 0, int(digits[len(digits)-3].Quad.Center().X), img.Rect.Dy())), kahao.ReasonCutOff},
		{"faint", each(img, func(x, y int, v float64) float64 {
			if math.Abs(float64(y)-(low.Y0+low.Y1)/2) < low.Height() {
				return 120 + 0.008*(v-120)
			}
			return v
		}), kahao.ReasonLowContrast},
	}
	for _, tt := range tests {
		reading := readAll(t, tt.img)
		if got := reasonsOf(reading); !slices.Contains(codes(got), tt.want) {
			t.Errorf("%s: %v, want %s among them", tt.name, got, tt.want)
		}
		for _, c := range reading.Cards {
			if c.Verdict == kahao.VerdictAccept {
				t.Errorf("%s: accepted", tt.name)
			}
		}
	}
}

func TestGlareIsPlacedOnItsDigits(t *testing.T) {
	img := card(t)
	digits := readAll(t, img).Cards[0].Number.Digits
	from, to := digits[8].Quad.Bounds(), digits[11].Quad.Bounds()
	reading := readAll(t, each(img, func(x, y int, v float64) float64 {
		if float64(x) > from.X0 && float64(x) < to.X1 && float64(y) > from.Y0-20 && float64(y) < from.Y1+20 {
			return 245 + 0.15*v
		}
		return v
	}))
	for _, r := range reasonsOf(reading) {
		if r.Code == kahao.ReasonGlare && r.Digits.From >= 7 && r.Digits.To <= 13 {
			return
		}
	}
	t.Errorf("%v, want glare over digits 9 to 12", reasonsOf(reading))
}

func TestEveryReadingHasAVerdictOrReasons(t *testing.T) {
	accepted := readAll(t, card(t)).Cards[0]
	if accepted.Verdict == kahao.VerdictAccept && len(accepted.Reasons) > 0 {
		t.Errorf("accepted, with reasons %v", accepted.Reasons)
	}
	line, err := reader().ReadLine(t.Context(), blankPNG(t, 200, 32))
	if err != nil {
		t.Fatalf("ReadLine: %v", err)
	}
	if len(line.Cards) == 0 && !slices.Equal(codes(line.Reasons), []kahao.ReasonCode{kahao.ReasonNoNumber}) {
		t.Errorf("an empty line: %v", line.Reasons)
	}
}
