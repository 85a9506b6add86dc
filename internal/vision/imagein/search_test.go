//go:build unix

package imagein

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// maxExcess is how many times its estimate decoding a file may take. Estimates
// are for a Zen 4 core that does nothing else.
const maxExcess = 2.5

// searchedAspects are of width over height, up to the extremes that are read.
var searchedAspects = []float64{1, 4, 99, 1.0 / 4, 1.0 / 99}

// TestWorstFiles searches for the files whose decoding takes the most CPU time
// for what their headers are estimated to cost: by coordinate descent over each
// format's options, the aspect and the content, on small files. The worst is
// then tried at larger sizes. KAHAO_BOMB_SEARCH sets the seconds for each format,
// of which the default is short; KAHAO_BOMBS keeps the worst files.
func TestWorstFiles(t *testing.T) {
	limit, sizes := 1500*time.Millisecond, []int{1_000_000}
	if s, err := strconv.Atoi(os.Getenv("KAHAO_BOMB_SEARCH")); err == nil {
		limit, sizes = time.Duration(s)*time.Second, []int{1_000_000, 4_000_000, 16_000_000, 49_000_000}
	}
	speed := machineSpeed(t)
	if speed > 4 { // with the race detector, for example
		t.Skipf("decoding takes %.1f times as long as estimated even for plain files", speed)
	}
	for _, f := range families {
		s := search{family: f, speed: speed, size: 250_000, rng: rand.New(rand.NewPCG(1, 2))}
		end := time.Now().Add(limit)
		s.climb(t, end)
		worst := s.best
		for _, size := range sizes {
			s.size = size
			if e := s.try(t, worst.choice); e.excess > 0 {
				t.Logf("%s %v, %d pixels: %.2f of the estimate of %v", f.name, e.choice, size, e.excess, e.estimate)
				if e.excess > maxExcess {
					e = s.try(t, worst.choice) // not by the machine's other work?
				}
				if e.excess > maxExcess {
					t.Errorf("%s %v, %d pixels: %.2f of the estimate of %v, want at most %v", f.name, e.choice, size, e.excess, e.estimate, maxExcess)
				}
				worst.file = e.file
			}
		}
		t.Logf("%s: %d files tried, the worst %v in %d bytes: %.2f of its estimate", f.name, s.tried, worst.choice, len(worst.file), worst.excess)
		if dir := os.Getenv("KAHAO_BOMBS"); dir != "" { // for test/reliability
			if err := os.WriteFile(filepath.Join(dir, "worst "+f.name), worst.file, 0o600); err != nil {
				t.Fatalf("os.WriteFile: %v", err)
			}
		}
	}
}

// machineSpeed is how much slower this machine is than the estimates', by two
// plain files.
func machineSpeed(t *testing.T) float64 {
	ratio := 1.0
	for _, file := range [][]byte{buildPNG(t, []int{14, 0, 4, 1, 0}, 500, 500), buildLossless(t, []int{0, 0, 0}, 500, 500)} {
		_, excess, _ := measure(t, file)
		ratio = max(ratio, excess)
	}
	return ratio
}

type search struct {
	family
	speed float64
	size  int
	rng   *rand.Rand
	best  entry
	tried int
}

type entry struct {
	choice   []int // of the aspect, then of the family
	file     []byte
	excess   float64 // 0 if the file is refused
	estimate time.Duration
}

// climb tries all options of each choice in turn, from random starts, until the
// time is over.
func (s *search) climb(t *testing.T, end time.Time) {
	counts := append([]int{len(searchedAspects)}, s.choices...)
	for start := 0; start == 0 || time.Now().Before(end); start++ {
		at := entry{choice: make([]int, len(counts))}
		for i, n := range counts {
			at.choice[i] = s.rng.IntN(n)
		}
		at = s.try(t, at.choice)
		for _, i := range s.rng.Perm(len(counts)) {
			for option := range counts[i] {
				c := slices.Clone(at.choice)
				if c[i] = option; option == at.choice[i] || start > 0 && time.Now().After(end) {
					continue
				}
				if e := s.try(t, c); e.excess > at.excess {
					at = e
				}
			}
		}
		if at.excess > s.best.excess {
			s.best = at
		}
	}
}

// try builds a file and measures its decoding.
func (s *search) try(t *testing.T, choice []int) entry {
	t.Helper()
	s.tried++
	h := math.Sqrt(float64(s.size) / searchedAspects[choice[0]])
	w := float64(s.size) / h
	file := s.build(t, choice[1:], max(1, int(w)), max(1, int(h)))
	estimate, excess, ok := measure(t, file)
	if !ok {
		return entry{choice: choice}
	}
	return entry{choice, file, excess / s.speed, estimate}
}

// measure returns the CPU time of decoding over the estimate, the lesser of two;
// ok is false for a file that is refused.
func measure(t *testing.T, file []byte) (estimate time.Duration, excess float64, ok bool) {
	t.Helper()
	o := Options{WorkingSide: 1000}
	info, err := Inspect(file, o)
	if err != nil {
		return 0, 0, false
	}
	took := time.Duration(math.MaxInt64)
	for range 2 {
		before := cpuTime(t)
		if _, err := Decode(context.Background(), file, o); errors.Is(err, ErrEmpty) {
			t.Fatalf("Decode: %v", err)
		}
		took = min(took, cpuTime(t)-before)
	}
	const overhead = time.Millisecond
	return info.DecodeTime, float64(took) / float64(info.DecodeTime+overhead), true
}

func cpuTime(t *testing.T) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		t.Fatalf("getrusage: %v", err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
