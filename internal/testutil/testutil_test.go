package testutil

import (
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// recorder is a testing.TB that keeps failures.
type recorder struct {
	testing.TB
	failures []string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) { r.failures = append(r.failures, format) }

func TestGolden(t *testing.T) {
	t.Setenv(updateEnv, "")
	file := filepath.Join(t.TempDir(), "page.md")
	if err := os.WriteFile(file, []byte("one\r\ntwo\r\n"), 0o666); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	for got, failures := range map[string]int{"one\ntwo\n": 0, "one\n2\n": 1, "one\n": 1} {
		r := &recorder{TB: t}
		if Golden(r, file, got); len(r.failures) != failures {
			t.Errorf("Golden(%q) failed %d times, want %d", got, len(r.failures), failures)
		}
	}
	t.Setenv(updateEnv, "1")
	Golden(t, file, "three\n")
	if b, err := os.ReadFile(file); err != nil || string(b) != "three\n" {
		t.Errorf("after an update the file has %q (%v), want %q", b, err, "three\n")
	}
	if Redrawing() {
		t.Errorf("%s=1 must not redraw images", updateEnv)
	}
}

func TestBuffer(t *testing.T) {
	var b Buffer
	var writers sync.WaitGroup
	for range 8 {
		writers.Go(func() {
			for range 100 {
				_, _ = b.Write([]byte("x"))
				_ = b.String()
			}
		})
	}
	writers.Wait()
	if got := b.String(); got != strings.Repeat("x", 800) {
		t.Errorf("the buffer has %d bytes, want 800", len(got))
	}
}
