package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/internal/testutil"
)

// example is an image of a drawn card with a number that is accepted.
func example(t *testing.T) []byte {
	t.Helper()
	file, err := os.ReadFile(filepath.Join(testdata, "card.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// watching runs a command that watches a directory. stop ends it and returns its
// exit code.
func watching(t *testing.T, args ...string) (out, errOut *testutil.Buffer, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	out, errOut = &testutil.Buffer{}, &testutil.Buffer{}
	code := make(chan int, 1)
	go func() { code <- run(ctx, args, realEnv(out, errOut)) }()
	return out, errOut, func() int {
		cancel()
		return <-code
	}
}

// eventually waits until something holds.
func eventually(t *testing.T, what string, holds func() bool) {
	t.Helper()
	for end := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("after two minutes: not yet %s", what)
		}
	}
}

// put writes a file in two pieces, as a slow writer does.
func put(t *testing.T, path string, content []byte) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	half := len(content) / 2
	for _, part := range [][]byte{content[:half], content[half:]} {
		if _, err := f.Write(part); err != nil {
			t.Fatal(err)
		}
		time.Sleep(60 * time.Millisecond)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// Scan finds the number in a file that arrives later, once, and a new start with
// the journal does not look at it again.
func TestScanWatches(t *testing.T) {
	dir, journal := t.TempDir(), filepath.Join(t.TempDir(), "journal")
	args := []string{"scan", "--watch", "--interval", "100ms", "--format", "json", "--journal", journal, dir}
	out, errOut, stop := watching(t, args...)
	put(t, filepath.Join(dir, "a.jpg"), example(t))
	eventually(t, "found", func() bool { return strings.Contains(out.String(), "a.jpg") })
	time.Sleep(400 * time.Millisecond)
	if code := stop(); code != exitFound {
		t.Errorf("exit code %d, want %d: %s", code, exitFound, errOut.String())
	}
	if n := strings.Count(out.String(), "a.jpg"); n != 1 {
		t.Errorf("the file was reported %d times, want once", n)
	}
	out, errOut, stop = watching(t, args...)
	put(t, filepath.Join(dir, "b.jpg"), example(t))
	eventually(t, "found", func() bool { return strings.Contains(out.String(), "b.jpg") })
	if code := stop(); code != exitFound || strings.Contains(out.String(), "a.jpg") {
		t.Errorf("the second start: exit code %d and %q, want %d and b.jpg alone: %s", code, out.String(), exitFound, errOut.String())
	}
}

// Redact replaces a file that arrives, and leaves its own result alone.
func TestRedactWatches(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.jpg")
	out, errOut, stop := watching(t, "redact", "--watch", "--interval", "100ms", "--in-place", "--json", dir)
	original := example(t)
	put(t, path, original)
	if err := os.WriteFile(filepath.Join(dir, "notes.txt"), []byte("no image"), 0o600); err != nil {
		t.Fatal(err)
	}
	eventually(t, "covered", func() bool { return strings.Contains(out.String(), `"verdict":"redacted"`) })
	time.Sleep(400 * time.Millisecond)
	if code := stop(); code != exitOK {
		t.Errorf("exit code %d, want 0: %s", code, errOut.String())
	}
	if n := strings.Count(out.String(), "\n"); n != 1 {
		t.Errorf("%d lines were printed, want one: %s", n, out.String())
	}
	now, err := os.ReadFile(path)
	if err != nil || bytes.Equal(now, original) {
		t.Errorf("the file is as it was (%v), want it replaced", err)
	}
}

func TestWatchMisuse(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "a.jpg")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"scan", "--watch", file},
		{"scan", "--watch", "--interval", "1ms", dir},
		{"redact", "--watch", "--out", "-", dir},
		{"redact", "--watch", "--out", filepath.Join(dir, "covered"), dir},
		{"redact", "--journal", "journal", "--dry-run", dir},
	} {
		var out, errOut strings.Builder
		if code := run(t.Context(), args, realEnv(&out, &errOut)); code != exitUsage {
			t.Errorf("%v: exit code %d, want %d: %s", args, code, exitUsage, errOut.String())
		}
	}
}
