package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	testName = regexp.MustCompile(`\b(?:Test|Fuzz)[A-Z][A-Za-z0-9]*\b`)
	testFunc = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)[A-Z][A-Za-z0-9]*)\(`)
)

// A test that a page names as the proof of a promise exists.
func TestPagesNameTests(t *testing.T) {
	exist := map[string]bool{}
	for _, dir := range []string{"internal", "cmd", "test", "pan", "issuer", "."} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() && dir == "." && path != filepath.Join(root, dir) {
				return fs.SkipDir // the package of the root alone
			}
			if d.IsDir() && d.Name() == "node_modules" {
				return fs.SkipDir
			}
			if !strings.HasSuffix(path, "_test.go") {
				return nil
			}
			text, err := os.ReadFile(path)
			for _, m := range testFunc.FindAllSubmatch(text, -1) {
				exist[string(m[1])] = true
			}
			return err
		})
		if err != nil {
			t.Fatalf("reading the tests: %v", err)
		}
	}
	for _, page := range []string{"docs/reliability.md", "docs/security.md", "docs/storage.md", "docs/benchmarks.md"} {
		text, err := os.ReadFile(filepath.Join(root, page))
		if err != nil {
			t.Fatalf("ReadFile: %v", err)
		}
		names := testName.FindAllString(string(text), -1)
		if len(names) == 0 {
			t.Errorf("%s names no test", page)
		}
		for _, name := range names {
			if !exist[name] {
				t.Errorf("%s names %s, and there is no such test", page, name)
			}
		}
	}
}
