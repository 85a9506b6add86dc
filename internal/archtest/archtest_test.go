package archtest

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
)

const root = "../.."

// parsed is the module, parsed once for all tests.
var parsed = sync.OnceValues(func() ([]*File, error) { return Load(root) })

func tree(t *testing.T) []*File {
	t.Helper()
	files, err := parsed()
	if err != nil {
		t.Fatalf("parsing the module: %v", err)
	}
	if len(files) < 20 {
		t.Fatalf("only %d files found: the rules would check nothing", len(files))
	}
	return files
}

func none(t *testing.T, broken []string) {
	t.Helper()
	for _, b := range broken {
		t.Error(b)
	}
}

func TestImports(t *testing.T)      { none(t, Imports(tree(t))) }
func TestSize(t *testing.T)         { none(t, Size(tree(t))) }
func TestUndocumented(t *testing.T) { none(t, Undocumented(tree(t))) }
func TestClocks(t *testing.T)       { none(t, Clocks(tree(t))) }

func TestDependencies(t *testing.T) {
	required, err := Requirements(filepath.Join(root, "go.mod"))
	if err != nil {
		t.Fatalf("Requirements: %v", err)
	}
	none(t, Dependencies(tree(t), required))
	page, err := os.ReadFile(filepath.Join(root, "docs/dependencies.md"))
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	for _, r := range required {
		if !r.Indirect && !strings.Contains(string(page), r.Module+" "+r.Version) {
			t.Errorf("docs/dependencies.md does not list %s %s", r.Module, r.Version)
		}
	}
}

// module writes a tree of Go files and returns it loaded.
func module(t *testing.T, sources map[string]string) []*File {
	t.Helper()
	dir := t.TempDir()
	for name, src := range sources {
		name = filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatalf("MkdirAll: %v", err)
		}
		if err := os.WriteFile(name, []byte(src), 0o666); err != nil {
			t.Fatalf("WriteFile: %v", err)
		}
	}
	files, err := Load(dir)
	if err != nil {
		t.Fatalf("Load: %v", err)
	}
	return files
}

// TestRulesCatch tests that each rule can fail.
func TestRulesCatch(t *testing.T) {
	cases := []struct {
		name, file, src, want string
		check                 func([]*File) []string
	}{
		{"vision reaches up", "internal/vision/textline/a.go", "package textline\nimport _ \"" + Module + "/pan\"", "no card rules", Imports},
		{"the library draws", "a.go", "package kahao\nimport _ \"" + Module + "/internal/synth\"", "nothing above", Imports},
		{"nn sees images", "internal/vision/nn/a.go", "package nn\nimport _ \"" + Module + "/internal/pixel\"", "tensors", Imports},
		{"http in a rule", "internal/service/ratelimit/a.go", "package ratelimit\nimport _ \"net/http\"", "outermost", Imports},
		{"a codec in a stage", "internal/vision/detect/a.go", "package detect\nimport _ \"image/png\"", "one package", Imports},
		{"a codec below x/image", "internal/geom/a.go", "package geom\nimport _ \"golang.org/x/image/webp\"", "one package", Imports},
		{"the service scores", "internal/server/a.go", "package server\nimport _ \"" + Module + "/internal/evaluate\"", "not among them", Imports},
		{"a test reaches up", "internal/vision/textline/a_test.go", "package textline\nimport _ \"" + Module + "/internal/server\"", "no card rules", Imports},
		{"a directory without a layer", "internal/util/a.go", "package util", "no layer", Imports},
		{"cgo", "internal/vision/nn/a.go", "package nn\nimport \"C\"", "no cgo", Imports},
		{"a long file", "cmd/x/a.go", "package main\n" + strings.Repeat("\n", MaxFileLines), "lines", Size},
		{"a bare function", "internal/geom/a.go", "// Package geom is.\npackage geom\nfunc Bare() {}", "Bare", Undocumented},
		{"a bare constant", "internal/geom/a.go", "// Package geom is.\npackage geom\nconst Bare = 1", "Bare", Undocumented},
		{"a bare package", "internal/geom/a.go", "package geom", "no package comment", Undocumented},
		{"a clock", "internal/service/a.go", "package service\nimport \"time\"\nvar _ = time.Now()", "injected", Clocks},
		{"a dependency out of place", "internal/geom/a.go", "package geom\nimport _ \"golang.org/x/image/font\"", "belongs to",
			func(f []*File) []string { return Dependencies(f, nil) }},
		{"a new dependency", "internal/geom/a.go", "package geom", "add it",
			func(f []*File) []string { return Dependencies(f, []Requirement{{"example.com/x", "v1", false}}) }},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			broken := c.check(module(t, map[string]string{c.file: c.src}))
			if !slices.ContainsFunc(broken, func(b string) bool { return strings.Contains(b, c.want) }) {
				t.Errorf("got %q, want one that says %q", broken, c.want)
			}
		})
	}
}

func TestRulesLetPass(t *testing.T) {
	files := module(t, map[string]string{
		"a.go":                            "// Package kahao is.\npackage kahao\nimport _ \"" + Module + "/pan\"",
		"a_test.go":                       "package kahao_test\nimport _ \"" + Module + "/internal/synth\"",
		"cmd/kahao/a.go":                  "// Command kahao is.\npackage main\nimport (\n_ \"net/http\"\n_ \"" + Module + "\"\n)",
		"internal/synth/a.go":             "// Package synth is.\npackage synth\nimport _ \"math/rand/v2\"\n",
		"internal/vision/gen/go.mod":      "module x",
		"internal/vision/gen/a.go":        "package gen\nimport _ \"net/http\"\n",
		"internal/vision/testdata/a.go":   "not Go at all",
		"internal/vision/nn/generated.go": "// Package nn is.\n\n// Code generated by x; DO NOT EDIT.\n\npackage nn\n" + strings.Repeat("\n", 2000),
		"internal/vision/nn/doc.go":       "// Package nn is.\npackage nn\n",
	})
	for _, check := range []func([]*File) []string{Imports, Size, Undocumented, Clocks} {
		none(t, check(files))
	}
}

func TestRequirements(t *testing.T) {
	name := filepath.Join(t.TempDir(), "go.mod")
	src := "module x\n\ngo 1.26\n\nrequire a.b/c v1.0.0\n\nrequire (\n\td.e/f v2.0.0 // indirect\n\tg.h/i v3.0.0\n)\n"
	if err := os.WriteFile(name, []byte(src), 0o666); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	got, err := Requirements(name)
	want := []Requirement{{"a.b/c", "v1.0.0", false}, {"d.e/f", "v2.0.0", true}, {"g.h/i", "v3.0.0", false}}
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("got %v, %v; want %v", got, err, want)
	}
}
