package kahao_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/kahao/kahao"
)

// reader is opened once: opening parses three networks.
var reader = sync.OnceValue(func() *kahao.Reader {
	r, err := kahao.Open(kahao.Options{})
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
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestReadErrors(t *testing.T) {
	var g bytes.Buffer
	if err := gif.Encode(&g, image.NewPaletted(image.Rect(0, 0, 9, 9), color.Palette{color.Black}), nil); err != nil {
		t.Fatal(err)
	}
	whole := blankPNG(t, 64, 40)
	tests := []struct {
		name  string
		image []byte
		want  error
	}{
		{"empty", nil, kahao.ErrEmpty},
		{"text", []byte("this is no picture at all"), kahao.ErrMalformed},
		{"truncated", whole[:len(whole)/2], kahao.ErrMalformed},
		{"gif", g.Bytes(), kahao.ErrUnsupported},
		{"blank", whole, kahao.ErrNoCard},
	}
	for _, tt := range tests {
		if _, err := reader().Read(t.Context(), tt.image); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
		}
	}
	small, err := kahao.Open(kahao.Options{MaxBytes: 10, MaxPixels: 100})
	if err != nil {
		t.Fatal(err)
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
			t.Errorf("%v: %v", size, err)
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
				t.Error(err)
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
