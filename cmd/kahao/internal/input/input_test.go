package input

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kahao/kahao"
)

// tree writes files, with their content by name, into a directory.
func tree(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatalf("MkdirAll: %v", err)
		}
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatalf("WriteFile: %v", err)
		}
	}
	return dir
}

// A directory's images are found by content, whatever their names; a file with an
// image's name counts, so that its damage is reported; the rest is named.
func TestDirectory(t *testing.T) {
	const jpeg = "\xff\xd8\xff\xe0"
	dir := tree(t, map[string]string{
		"photo": jpeg, "card.dat": jpeg, "a/b/scan.PNG": "no image", "old.tif": "II*\x00", "anim": "GIF89a",
		"notes.txt": "hello", "bill.bin": "%PDF-1.7", "empty": "", ".hidden.jpg": jpeg, ".git/x.jpg": jpeg,
	})
	found, err := Find([]string{dir}, nil)
	if err != nil {
		t.Fatalf("Find: %v", err)
	}
	var names, skipped []string
	for _, s := range found.Sources {
		name, _ := filepath.Rel(dir, s.Name)
		names = append(names, filepath.ToSlash(name))
	}
	for _, s := range found.Skipped {
		skipped = append(skipped, strings.TrimPrefix(s.String(), dir+string(filepath.Separator)))
	}
	if want := []string{"a/b/scan.PNG", "anim", "card.dat", "old.tif", "photo"}; !slices.Equal(names, want) {
		t.Errorf("images %q, want %q", names, want)
	}
	if want := []string{"bill.bin (PDF)", "empty", "notes.txt"}; !slices.Equal(skipped, want) {
		t.Errorf("skipped %q, want %q", skipped, want)
	}
}

func TestNoImages(t *testing.T) {
	dir := tree(t, map[string]string{"notes.txt": "hello"})
	_, err := Find([]string{dir}, nil)
	if !errors.Is(err, ErrUnreadable) || !strings.Contains(err.Error(), "no images in this directory; 1 other files, such as "+filepath.Join(dir, "notes.txt")) {
		t.Errorf("Find = %v, want ErrUnreadable that names notes.txt", err)
	}
}

func TestLoad(t *testing.T) {
	dir := tree(t, map[string]string{"a": "abc"})
	if b, err := (Source{Name: filepath.Join(dir, "a")}).Load(); err != nil || string(b) != "abc" {
		t.Errorf("Load = %q, %v, want abc", b, err)
	}
	if _, err := (Source{Name: filepath.Join(dir, "b")}).Load(); !errors.Is(err, ErrUnreadable) || strings.Contains(err.Error(), dir) {
		t.Errorf("Load of a missing file = %v, want ErrUnreadable without the path", err)
	}
	large := filepath.Join(dir, "large")
	if err := os.WriteFile(large, nil, 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	if err := os.Truncate(large, maxFile+1); err != nil {
		t.Fatalf("Truncate: %v", err)
	}
	if _, err := (Source{Name: large}).Load(); !errors.Is(err, kahao.ErrTooLarge) {
		t.Errorf("Load of a large file = %v, want ErrTooLarge", err)
	}
}

// Standard input is read once.
func TestStandardInput(t *testing.T) {
	found, err := Find([]string{"-", "-"}, strings.NewReader("abc"))
	if err != nil || len(found.Sources) != 2 {
		t.Fatalf("Find = %v, %v, want two sources", found, err)
	}
	for i, want := range []string{"abc", ""} {
		if b, err := found.Sources[i].Load(); err != nil || string(b) != want {
			t.Errorf("Load %d = %q, %v, want %q", i, b, err, want)
		}
	}
}
