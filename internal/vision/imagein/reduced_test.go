package imagein

import (
	"bytes"
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gen2brain/jpegn"

	"github.com/kahao/kahao/internal/pixel"
	"github.com/kahao/kahao/internal/vision/imagein/fastjpeg"
)

// reducedAlone runs the sequential decoder with none to fall back to.
func reducedAlone(t testing.TB, file []byte, denom int) (*pixel.RGB, error) {
	info, err := Inspect(file, Options{})
	if err != nil {
		t.Fatalf("Inspect: %v", err)
	}
	if info.sequential == nil {
		return nil, fastjpeg.ErrOther
	}
	m, err := fastjpeg.Decode(context.Background(), *info.sequential, denom)
	if err != nil {
		return nil, err
	}
	return upright(context.Background(), m, 1, 1)
}

// TestSequentialAgainstJpegn: the two decoders reduce alike. jpegn takes
// samples that average where this takes the transform of fewer points.
func TestSequentialAgainstJpegn(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {16, 16}, {17, 9}, {63, 130}, {250, 131}} {
		for _, quality := range []int{20, 75, 99} {
			for name, file := range variants(t, drawn(size[0], size[1], 5), quality) {
				for _, denom := range []int{2, 4, 8} {
					got, err := reducedAlone(t, file, denom)
					if strings.Contains(name, "progressive") {
						if !errors.Is(err, fastjpeg.ErrOther) {
							t.Errorf("%s: %v, want %v", name, err, fastjpeg.ErrOther)
						}
						continue
					}
					if err != nil {
						t.Fatalf("%s %v at quality %d: %v", name, size, quality, err)
					}
					m, err := jpegn.Decode(bytes.NewReader(file), &jpegn.Options{ScaleDenom: denom})
					if err != nil {
						t.Fatalf("jpegn.Decode: %v", err)
					}
					want, _ := upright(context.Background(), m, 1, 1)
					if largest, mean := difference(t, got, want); mean > 2 || denom == 8 && largest > 4 {
						t.Errorf("%s %v at quality %d, 1/%d: largest difference %d, mean %.2f", name, size, quality, denom, largest, mean)
					}
				}
			}
		}
	}
}

// TestSequentialDamage: damage is left to the second decoder, which shows
// what it can, and nothing panics.
func TestSequentialDamage(t *testing.T) {
	rng := rand.New(rand.NewPCG(6, 6))
	refused := 0
	for _, file := range variants(t, drawn(120, 90, 5), 85) {
		for range 60 {
			bad := bytes.Clone(file)
			for range 1 + rng.IntN(4) {
				bad[2+rng.IntN(len(bad)-4)] ^= 1 << rng.IntN(8)
			}
			info, err := Inspect(bad, Options{})
			if err != nil {
				continue
			}
			if info.sequential == nil {
				refused++
			} else if _, err := fastjpeg.Decode(context.Background(), *info.sequential, 4); err != nil {
				refused++
			}
			if _, err := Decode(context.Background(), bad, Options{WorkingSide: 30}); err != nil {
				checkKind(t, err)
			}
		}
	}
	if refused == 0 {
		t.Error("no damage was noticed")
	}
}

// TestManyTables: a file with very many tables is decoded, but not by fastjpeg,
// whose tables would have to be kept.
func TestManyTables(t *testing.T) {
	plain := jpegOf(t, drawn(160, 120, 5), 85)
	file := slices.Concat(plain[:2], bytes.Repeat(segment(mDQT, make([]byte, 65)...), maxTables+1), plain[2:])
	info, err := Inspect(file, Options{})
	if err != nil {
		t.Fatalf("Inspect: %v", err)
	}
	if info.sequential != nil {
		t.Errorf("%d tables are kept for fastjpeg, want none", len(info.sequential.Quants))
	}
	got := mustDecode(t, file, Options{WorkingSide: 40})
	if want := mustDecode(t, plain, Options{WorkingSide: 40}); got.RGB.W != want.RGB.W || got.RGB.H != want.RGB.H {
		t.Errorf("decoded to %dx%d, want %dx%d", got.RGB.W, got.RGB.H, want.RGB.W, want.RGB.H)
	}
}
