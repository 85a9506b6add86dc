package kahao_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"image/png"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao"
)

// reader is opened once: opening parses three networks.
var reader = sync.OnceValue(func() *kahao.Reader {
	r, err := kahao.New(kahao.Options{})
	if err != nil {
		panic(err)
	}
	return r
})

func blankPNG(t *testing.T, w, h int) []byte {
	t.Helper()
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = 200
	}
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatalf("png.Encode: %v", err)
	}
	return b.Bytes()
}

func TestReadErrors(t *testing.T) {
	var g bytes.Buffer
	if err := gif.Encode(&g, image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.Black}), nil); err != nil {
		t.Fatalf("gif.Encode: %v", err)
	}
	whole := blankPNG(t, 64, 40)
	tests := []struct {
		name  string
		image []byte
		want  error
	}{
		{"empty", nil, kahao.ErrEmpty},
		{"text", []byte("this is not an image"), kahao.ErrMalformed},
		{"truncated", whole[:len(whole)/2], kahao.ErrMalformed},
		{"gif", g.Bytes(), kahao.ErrUnsupported},
		{"blank", whole, kahao.ErrNoCard},
	}
	for _, tt := range tests {
		if _, err := reader().Read(t.Context(), tt.image); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	small, err := kahao.New(kahao.Options{MaxBytes: 10, MaxPixels: 100})
	if err != nil {
		t.Fatalf("kahao.New: %v", err)
	}
	if _, err := small.Read(t.Context(), whole); !errors.Is(err, kahao.ErrTooLarge) {
		t.Errorf("over the byte limit: %v", err)
	}
}

func TestReadHonoursContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := reader().ReadAll(ctx, blankPNG(t, 400, 300)); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestReadOddSizes(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {1, 500}, {500, 1}, {7, 3}} {
		img := blankPNG(t, size[0], size[1])
		if _, err := reader().ReadAll(t.Context(), img); err != nil {
			t.Errorf("ReadAll of %v pixels: %v", size, err)
		}
		if _, err := reader().ReadLine(t.Context(), img); err != nil {
			t.Errorf("%v as a line: %v", size, err)
		}
	}
}

func TestReadLeavesNoGoroutine(t *testing.T) {
	img := blankPNG(t, 200, 130)
	before := runtime.NumGoroutine()
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if _, err := reader().ReadAll(context.Background(), img); err != nil {
				t.Errorf("ReadAll: %v", err)
			}
		})
	}
	wg.Wait()
	for range 50 {
		if runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
}

func TestCandidates(t *testing.T) {
	images := map[string]image.Image{"as it is": card(t), "blurred": blurred(card(t), 2), "faint": each(card(t), func(_, _ int, v float64) float64 { return 120 + 0.05*(v-120) })}
	for name, img := range images {
		for _, c := range readAll(t, img).Cards {
			all := c.Number.Candidates
			if len(all) == 0 || len(all) > 5 {
				t.Fatalf("%s: %d candidates", name, len(all))
			}
			if !all[0].PAN.Equal(c.PAN) || all[0].P != c.Number.Confidence {
				t.Errorf("%s: the first candidate is not the number", name)
			}
			sum, last := 0.0, 1.0
			for _, other := range all {
				if sum += other.P; other.P > last || other.P < 0 {
					t.Errorf("%s: candidates out of order: %v after %v", name, other.P, last)
				}
				last = other.P
				if s := fmt.Sprint(other); len(other.PAN.Reveal()) > 10 && strings.Contains(s, other.PAN.Reveal()) {
					t.Errorf("%s: a candidate prints unmasked", name)
				}
			}
			if sum > 1+1e-9 {
				t.Errorf("%s: probabilities sum to %g", name, sum)
			}
		}
	}
}

// Two copies of the card, one below the other, are two cards in that order.
func TestSeveralCards(t *testing.T) {
	one := card(t)
	w, h := one.Rect.Dx(), one.Rect.Dy()
	both := image.NewRGBA(image.Rect(0, 0, w, 2*h))
	draw.Draw(both, one.Rect, one, image.Point{}, draw.Src)
	draw.Draw(both, one.Rect.Add(image.Pt(0, h)), one, image.Point{}, draw.Src)
	reading := readAll(t, both)
	if len(reading.Cards) != 2 {
		t.Fatalf("%d cards", len(reading.Cards))
	}
	if a, b := reading.Cards[0], reading.Cards[1]; !a.PAN.Equal(b.PAN) || a.Number.Quad.Bounds().Y0 >= b.Number.Quad.Bounds().Y0 {
		t.Errorf("%v at %v before %v at %v", a.PAN, a.Number.Quad.Bounds(), b.PAN, b.Number.Quad.Bounds())
	}
	if !slices.Contains(codes(reading.Reasons), kahao.ReasonSeveralCards) {
		t.Errorf("reasons %v, want %s among them", reading.Reasons, kahao.ReasonSeveralCards)
	}
}
