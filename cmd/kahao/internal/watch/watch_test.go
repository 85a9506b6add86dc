package watch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// A file that grows between two rounds is not complete.
func TestStable(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	var f Files
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	round := func(want bool) {
		t.Helper()
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.Stable(path, info); got != want {
			t.Errorf("Stable of %d bytes = %v, want %v", info.Size(), got, want)
		}
		f.Next()
	}
	write("one")
	round(false)
	write("one and two")
	round(false)
	round(true)
	f.Next() // a round without the file
	round(false)
}

func TestEvery(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), 25*time.Second)
		defer cancel()
		n := 0
		if err := Every(ctx, 10*time.Second, func(context.Context) error { n++; return nil }); err != nil || n != 3 {
			t.Errorf("Every = %v after %d polls in 25 seconds, want nil after 3", err, n)
		}
		broken := errors.New("broken")
		if err := Every(t.Context(), time.Second, func(context.Context) error { return broken }); !errors.Is(err, broken) {
			t.Errorf("Every = %v, want the error of the poll", err)
		}
		ended, end := context.WithCancel(t.Context())
		if err := Every(ended, time.Second, func(ctx context.Context) error { end(); return ctx.Err() }); err != nil {
			t.Errorf("Every = %v if the context ends during a poll, want nil", err)
		}
	})
}

func TestDirectories(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := Directories([]string{dir}); err != nil {
		t.Errorf("Directories of a directory = %v, want nil", err)
	}
	for _, path := range []string{file, filepath.Join(dir, "none")} {
		if Directories([]string{dir, path}) == nil {
			t.Errorf("Directories accepts %s, want an error", path)
		}
	}
}
