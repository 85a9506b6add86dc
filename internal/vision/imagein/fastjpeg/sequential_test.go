package fastjpeg

import (
	"bytes"
	"context"
	"errors"
	"image"
	"math"
	"math/rand/v2"
	"testing"
)

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

// plain is a file of 16 x 8 units of 4:2:0 whose every block is its
// neighbour: two bits each, of zeros.
func plain() File {
	q := append([]byte{0}, bytes.Repeat([]byte{8}, 64)...)
	counts := append([]byte{1}, make([]byte, 15)...)
	return File{
		Width: 250, Height: 120,
		Components: []Component{{ID: 1, H: 2, V: 2}, {ID: 2, H: 1, V: 1}, {ID: 3, H: 1, V: 1}},
		Quants:     [][]byte{q},
		Huffs:      [][]byte{append(append([]byte{0x00}, counts...), 0), append(append([]byte{0x10}, counts...), 0)},
		Scan:       []byte{3, 1, 0, 2, 0, 3, 0, 0, 63, 0},
		Data:       make([]byte, 16*8*6*2/8),
	}
}

func TestDecode(t *testing.T) {
	for _, denom := range []int{2, 4, 8} {
		m, err := Decode(context.Background(), plain(), denom)
		if err != nil {
			t.Fatalf("Decode: %v", err)
		}
		y, ok := m.(*image.YCbCr)
		if !ok || y.SubsampleRatio != image.YCbCrSubsampleRatio420 {
			t.Fatalf("1/%d: decoded to a %T, want YCbCr 4:2:0", denom, m)
		}
		if y.Rect.Dx() != (250+denom-1)/denom || y.Rect.Dy() != 120/denom {
			t.Fatalf("1/%d: %v, want %dx%d", denom, m.Bounds(), (250+denom-1)/denom, 120/denom)
		}
		for _, v := range append(append(y.Y, y.Cb...), y.Cr...) {
			if v != 128 {
				t.Fatalf("1/%d: a sample of %d", denom, v)
			}
		}
	}
}

// TestDecodeOther has files that another decoder must try.
func TestDecodeOther(t *testing.T) {
	for name, edit := range map[string]func(f *File){
		"two components":   func(f *File) { f.Components = f.Components[:2] },
		"scan of one":      func(f *File) { f.Scan = []byte{1, 1, 0, 0, 63, 0} },
		"other order":      func(f *File) { f.Components[1].ID = 7 },
		"detailed chroma":  func(f *File) { f.Components[2].H = 2 },
		"4:1:0":            func(f *File) { f.Components[0].H = 4 },
		"no quantisation":  func(f *File) { f.Quants = nil },
		"short table":      func(f *File) { f.Quants[0] = f.Quants[0][:60] },
		"wide table":       func(f *File) { f.Quants[0][0] = 0x10 },
		"quantisation 9":   func(f *File) { f.Components[0].Table = 9 },
		"no codes":         func(f *File) { f.Huffs = f.Huffs[:1] },
		"short codes":      func(f *File) { f.Huffs[0] = f.Huffs[0][:17] },
		"codes 5":          func(f *File) { f.Huffs[0][0] = 5 },
		"too many codes":   func(f *File) { f.Huffs[0][1] = 3; f.Huffs[0] = append(f.Huffs[0], 1, 2) },
		"scan's table 7":   func(f *File) { f.Scan[2] = 0x70 },
		"short data":       func(f *File) { f.Data = f.Data[:100] },
		"no such code":     func(f *File) { f.Data[9] = 0x40 },
		"missing restarts": func(f *File) { f.Restart = 5 },
	} {
		f := plain()
		edit(&f)
		if m, err := Decode(context.Background(), f, 4); !errors.Is(err, ErrOther) || m != nil {
			t.Errorf("%s: Decode = %v, %v, want %v", name, m, err, ErrOther)
		}
	}
	if _, err := Decode(context.Background(), plain(), 1); !errors.Is(err, ErrOther) {
		t.Errorf("Decode at full size: %v, want %v", err, ErrOther)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Decode(ctx, plain(), 2); !errors.Is(err, context.Canceled) {
		t.Errorf("Decode with an ended context: %v, want %v", err, context.Canceled)
	}
}

// TestRestarts: each interval starts at a byte of its own.
func TestRestarts(t *testing.T) {
	f := plain()
	f.Restart = 16
	f.Data = nil
	for i := range 8 {
		f.Data = append(append(f.Data, make([]byte, 16*6*2/8)...), 0xff, 0xd0+byte(i))
	}
	if _, err := Decode(context.Background(), f, 2); err != nil {
		t.Errorf("Decode: %v", err)
	}
}

// TestFill fills scans that are cut everywhere, with and without restart
// markers: whole units are kept, and the result is a whole scan.
func TestFill(t *testing.T) {
	for _, restart := range []int{0, 5} {
		f := plain()
		s := Scan{Huffs: f.Huffs, Header: f.Scan, Blocks: []int{4, 1, 1}, Units: 128, Restart: restart}
		var full []byte
		for unit := range s.Units {
			if restart > 0 && unit > 0 && unit%restart == 0 {
				full = append(full, 0xff, 0xd0+byte(unit/restart-1)%8)
			}
			if full = append(full, 0); unit%2 == 1 || restart > 0 {
				full = append(full, 0)
			}
		}
		for n := range len(full) + 1 {
			if n > 0 && full[n-1] == 0xff {
				continue // within a marker
			}
			s.Data = full[:n]
			data, whole, ok := Fill(s)
			if !ok {
				t.Fatalf("restart %d, %d of %d bytes: not filled", restart, n, len(full))
			}
			if n == len(full) && whole != s.Units {
				t.Errorf("restart %d: %d units of a whole scan are whole, want %d", restart, whole, s.Units)
			}
			s.Data = data
			if again, all, ok := Fill(s); !ok || all != s.Units || !bytes.Equal(again, data) {
				t.Fatalf("restart %d, %d of %d bytes: filled up to %d units, want %d", restart, n, len(full), all, s.Units)
			}
		}
	}
}

// TestFillOther has scans that cannot be filled.
func TestFillOther(t *testing.T) {
	for name, edit := range map[string]func(s *Scan){
		"no codes":        func(s *Scan) { s.Huffs = nil },
		"damaged codes":   func(s *Scan) { s.Huffs[0] = s.Huffs[0][:17] },
		"scan's table 7":  func(s *Scan) { s.Header[2] = 0x70 },
		"no end of block": func(s *Scan) { s.Huffs[1][17] = 0x11 },
	} {
		f := plain()
		s := Scan{Huffs: f.Huffs, Header: f.Scan, Blocks: []int{4, 1, 1}, Units: 128, Data: f.Data[:20]}
		edit(&s)
		if _, _, ok := Fill(s); ok {
			t.Errorf("%s: Fill is ok, want not", name)
		}
	}
}
