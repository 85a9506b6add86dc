package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// checkout clones the repository, so that a release is of a commit, not of what
// lies around.
func checkout(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "kahao")
	if out, err := exec.Command("git", "clone", "-q", "../..", dir).CombinedOutput(); err != nil {
		t.Fatalf("git clone: %v\n%s", err, out)
	}
	return dir
}

func commandLine(source, out string, more ...string) []string {
	return append([]string{"--snapshot", "--source", source, "--out", out}, more...)
}

// TestReproducible builds one commit twice, in other directories and with
// another build cache.
func TestReproducible(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	if err := run(context.Background(), commandLine(checkout(t), first, "--targets", "linux_amd64,windows_amd64")); err != nil {
		t.Fatal("the first build fails:", err)
	}
	t.Setenv("GOCACHE", t.TempDir())
	if err := run(context.Background(), commandLine(checkout(t), second, "--targets", "linux_amd64,windows_amd64")); err != nil {
		t.Fatal("the second build fails:", err)
	}
	names := list(t, first)
	if got := list(t, second); !slices.Equal(got, names) {
		t.Fatalf("the second build made %v, the first %v", got, names)
	}
	for _, suffix := range []string{".tar.gz", ".zip", ".deb", ".rpm", "image.tar", ".spdx.json", "provenance.json", "SHA256SUMS"} {
		if !slices.ContainsFunc(names, func(n string) bool { return strings.HasSuffix(n, suffix) }) {
			t.Errorf("no result ends in %s: %v", suffix, names)
		}
	}
	for _, name := range names {
		a, b := read(t, filepath.Join(first, name)), read(t, filepath.Join(second, name))
		if !bytes.Equal(a, b) {
			t.Errorf("%s: two builds of one commit differ (%d and %d bytes)", name, len(a), len(b))
		}
	}
	check := exec.Command("sha256sum", "--check", "--strict", "SHA256SUMS")
	check.Dir = first
	if out, err := check.CombinedOutput(); err != nil {
		t.Errorf("sha256sum --check: %v\n%s", err, out)
	}
}

func list(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func read(t *testing.T, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestRefusals(t *testing.T) {
	used := t.TempDir()
	if err := os.WriteFile(filepath.Join(used, "old"), nil, 0o644); err != nil {
		t.Fatal(err)
	}
	changed := checkout(t)
	if err := os.WriteFile(filepath.Join(changed, "LICENSE"), []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	tagged := checkout(t)
	if out, err := exec.Command("git", "-C", tagged, "tag", "v9.9.9").CombinedOutput(); err != nil {
		t.Fatalf("git tag: %v\n%s", err, out)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"output in use":        {commandLine(checkout(t), used), "is not empty"},
		"target":               {commandLine("..", t.TempDir(), "--targets", "linux"), "want SYSTEM_PROCESSOR"},
		"no tag":               {[]string{"--source", checkout(t), "--out", t.TempDir()}, "no tag vX.Y.Z"},
		"changes":              {[]string{"--source", changed, "--out", t.TempDir()}, "has changes"},
		"not in the changelog": {[]string{"--source", tagged, "--out", t.TempDir()}, `no section "## 9.9.9`},
	} {
		if err := run(context.Background(), c.args); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}
