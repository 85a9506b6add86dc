package main

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
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
	if err := run(context.Background(), commandLine(checkout(t), first, "--targets", "linux_amd64")); err != nil {
		t.Fatal("the first build fails:", err)
	}
	t.Setenv("GOCACHE", t.TempDir())
	if err := run(context.Background(), commandLine(checkout(t), second, "--targets", "linux_amd64")); err != nil {
		t.Fatal("the second build fails:", err)
	}
	names := list(t, first)
	if got := list(t, second); !slices.Equal(got, names) {
		t.Fatalf("the second build made %v, the first %v", got, names)
	}
	for _, suffix := range []string{".tar.gz", ".deb", ".rpm", "image.tar", ".spdx.json", "provenance.json", "SHA256SUMS"} {
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

// TestReproducibleZip packs one program for Windows twice, from two checkouts.
// Compiling for one system is enough for TestReproducible.
func TestReproducibleZip(t *testing.T) {
	windows := target{"windows", "amd64"}
	program := filepath.Join(t.TempDir(), "kahao.exe")
	if err := os.WriteFile(program, []byte("a program"), 0o755); err != nil {
		t.Fatal(err)
	}
	var archives [2][]byte
	for i := range archives {
		r := here(t)
		if err := r.archive(windows, program); err != nil {
			t.Fatal(err)
		}
		archives[i] = read(t, filepath.Join(r.out, r.name(windows.String())+".zip"))
		if err := os.Chtimes(program, time.Time{}, time.Now().Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(archives[0], archives[1]) {
		t.Errorf("two archives of one program differ (%d and %d bytes)", len(archives[0]), len(archives[1]))
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

// git runs git in a checkout.
func git(t *testing.T, dir string, args ...string) {
	t.Helper()
	args = append([]string{"-C", dir, "-c", "user.name=test", "-c", "user.email=test@localhost"}, args...)
	if out, err := exec.Command("git", args...).CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

// tagged is a checkout with a tag and, unless it is empty, another CHANGELOG.md.
func tagged(t *testing.T, version, changelog string) string {
	t.Helper()
	dir := checkout(t)
	if changelog != "" {
		if err := os.WriteFile(filepath.Join(dir, "CHANGELOG.md"), []byte("# Changelog\n\n"+changelog), 0o644); err != nil {
			t.Fatal(err)
		}
		git(t, dir, "commit", "-qam", "Release")
	}
	git(t, dir, "tag", "v"+version)
	return dir
}

// TestVersion holds what names the version of the newest release in step: the
// CHANGELOG and the chart. The rest takes it from git.
func TestVersion(t *testing.T) {
	newest := section.FindSubmatch(read(t, "../../CHANGELOG.md"))
	if newest == nil {
		t.Fatal("CHANGELOG.md has no section with a version and a date")
	}
	version, date := string(newest[1]), string(newest[2])
	if _, err := time.Parse(time.DateOnly, date); err != nil {
		t.Errorf("version %s has the date %s: %v", version, date, err)
	}
	if !versionTag.MatchString("v" + version) {
		t.Errorf("CHANGELOG.md has version %s, which is no tag vX.Y.Z", version)
	}
	inChart := chartVersion.FindAllSubmatch(read(t, "../../deploy/helm/kahao/Chart.yaml"), -1)
	if len(inChart) != 2 {
		t.Fatalf("Chart.yaml has %q, want version and appVersion", inChart)
	}
	for _, found := range inChart {
		if string(found[2]) != version {
			t.Errorf("Chart.yaml has %s, want %s as CHANGELOG.md has", found[0], version)
		}
	}
}

// TestTagged builds a commit with a version tag: the files and the binary have it.
func TestTagged(t *testing.T) {
	const version = "0.99.0" // Go takes no v2 or later for a module without /v2 in its path
	dir := checkout(t)
	changelog := filepath.Join(dir, "CHANGELOG.md")
	if err := os.WriteFile(changelog, []byte("# Changelog\n\n## "+version+" (2020-02-29)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	chart := filepath.Join(dir, "deploy", "helm", "kahao", "Chart.yaml")
	changed := chartVersion.ReplaceAll(read(t, chart), []byte("${1}: "+version))
	if err := os.WriteFile(chart, changed, 0o644); err != nil {
		t.Fatal(err)
	}
	git(t, dir, "commit", "-qam", "Release")
	git(t, dir, "tag", "v"+version)
	r := &release{source: dir}
	if err := r.identify(t.Context(), false); err != nil {
		t.Fatalf("identify: %v", err)
	}
	if r.version != version {
		t.Errorf("the version is %s, want %s", r.version, version)
	}
	binary := built(t, &release{source: dir, targets: []target{{runtime.GOOS, runtime.GOARCH}}})
	out, err := exec.Command(binary, "version").Output()
	if err != nil {
		t.Fatalf("kahao version: %v", err)
	}
	if first, _, _ := strings.Cut(string(out), "\n"); first != "kahao    v"+version {
		t.Errorf("kahao version begins with %q, want %q", first, "kahao    v"+version)
	}
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
	older := tagged(t, "0.0.9", "## 0.0.9 (2020-02-29)\n")
	early := tagged(t, "9.9.9", "## Unreleased\n\n- More.\n\n## 9.9.9 (2020-02-29)\n")
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"output in use":        {commandLine(checkout(t), used), "is not empty"},
		"target":               {commandLine("..", t.TempDir(), "--targets", "linux"), "want SYSTEM_PROCESSOR"},
		"no tag":               {[]string{"--source", checkout(t), "--out", t.TempDir()}, "no tag vX.Y.Z"},
		"changes":              {[]string{"--source", changed, "--out", t.TempDir()}, "has changes"},
		"not in the changelog": {[]string{"--source", tagged(t, "9.9.9", ""), "--out", t.TempDir()}, `no section "## 9.9.9`},
		"not in the chart":     {[]string{"--source", older, "--out", t.TempDir()}, "want 0.0.9"},
		"unreleased changes":   {[]string{"--source", early, "--out", t.TempDir()}, `has a section "## Unreleased"`},
	} {
		if err := run(context.Background(), c.args); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}
