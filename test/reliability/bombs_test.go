//go:build reliability && linux

package reliability

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	library "github.com/kahao/kahao"
)

// Bounds of TestDecompressionBombs. The JPEG with 1,000 scans, for which Go's
// own decoder needs 11 s, has a bound of its own.
const (
	minBombs     = 30
	bombTime     = 50 * time.Millisecond
	scanBomb     = "jpeg 4000x4000, 1000 scans"
	scanBombTime = 5 * time.Millisecond
	bombMemory   = 32 << 20
)

// Codes that a bomb may be answered with.
var (
	bombCodes = []int{-1102, -1400, -9010} // malformed, unsupported, too many pixels: refused by its header
	sizeCodes = []int{20, 23}              // the image or the request body has too many bytes
)

// TestDecompressionBombs posts the bombs of imagein's tests. Each must be
// refused in little memory and time.
func TestDecompressionBombs(t *testing.T) {
	files := writeBombs(t, "^TestBombs$")
	byHeader := 0
	var slowest, costliest, largest maximum
	for _, file := range files {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			image, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("reading the bomb: %v", err)
			}
			e := explode(t, image)
			limit := bombTime
			if name == scanBomb {
				limit = scanBombTime
				t.Logf("%d bytes: %s, %s of CPU, code %d", len(image), ms(e.elapsed), ms(e.cpu), e.code)
			}
			if !slices.Contains(bombCodes, e.code) && !slices.Contains(sizeCodes, e.code) {
				t.Errorf("code %d, want one of %v or %v", e.code, bombCodes, sizeCodes)
			}
			if e.cpu > limit {
				t.Errorf("%s of CPU, want at most %s", ms(e.cpu), ms(limit))
			}
			timed(t, e.elapsed <= limit, "%s, want at most %s", ms(e.elapsed), ms(limit))
			if e.memory > bombMemory {
				t.Errorf("%.1f MiB, want at most %d", mib(e.memory), bombMemory>>20)
			}
			if !slices.Contains(sizeCodes, e.code) {
				byHeader++
			}
			slowest.add(name, int64(e.elapsed))
			costliest.add(name, int64(e.cpu))
			largest.add(name, e.memory)
		})
	}
	t.Logf("%d bombs, %d refused by their headers, the others by their size", len(files), byHeader)
	t.Logf("slowest %s (%s), most CPU %s (%s), most memory %.1f MiB (%s)", ms(time.Duration(slowest.value)), slowest.name,
		ms(time.Duration(costliest.value)), costliest.name, mib(largest.value), largest.name)
	if byHeader < minBombs {
		t.Errorf("%d bombs were refused by their headers, want at least %d", byHeader, minBombs)
	}
}

// writeBombs runs a test of imagein that writes images, and returns their paths.
func writeBombs(t *testing.T, test string, env ...string) []string {
	t.Helper()
	dir := t.TempDir()
	c := exec.CommandContext(t.Context(), "go", "test", "-count=1", "-run", test, "./internal/vision/imagein")
	c.Dir, c.Env = root, append(append(os.Environ(), "KAHAO_BOMBS="+dir), env...)
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("writing the bombs: %v: %s", err, out)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("listing the bombs: %d, %v", len(files), err)
	}
	return files
}

// Bounds of TestWorstImages.
const (
	timePerWeight = 100 * time.Millisecond // docs/operations.md, Load
	maxLights     = 4.0                    // CPU of a weight, relative to a light image without a card
)

// TestWorstImages posts the accepted file of each format that costs most for its
// estimate, which imagein's tests search for. No weight may take much more CPU
// than a light image does, because admission control counts them alike.
func TestWorstImages(t *testing.T) {
	reader, err := library.New(library.Options{})
	if err != nil {
		t.Fatalf("New: %v", err)
	}
	light := explode(t, plainPNG(800, 600))
	t.Logf("a light image: %s of CPU, code %d", ms(light.cpu), light.code)
	for _, file := range writeBombs(t, "^TestWorstFiles$", "KAHAO_BOMB_SEARCH="+pick("", "30")) {
		name := filepath.Base(file)
		t.Run(name, func(t *testing.T) {
			image, err := os.ReadFile(file)
			if err != nil {
				t.Fatalf("reading the image: %v", err)
			}
			info, err := reader.Inspect(image)
			if err != nil {
				t.Fatalf("Inspect: %v", err)
			}
			weight := 1 + info.DecodeTime/timePerWeight
			e := explode(t, image, "--max-image", "20MiB", "--max-body", "40MiB") // more than by default
			lights := float64(e.cpu) / float64(weight) / float64(light.cpu)
			t.Logf("%dx%d in %d bytes: %s of CPU, weight %d, %.1f light images a weight, %.0f MiB, code %d",
				info.Width, info.Height, len(image), ms(e.cpu), weight, lights, mib(e.memory), e.code)
			timed(t, lights <= maxLights, "a weight takes the CPU of %.1f light images, want at most %.1f", lights, maxLights)
		})
	}
}

// maximum keeps the largest value and its name.
type maximum struct {
	name  string
	value int64
}

func (m *maximum) add(name string, value int64) {
	if value >= m.value {
		m.name, m.value = name, value
	}
}

// explosion is the effect of a bomb.
type explosion struct {
	code         int
	elapsed, cpu time.Duration // the least of five: the rest is other work of the machine
	memory       int64         // of the first
}

// explode posts a bomb five times to a server of its own.
func explode(t *testing.T, image []byte, args ...string) (e explosion) {
	t.Helper()
	s := start(t, append(args, "--log-level", "warn", "--drain", "0s")...)
	web := newClient(t, 1)
	// A first request has costs of its own: send another of the same size.
	warm := []byte(strings.Repeat("no image. ", len(image)/10+1))
	if _, err := s.Post(web, warm[:len(image)]); err != nil {
		t.Fatalf("warming up: %v", err)
	}
	pid := s.Process.Pid
	resetPeak(t, pid)
	before := processMemory(t, pid, "VmRSS")
	body, contentType := s.Form(image)
	authorization := s.Authorization()
	for i := range 5 {
		cpu, started := cpuTime(t, pid), time.Now()
		reply, err := s.PostBody(web, authorization, contentType, body)
		if err != nil {
			t.Fatalf("posting the bomb: %v", err)
		}
		elapsed := time.Since(started)
		cpu = cpuTime(t, pid) - cpu
		if i == 0 {
			e = explosion{reply.Code, elapsed, cpu, processMemory(t, pid, "VmHWM") - before}
		}
		e.elapsed, e.cpu = min(e.elapsed, elapsed), min(e.cpu, cpu)
	}
	return e
}
