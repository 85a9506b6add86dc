package imagein

import (
	"context"
	"errors"
	"image"
	"image/color"
	"math/rand/v2"
	"testing"
)

func noise(pix []uint8) {
	rng := rand.New(rand.NewPCG(1, 1))
	for i := range pix {
		pix[i] = uint8(rng.Uint32())
	}
}

// unknown is a kind that only answers At.
type unknown struct{ image.Image }

// TestKinds compares every kind of image, whole and as a part of a larger
// one, with what image/color makes of it on white.
func TestKinds(t *testing.T) {
	r := image.Rect(0, 0, 37, 21)
	grey, grey16, rgba, nrgba := image.NewGray(r), image.NewGray16(r), image.NewRGBA(r), image.NewNRGBA(r)
	rgba64, nrgba64, cmyk := image.NewRGBA64(r), image.NewNRGBA64(r), image.NewCMYK(r)
	for _, pix := range [][]uint8{grey.Pix, grey16.Pix, rgba.Pix, nrgba.Pix, rgba64.Pix, nrgba64.Pix, cmyk.Pix} {
		noise(pix)
	}
	for i := 3; i < len(rgba.Pix); i += 4 { // premultiplied colours are below alpha
		a := max(rgba.Pix[i], rgba.Pix[i-1], rgba.Pix[i-2], rgba.Pix[i-3])
		rgba.Pix[i] = a
	}
	for i := 6; i < len(rgba64.Pix); i += 8 {
		rgba64.Pix[i], rgba64.Pix[i+1] = 255, 255
	}
	palette := image.NewPaletted(r, color.Palette{color.White, color.NRGBA{10, 20, 30, 100}, color.RGBA{1, 2, 3, 255}})
	for i := range palette.Pix {
		palette.Pix[i] = uint8(i % 3)
	}
	images := map[string]interface {
		image.Image
		SubImage(image.Rectangle) image.Image
	}{"grey": grey, "grey16": grey16, "rgba": rgba, "nrgba": nrgba, "rgba64": rgba64, "nrgba64": nrgba64, "cmyk": cmyk, "palette": palette}
	for _, ratio := range []image.YCbCrSubsampleRatio{image.YCbCrSubsampleRatio444, image.YCbCrSubsampleRatio422,
		image.YCbCrSubsampleRatio420, image.YCbCrSubsampleRatio440, image.YCbCrSubsampleRatio411, image.YCbCrSubsampleRatio410} {
		m := image.NewYCbCr(r, ratio)
		noise(m.Y)
		noise(m.Cb)
		noise(m.Cr)
		images["ycbcr "+ratio.String()] = m
		a := image.NewNYCbCrA(r, ratio)
		noise(a.Y)
		noise(a.Cb)
		noise(a.Cr)
		noise(a.A)
		images["ycbcr+alpha "+ratio.String()] = a
	}
	for name, m := range images {
		compare(t, name, m)
		compare(t, name+", part", m.SubImage(image.Rect(3, 2, 30, 19)))
		compare(t, name+", any", unknown{m})
	}
}

func compare(t *testing.T, name string, m image.Image) {
	t.Helper()
	got, err := upright(context.Background(), m, 1, 1)
	b := m.Bounds()
	if err != nil || got.W != b.Dx() || got.H != b.Dy() {
		t.Fatalf("%s: %v", name, err)
	}
	for y := range got.H {
		for x := range got.W {
			r, g, bl, a := m.At(b.Min.X+x, b.Min.Y+y).RGBA()
			for c, v := range []uint32{r, g, bl} {
				want := int(v+65535-a+128) / 257
				if have := int(got.Pix[(y*got.W+x)*3+c]); have < want-1 || have > want+1 {
					t.Fatalf("%s: pixel %d,%d channel %d is %d, want %d", name, x, y, c, have, want)
				}
			}
		}
	}
}

// TestReduce: means of squares, of what is there at the right and below.
func TestReduce(t *testing.T) {
	m := image.NewGray(image.Rect(0, 0, 7, 5))
	noise(m.Pix)
	for _, d := range []int{2, 4, 8} {
		got, err := upright(context.Background(), m, 1, d)
		if err != nil || got.W != (7+d-1)/d || got.H != (5+d-1)/d {
			t.Fatalf("1/%d: %v, %v", d, got, err)
		}
		for y := range got.H {
			for x := range got.W {
				sum, n := 0, 0
				for v := y * d; v < min(5, y*d+d); v++ {
					for u := x * d; u < min(7, x*d+d); u++ {
						sum, n = sum+int(m.GrayAt(u, v).Y), n+1
					}
				}
				if have := int(got.Pix[(y*got.W+x)*3]); have != (sum+n/2)/n {
					t.Errorf("1/%d: pixel %d,%d is %d, want %d", d, x, y, have, (sum+n/2)/n)
				}
			}
		}
	}
}

// TestTurns: where the first and the last stored pixel go, for each value.
func TestTurns(t *testing.T) {
	const w, h = 40, 23
	m := image.NewGray(image.Rect(0, 0, w, h))
	m.Pix[0], m.Pix[1] = 200, 100 // the corner and its neighbour to the right
	for o, want := range map[int][4]int{1: {0, 0, 1, 0}, 2: {w - 1, 0, w - 2, 0}, 3: {w - 1, h - 1, w - 2, h - 1}, 4: {0, h - 1, 1, h - 1},
		5: {0, 0, 0, 1}, 6: {h - 1, 0, h - 1, 1}, 7: {h - 1, w - 1, h - 1, w - 2}, 8: {0, w - 1, 0, w - 2}} {
		p, err := upright(context.Background(), m, o, 1)
		if err != nil {
			t.Fatalf("upright: %v", err)
		}
		if p.Pix[(want[1]*p.W+want[0])*3] != 200 || p.Pix[(want[3]*p.W+want[2])*3] != 100 {
			t.Errorf("orientation %d: not at %v", o, want)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := upright(ctx, image.NewGray(image.Rect(0, 0, 9, 9)), 1, 1); !errors.Is(err, context.Canceled) {
		t.Errorf("upright: %v", err)
	}
}
