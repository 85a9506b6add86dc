package archtest

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
)

var (
	linkTarget = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	codeBlock  = regexp.MustCompile("(?s)```.*?```")
	mdHeading  = regexp.MustCompile(`(?m)^#{1,6} +(.*)$`)
)

// Every link between files of the repository leads to a file, and to a heading if
// it names one.
func TestLinks(t *testing.T) {
	links := 0
	for _, page := range markdown(t) {
		text := prose(t, page)
		for _, m := range linkTarget.FindAllStringSubmatch(text, -1) {
			target, heading, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, ":") {
				continue // of another site
			}
			links++
			file := page
			if target != "" {
				file = filepath.Join(filepath.Dir(page), filepath.FromSlash(target))
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links %s: %v", page, m[1], err)
				continue
			}
			if heading != "" && strings.HasSuffix(file, ".md") && !anchors(prose(t, file))[heading] {
				t.Errorf("%s links %s, and %s has no such heading", page, m[1], file)
			}
		}
	}
	if links < 100 {
		t.Errorf("%d links were checked, want at least 100", links)
	}
}

// markdown returns the pages of the repository.
func markdown(t *testing.T) (pages []string) {
	t.Helper()
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && path != root && (d.Name() == "node_modules" || d.Name() == "out" || strings.HasPrefix(d.Name(), ".")) {
			return fs.SkipDir
		}
		if strings.HasSuffix(path, ".md") {
			pages = append(pages, path)
		}
		return err
	})
	if err != nil {
		t.Fatalf("looking for pages: %v", err)
	}
	return pages
}

// prose returns a page without blocks of code.
func prose(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	return codeBlock.ReplaceAllString(string(text), "")
}

// anchors returns the names that GitHub gives to a page's headings.
func anchors(text string) map[string]bool {
	names := map[string]bool{}
	for _, m := range mdHeading.FindAllStringSubmatch(text, -1) {
		name := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(m[1]))
		names[name] = true
	}
	return names
}

func TestAnchors(t *testing.T) {
	got := anchors("# `kahao read`, and more\n\n## 部署 A_1\n")
	for _, want := range []string{"kahao-read-and-more", "部署-a_1"} {
		if !got[want] {
			t.Errorf("anchors %v, want %s among them", got, want)
		}
	}
}
