package kahao_test

import (
	"image"
	"math"
	"testing"

	"github.com/kahao/kahao"
)

// A number with a hidden group is never accepted, whichever way it is hidden.
func TestHiddenGroupsAreNotAccepted(t *testing.T) {
	img := card(t)
	digits := readAll(t, img).Cards[0].Number.Digits
	soft := blurred(img, 9)
	for first := 0; first+4 <= len(digits); first += 4 {
		from, to := digits[first].Quad.Bounds(), digits[first+3].Quad.Bounds()
		inside := func(x, y int) bool {
			return float64(x) > from.X0-2 && float64(x) < to.X1+2 && float64(y) > math.Min(from.Y0, to.Y0)-6 && float64(y) < math.Max(from.Y1, to.Y1)+6
		}
		cover := func(with func(x, y int, v float64) float64) *image.RGBA {
			return each(img, func(x, y int, v float64) float64 {
				if inside(x, y) {
					return with(x, y, v)
				}
				return v
			})
		}
		blur := each(img, func(_, _ int, v float64) float64 { return v })
		for y := range img.Rect.Dy() {
			for x := range img.Rect.Dx() {
				if inside(x, y) {
					blur.SetRGBA(x, y, soft.RGBAAt(x, y))
				}
			}
		}
		for name, hidden := range map[string]*image.RGBA{
			"a dark bar":  cover(func(int, int, float64) float64 { return 20 }),
			"a light bar": cover(func(int, int, float64) float64 { return 235 }),
			"a blur":      blur,
			"dots": cover(func(x, y int, _ float64) float64 {
				cx, cy := (x-int(from.X0))%14-7, float64(y)-(from.Y0+from.Y1)/2
				if math.Hypot(float64(cx), cy) < 5 {
					return 15
				}
				return 200
			}),
		} {
			for _, c := range readAll(t, hidden).Cards {
				if c.Verdict == kahao.VerdictAccept {
					t.Errorf("digits %d to %d behind %s: %s is accepted", first+1, first+4, name, c.PAN)
				}
			}
		}
	}
}
