package model

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/kahao/kahao/internal/vision/nn"
	"github.com/kahao/kahao/internal/vision/nn/peak"
)

func mustLoad(t testing.TB) *Set {
	t.Helper()
	s, err := Load()
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return s
}

// embedded returns all networks: those that read, and those of the capture checks.
func embedded(t testing.TB) []Network {
	t.Helper()
	c, err := LoadCapture()
	if err != nil {
		t.Fatalf("LoadCapture: %v", err)
	}
	return append(mustLoad(t).All(), c.All()...)
}

// golden returns the input and output that training computed.
func golden(t testing.TB, n Network) (in, out []float32) {
	t.Helper()
	data, err := os.ReadFile("weights/" + n.Name() + ".golden")
	if err != nil {
		t.Fatalf("os.ReadFile: %v", err)
	}
	v := make([]float32, len(data)/4)
	if err := binary.Read(bytes.NewReader(data), binary.LittleEndian, v); err != nil {
		t.Fatalf("binary.Read: %v", err)
	}
	h, w, c := n.InputShape()
	if len(v) <= h*w*c {
		t.Fatalf("golden of %d floats", len(v))
	}
	return v[:h*w*c], v[h*w*c:]
}

// TestGolden compares each network with PyTorch, on every set of kernels.
func TestGolden(t *testing.T) {
	for _, isa := range nn.ISAs() {
		t.Setenv(nn.EnvISA, isa)
		for _, n := range embedded(t) {
			t.Run(isa+"/"+n.Name(), func(t *testing.T) {
				if n.ISA() != isa {
					t.Fatalf("runs on %s", n.ISA())
				}
				in, want := golden(t, n)
				h, w, _ := n.InputShape()
				p, err := n.Plan(h, w)
				if err != nil {
					t.Fatalf("Plan: %v", err)
				}
				got, err := p.Run(context.Background(), in, nil)
				if err != nil {
					t.Fatalf("Run: %v", err)
				}
				if e := relativeError(t, got, want); e >= 1e-4 {
					t.Errorf("relative error %g", e)
				} else {
					t.Logf("relative error %.1e", e)
				}
			})
		}
	}
}

func relativeError(t *testing.T, a, b []float32) float64 {
	t.Helper()
	if len(a) != len(b) {
		t.Fatalf("%d floats, want %d", len(a), len(b))
	}
	diff, norm := 0.0, 0.0
	for i := range b {
		d := math.Abs(float64(a[i]) - float64(b[i]))
		if math.IsNaN(d) {
			return d
		}
		diff, norm = max(diff, d), max(norm, math.Abs(float64(b[i])))
	}
	return diff / norm
}

// TestConcurrent shares one Set between goroutines that run all networks at
// once: each must get what a lone run gets.
func TestConcurrent(t *testing.T) {
	all := embedded(t)
	var wg sync.WaitGroup
	errs := make(chan error, 12)
	for i := range 12 {
		n := all[i%len(all)]
		in, want := golden(t, n)
		wg.Go(func() {
			h, w, _ := n.InputShape()
			p, err := n.Plan(h, w)
			for range 3 {
				var got []float32
				if err == nil {
					got, err = p.Run(context.Background(), in, nil)
				}
				if err != nil {
					errs <- err
					return
				}
				if e := relativeError(t, got, want); !(e < 1e-4) {
					errs <- fmt.Errorf("%s: relative error %g", n.Name(), e)
					return
				}
			}
		})
	}
	wg.Wait()
	close(errs)
	for err := range errs {
		t.Errorf("concurrent run: %v", err)
	}
}

// TestSizes plans the sizes that the stages around the networks use.
func TestSizes(t *testing.T) {
	s := mustLoad(t)
	check := func(n Network, h, w, oh, ow int) {
		t.Helper()
		p, err := n.Plan(h, w)
		if err != nil {
			t.Fatalf("%s %dx%d: %v", n.Name(), h, w, err)
		}
		if gh, gw, _ := p.OutShape(); gh != oh || gw != ow {
			t.Errorf("%s %dx%d: output %dx%d, want %dx%d", n.Name(), h, w, gh, gw, oh, ow)
		}
	}
	check(s.Corners, 256, 256, 32, 32)
	check(s.Lines, 224, 352, 56, 88)
	check(s.Lines, 352, 224, 88, 56)
	for w := 8; w <= 640; w += 8 {
		check(s.Digits, 32, w, 1, w/4)
	}
	// 36 halves to 18, 9, 5, 3 and 2, and twice 2 is not 3.
	if _, err := s.Lines.Plan(36, 36); !errors.Is(err, nn.ErrShape) {
		t.Errorf("lines 36x36: %v", err)
	}
}

func copyFiles(t *testing.T) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	for _, n := range []string{"corners", "lines", "coveredlines", "digits", "covered", "months"} {
		for _, ext := range []string{".json", ".f16"} {
			data, err := files.ReadFile("weights/" + n + ext)
			if err != nil {
				t.Fatalf("files.ReadFile: %v", err)
			}
			m["weights/"+n+ext] = &fstest.MapFile{Data: bytes.Clone(data)}
		}
	}
	return m
}

func TestCorrupt(t *testing.T) {
	for name, harm := range map[string]func(m fstest.MapFS){
		"a bit of the weights":   func(m fstest.MapFS) { m["weights/lines.f16"].Data[1000] ^= 1 },
		"weights cut":            func(m fstest.MapFS) { m["weights/lines.f16"].Data = m["weights/lines.f16"].Data[:100] },
		"no weights":             func(m fstest.MapFS) { delete(m, "weights/digits.f16") },
		"no description":         func(m fstest.MapFS) { delete(m, "weights/digits.json") },
		"description cut":        func(m fstest.MapFS) { m["weights/corners.json"].Data = m["weights/corners.json"].Data[:50] },
		"another network's file": func(m fstest.MapFS) { swap(m, "corners", "lines") },
		"no version": func(m fstest.MapFS) {
			d := m["weights/lines.json"]
			i, j := bytes.Index(d.Data, []byte(`"version"`)), bytes.Index(d.Data, []byte(`"input"`))
			d.Data = append(append(bytes.Clone(d.Data[:i]), `"version":"",`...), d.Data[j:]...)
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := copyFiles(t)
			if _, err := load(m); err != nil {
				t.Fatalf("unharmed: %v", err)
			}
			harm(m)
			if _, err := load(m); !errors.Is(err, ErrCorrupt) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func swap(m fstest.MapFS, a, b string) {
	for _, ext := range []string{".json", ".f16"} {
		x, y := "weights/"+a+ext, "weights/"+b+ext
		m[x], m[y] = m[y], m[x]
	}
}

// TestForcedISA checks that a value of KAHAO_ISA that cannot be had is an
// error of Load that names the alternatives.
func TestForcedISA(t *testing.T) {
	for _, v := range []string{"sse9", "AVX2", missing()} {
		t.Setenv(nn.EnvISA, v)
		_, err := Load()
		var e *nn.ISAError
		if !errors.As(err, &e) || e.Name != v || !strings.Contains(err.Error(), "generic") {
			t.Errorf("%s: error %v", v, err)
		}
	}
}

// missing returns a known set of kernels that this CPU lacks.
func missing() string {
	for _, s := range nn.ISAs() {
		if s == "neon" {
			return "avx2"
		}
	}
	return "neon"
}

// BenchmarkNet times each network at its default size on every set of
// kernels, with the share of the core's peak of the best run.
func BenchmarkNet(b *testing.B) {
	for _, isa := range nn.ISAs() {
		b.Setenv(nn.EnvISA, isa)
		for _, n := range embedded(b) {
			b.Run(n.Name()+"/"+isa, func(b *testing.B) {
				in, _ := golden(b, n)
				h, w, _ := n.InputShape()
				p, err := n.Plan(h, w)
				if err != nil {
					b.Fatalf("Plan: %v", err)
				}
				top, best := peak.GFLOPS(isa), time.Duration(1<<62)
				var out []float32
				b.ReportAllocs()
				for b.Loop() {
					start := time.Now()
					if out, err = p.Run(context.Background(), in, out); err != nil {
						b.Fatalf("Run: %v", err)
					}
					best = min(best, time.Since(start))
				}
				top = max(top, peak.GFLOPS(isa))
				g := 2 * float64(p.MACs()) / best.Seconds() / 1e9
				b.ReportMetric(float64(p.MACs())/1e6, "MMAC")
				b.ReportMetric(best.Seconds()*1e3, "best-ms")
				b.ReportMetric(g, "GFLOP/s")
				if top > 0 {
					b.ReportMetric(100*g/top, "%peak")
				}
			})
		}
	}
}

// BenchmarkLoad times what every start of the program pays.
func BenchmarkLoad(b *testing.B) {
	for b.Loop() {
		mustLoad(b)
	}
}

// Readers share one set, and keep none when the last of them is gone.
func TestLoadOnce(t *testing.T) {
	a, err := Load()
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	b, err := Load()
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	if a != b {
		t.Error("the second Load reads the networks again, want the set that is in use")
	}
	t.Setenv(nn.EnvISA, "generic")
	c, err := Load()
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	if c == b {
		t.Error("with other kernels Load returns the old set, want another")
	}
	runtime.KeepAlive(b)
	runtime.KeepAlive(c)
	for range 10 {
		runtime.GC()
		if loaded.set.Value() == nil {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Error("the set is kept without a reader, want its memory free")
}
