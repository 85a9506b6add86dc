package redaction

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/pipeline"
	"github.com/kahao/kahao/internal/vision/imagein"
)

// victimDir names the variable with the directory in which this test program, if
// it is set, covers files again and again until it is killed.
const victimDir = "KAHAO_REDACT_VICTIM"

func TestMain(m *testing.M) {
	if dir := os.Getenv(victimDir); dir != "" {
		fmt.Fprintln(os.Stderr, victim(dir))
		os.Exit(1)
	}
	os.Exit(m.Run())
}

// byTurns finds one of two lines, in turn.
type byTurns struct{ round int }

func (f *byTurns) Regions(context.Context, image.Image) ([]pipeline.Region, error) {
	return []pipeline.Region{line(pipeline.RegionLine, false, 40, float64(40+60*(f.round%2)), 12)}, nil
}

// victim does to the files of a directory what "redact --in-place" does, until it
// is killed. It returns the error that ended it before.
func victim(dir string) error {
	files, err := filepath.Glob(filepath.Join(dir, "*.png"))
	if err != nil {
		return err
	}
	finder := &byTurns{}
	fmt.Println("started")
	for ; ; finder.round++ {
		for _, name := range files {
			original, err := os.ReadFile(filepath.Join(dir, "original"))
			if err != nil {
				return err
			}
			r, err := Redact(context.Background(), finder, original, imagein.Options{}, usual)
			if err != nil {
				return err
			}
			if err := Replace(name, name, r.File); err != nil {
				return err
			}
		}
	}
}

// kills is how often the victim is killed: KAHAO_REDACT_KILLS times.
func kills(t *testing.T) int {
	t.Helper()
	text := os.Getenv("KAHAO_REDACT_KILLS")
	if text == "" {
		return 20
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("KAHAO_REDACT_KILLS: %v", err)
	}
	return n
}

// TestKilled kills a program that replaces files, at random moments. Each file is
// then whole: as it was, or covered in one of the two places.
func TestKilled(t *testing.T) {
	dir := t.TempDir()
	original := grayPNG(t)
	whole := [][]byte{original}
	for round := range 2 {
		r := redact(t, &byTurns{round}, original, usual)
		if r.Verdict != Redacted {
			t.Fatalf("the image is %s, want redacted", r.Verdict)
		}
		whole = append(whole, r.File)
	}
	const files = 4
	if err := os.WriteFile(filepath.Join(dir, "original"), original, 0o600); err != nil {
		t.Fatal(err)
	}
	for i := range files {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.png", i)), original, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n, left, changed := kills(t), 0, 0
	for kill := range n {
		killOnce(t, dir, time.Duration(rand.IntN(30_000))*time.Microsecond)
		for i := range files {
			name := fmt.Sprintf("%d.png", i)
			got, err := os.ReadFile(filepath.Join(dir, name))
			if err != nil {
				t.Fatalf("after kill %d: %v, want the file", kill, err)
			}
			switch {
			case bytes.Equal(got, whole[1]), bytes.Equal(got, whole[2]):
				changed++
			case !bytes.Equal(got, original):
				t.Fatalf("after kill %d: %s has %d bytes, want one of %d, %d and %d, whole", kill, name, len(got), len(whole[0]), len(whole[1]), len(whole[2]))
			}
		}
		left += removeTemporaries(t, dir)
	}
	if changed == 0 {
		t.Error("no file was ever replaced: the kills came too early")
	}
	t.Logf("%d kills; %d times a hidden unfinished file was left", n, left)
}

// killOnce starts the victim and kills it a while after it has begun.
func killOnce(t *testing.T, dir string, after time.Duration) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), victimDir+"="+dir)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := out.Read(make([]byte, 1)); err != nil {
		t.Fatalf("the victim did not start: %v %s", err, stderr.String())
	}
	time.Sleep(after)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err == nil || !strings.Contains(err.Error(), "killed") {
		t.Fatalf("the victim ended by itself: %v %s", err, stderr.String())
	}
}

// removeTemporaries removes the unfinished files and returns how many there were.
func removeTemporaries(t *testing.T, dir string) int {
	t.Helper()
	left, err := filepath.Glob(filepath.Join(dir, temporaryPrefix+"*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range left {
		if err := os.Remove(name); err != nil {
			t.Fatal(err)
		}
	}
	return len(left)
}
