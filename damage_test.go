package kahao_test

import (
	"bytes"
	"image"
	"image/draw"
	"image/jpeg"
	"os"
	"slices"
	"testing"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// TestLostTail cuts the JPEG of a card. A number that reaches into rows that
// are missing is never accepted; one above them keeps its confidence and its
// verdict; the image's reasons tell of the damage.
func TestLostTail(t *testing.T) {
	whole, err := os.ReadFile("testdata/card.jpg")
	if err != nil {
		t.Fatalf("os.ReadFile: %v", err)
	}
	start := bytes.Index(whole, []byte{0xff, 0xda})
	want, err := reader().Read(t.Context(), whole)
	if err != nil || want.Verdict != kahao.VerdictAccept {
		t.Fatalf("Read of the whole file: %v, %v", want, err)
	}
	kept, lost := 0, 0
	for _, i := range []int{6, 9, 11, 12, 14, 17, 20} {
		file := whole[:start+(len(whole)-2-start)*i/20]
		decoded, err := imagein.Decode(t.Context(), file, imagein.Options{})
		if err != nil {
			t.Fatalf("%d of 20: imagein.Decode: %v", i, err)
		}
		reading, err := reader().ReadAll(t.Context(), file)
		if err != nil {
			t.Fatalf("%d of 20: ReadAll: %v", i, err)
		}
		damaged := decoded.Whole.Dy() < decoded.Height
		if got := slices.Contains(codes(reading.Reasons), kahao.ReasonDamaged); got != damaged {
			t.Errorf("%d of 20: reasons %v, want %s among them: %v", i, reading.Reasons, kahao.ReasonDamaged, damaged)
		}
		for _, c := range reading.Cards {
			inside := c.Number.Quad.Bounds().Y1 <= float64(decoded.Whole.Max.Y)
			if inside {
				kept++
				if c.PAN.Reveal() != want.PAN.Reveal() || c.Verdict != want.Verdict {
					t.Errorf("%d of 20: %s %s above the damage, want %s %s", i, c.PAN, c.Verdict, want.PAN, want.Verdict)
				}
				continue
			}
			lost++
			if c.Verdict == kahao.VerdictAccept || !slices.Contains(codes(c.Reasons), kahao.ReasonDamaged) {
				t.Errorf("%d of 20: verdict %s, reasons %v of a number in missing rows", i, c.Verdict, c.Reasons)
			}
			if c.Number.Confidence >= want.Number.Confidence {
				t.Errorf("%d of 20: confidence %v, want less than %v", i, c.Number.Confidence, want.Number.Confidence)
			}
		}
	}
	if kept == 0 || lost == 0 {
		t.Errorf("%d numbers above the damage and %d in it, want some of both", kept, lost)
	}
}

// TestLostTailBesideNumber turns the card on its side, so that the damage takes
// the end of the number.
func TestLostTailBesideNumber(t *testing.T) {
	img := card(t)
	b := img.Rect
	side := image.NewRGBA(image.Rect(0, 0, b.Dy(), b.Dx()))
	for y := range b.Dy() {
		for x := range b.Dx() {
			side.Set(b.Dy()-1-y, x, img.At(x, y))
		}
	}
	padded := image.NewRGBA(image.Rect(0, 0, b.Dy()+100, b.Dx()+100))
	draw.Draw(padded, padded.Rect, image.White, image.Point{}, draw.Src)
	draw.Draw(padded, side.Rect.Add(image.Pt(50, 50)), side, image.Point{}, draw.Src)
	var file bytes.Buffer
	if err := jpeg.Encode(&file, padded, &jpeg.Options{Quality: 90}); err != nil {
		t.Fatalf("jpeg.Encode: %v", err)
	}
	for _, i := range []int{8, 11, 14, 17} {
		cut := file.Bytes()[:file.Len()*i/20]
		decoded, err := imagein.Decode(t.Context(), cut, imagein.Options{})
		if err != nil {
			t.Fatalf("%d of 20: imagein.Decode: %v", i, err)
		}
		reading, err := reader().ReadAll(t.Context(), cut)
		if err != nil {
			t.Fatalf("%d of 20: ReadAll: %v", i, err)
		}
		for _, c := range reading.Cards {
			if c.Verdict == kahao.VerdictAccept && c.Number.Quad.Bounds().Y1 > float64(decoded.Whole.Max.Y) {
				t.Errorf("%d of 20: a number in missing rows is accepted", i)
			}
		}
	}
}
