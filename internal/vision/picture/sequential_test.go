package picture

import (
	"bytes"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/gen2brain/jpegn"

	"github.com/kahao/kahao/internal/vision/pixel"
)

// reduced runs decodeSequential alone.
func reduced(t testing.TB, file []byte, denom int) (*pixel.RGB, error) {
	info, err := Inspect(file, Options{})
	if err != nil {
		t.Fatal(err)
	}
	m, err := decodeSequential(context.Background(), file, info, denom)
	if err != nil {
		return nil, err
	}
	return upright(context.Background(), m, Info{Orientation: 1}, 1)
}

// TestSequentialAgainstJpegn: the two decoders reduce alike. jpegn takes
// samples that average where this takes the transform of fewer points.
func TestSequentialAgainstJpegn(t *testing.T) {
	for _, size := range [][2]int{{1, 1}, {16, 16}, {17, 9}, {63, 130}, {250, 131}} {
		for _, quality := range []int{20, 75, 99} {
			for name, file := range variants(t, drawn(size[0], size[1], 5), quality) {
				for _, denom := range []int{2, 4, 8} {
					got, err := reduced(t, file, denom)
					if strings.Contains(name, "progressive") {
						if !errors.Is(err, errOther) {
							t.Errorf("%s: %v", name, err)
						}
						continue
					}
					if err != nil {
						t.Fatalf("%s %v at quality %d: %v", name, size, quality, err)
					}
					m, err := jpegn.Decode(bytes.NewReader(file), &jpegn.Options{ScaleDenom: denom})
					if err != nil {
						t.Fatal(err)
					}
					want, _ := upright(context.Background(), m, Info{Orientation: 1}, 1)
					if largest, mean := difference(t, got, want); mean > 2 || denom == 8 && largest > 4 {
						t.Errorf("%s %v at quality %d, 1/%d: largest difference %d, mean %.2f", name, size, quality, denom, largest, mean)
					}
				}
			}
		}
	}
}

// TestInverseTransforms compares with the definition in real arithmetic.
func TestInverseTransforms(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	for range 500 {
		var c [64]int32
		for v := range 4 {
			for u := range 4 {
				c[v*8+u] = int32(rng.NormFloat64() * 300 / float64(1+u+v))
			}
		}
		var out [16]uint8
		for _, n := range []int{2, 4} {
			if n == 2 {
				quarter(&c, out[:], 4)
			} else {
				halve(&c, out[:], 4)
			}
			for y := range n {
				for x := range n {
					sum := 0.0
					for v := range n {
						for u := range n {
							sum += float64(c[v*8+u]) * basis(u, x, n) * basis(v, y, n)
						}
					}
					want := math.Max(0, math.Min(255, sum/4+128))
					if math.Abs(want-float64(out[y*4+x])) > 0.75 {
						t.Fatalf("%d points, sample %d,%d is %d, want %.2f", n, x, y, out[y*4+x], want)
					}
				}
			}
		}
	}
}

func basis(u, x, n int) float64 {
	if u == 0 {
		return math.Sqrt(0.5)
	}
	return math.Cos(float64(2*x+1) * float64(u) * math.Pi / float64(2*n))
}

// TestZigzag: the table is a permutation that walks the diagonals.
func TestZigzag(t *testing.T) {
	seen := [64]bool{}
	for i, n := range zigzag {
		if seen[n] {
			t.Fatalf("%d twice", n)
		}
		seen[n] = true
		if i > 0 {
			if d, e := n/8+n%8, zigzag[i-1]/8+zigzag[i-1]%8; d != e && d != e+1 {
				t.Errorf("step %d leaves its diagonal", i)
			}
		}
	}
}

// TestHuffman codes every symbol of tables of all shapes and reads it back,
// through looks, chains and long codes.
func TestHuffman(t *testing.T) {
	for name, counts := range map[string][]byte{
		"annex K":   {0, 2, 1, 3, 3, 2, 4, 3, 5, 5, 4, 4, 0, 0, 1, 125},
		"flat":      {0, 0, 0, 0, 0, 0, 0, 255, 0, 0, 0, 0, 0, 0, 0, 0},
		"long only": {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 200},
		"one":       {1},
	} {
		counts = append(counts, make([]byte, 16-len(counts))...)
		n := 0
		for _, c := range counts {
			n += int(c)
		}
		symbols := make([]byte, n)
		for i := range symbols {
			symbols[i] = byte(i*37 + 1)
		}
		for _, ac := range []bool{false, true} {
			var h huffman
			if !h.build(counts, symbols, ac) {
				t.Fatalf("%s: not built", name)
			}
			code, i := uint32(0), 0
			for length := 1; length <= 16; length++ {
				for range counts[length-1] {
					bits := code<<(16-length) | 0x5a5a>>length // what follows the code
					e := h.look[bits>>(16-lookBits)]
					if e == 0 {
						e = h.long(bits, ac)
					}
					want := pack(symbols[i], length, ac)
					if e&0xffff != want {
						t.Fatalf("%s: symbol %x of length %d reads as %x, want %x", name, symbols[i], length, e&0xffff, want)
					}
					size := int(symbols[i] & 15)
					acc := uint64(bits)<<48 | 0x5a5a<<32
					if v := value(e, acc); size > 0 && v != extend(uint32(acc<<length>>(64-size)), size) {
						t.Fatalf("%s: symbol %x has value %d", name, symbols[i], v)
					}
					code, i = code+1, i+1
				}
				code <<= 1
			}
		}
	}
	var h huffman
	if h.build([]byte{3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, []byte{1, 2, 3}, true) {
		t.Error("three codes of one bit")
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
			if _, err := decodeSequential(context.Background(), bad, info, 4); err != nil {
				refused++
			}
			if _, err := Decode(context.Background(), bad, Options{WorkingSide: 30}); err != nil {
				checkFamily(t, err)
			}
		}
	}
	if refused == 0 {
		t.Error("no damage was noticed")
	}
}
