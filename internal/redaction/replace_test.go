package redaction

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestReplace(t *testing.T) {
	dir := t.TempDir()
	old := filepath.Join(dir, "a.webp")
	at := time.Date(2020, 2, 3, 4, 5, 6, 0, time.UTC)
	write := func(path, text string) {
		t.Helper()
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o640), os.Chmod(path, 0o640), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	write(old, "old")
	if err := Replace(old, old, []byte("new")); err != nil {
		t.Fatal(err)
	}
	expect := func(path, want string) {
		t.Helper()
		text, err := os.ReadFile(path)
		info, failed := os.Stat(path)
		if err := errors.Join(err, failed); err != nil {
			t.Fatal(err)
		}
		if string(text) != want || info.Mode().Perm() != 0o640 || !info.ModTime().Equal(at) {
			t.Errorf("%s: %q, mode %o, time %v, want %q, 640, %v", path, text, info.Mode().Perm(), info.ModTime(), want, at)
		}
	}
	expect(old, "new")

	other := filepath.Join(dir, "a.jpg")
	if err := Replace(old, other, []byte("newer")); err != nil {
		t.Fatal(err)
	}
	expect(other, "newer")
	if _, err := os.Stat(old); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the old file: %v, want that it is gone", err)
	}

	write(old, "again")
	if err := Replace(old, other, []byte("lost")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("replacing another file: %v, want fs.ErrExist", err)
	}
	expect(old, "again")
	expect(other, "newer")
	if err := Replace(filepath.Join(dir, "none"), other, nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("replacing nothing: %v, want fs.ErrNotExist", err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%d files are left (%v), want the two that were written", len(entries), err)
	}
}

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "a.png")
	if err := Create(path, []byte("new")); err != nil {
		t.Fatal(err)
	}
	if err := Create(path, []byte("lost")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("creating a file that exists: %v, want fs.ErrExist", err)
	}
	if err := Create(filepath.Join(dir, "none", "a.png"), nil); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("creating a file in no directory: %v, want fs.ErrNotExist", err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "new" {
		t.Errorf("%s: %q, %v, want new", path, text, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 1 {
		t.Errorf("%d files are left (%v), want the one that was written", len(entries), err)
	}
}
