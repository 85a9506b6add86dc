package imagein

import (
	"context"
	"errors"
	"runtime"
	"testing"
)

// countdown is a context that ends when it has been asked n times: a
// cancellation at every point where decoding looks, without a clock.
type countdown struct {
	context.Context
	n int
}

func (c *countdown) Err() error {
	if c.n--; c.n < 0 {
		return context.Canceled
	}
	return nil
}

// TestContext cancels each kind at its first questions, half way and at its
// last one: the error is the context's and no goroutine is left behind.
func TestContext(t *testing.T) {
	m := drawn(300, 200, 2)
	pixels := make([]byte, 300*200*4)
	files := variants(t, m, 85)
	files["png"] = pngOf(t, m)
	files["bmp"] = bmpBytes(300, 200, 24, 0, 0, make([]byte, 900*200)...)
	files["webp lossless"] = riff(riffChunk("VP8L", vp8l(300, 200, pixels)))
	files["webp lossy"] = riff(riffChunk("VP8 ", vp8(50, 34, 1)))
	for _, f := range [][]byte{{0x11, 0x11, 0x11, 0x11}} {
		files["cmyk"] = flatJPEG(300, 200, adobe(0), f, 1, 2, 3, 4)
	}
	before := runtime.NumGoroutine()
	for name, file := range files {
		for _, side := range []int{0, 75} {
			asked := &countdown{context.Background(), 1 << 30}
			if _, err := Decode(asked, file, Options{WorkingSide: side}); err != nil {
				t.Fatalf("%s: Decode: %v", name, err)
			}
			total := 1<<30 - asked.n
			if total < 10 {
				t.Errorf("%s at %d: asked %d times only", name, side, total)
			}
			for _, n := range []int{0, 1, 2, 3, total / 2, total - 2, total - 1} {
				p, err := Decode(&countdown{context.Background(), n}, file, Options{WorkingSide: side})
				if !errors.Is(err, context.Canceled) || p != nil {
					t.Errorf("%s at %d, cancelled after %d of %d questions: %v", name, side, n, total, err)
				}
			}
		}
	}
	if after := runtime.NumGoroutine(); after > before {
		t.Errorf("%d goroutines before, %d after", before, after)
	}
}

// TestReaderPieces holds the reader to the size of its pieces.
func TestReaderPieces(t *testing.T) {
	r := newReader(context.Background(), make([]byte, 1000))
	buf := make([]byte, 4096)
	if n, err := r.Read(buf); n != 256 || err != nil || r.Len() != 744 {
		t.Errorf("%d bytes, %v, %d left", n, err, r.Len())
	}
}
