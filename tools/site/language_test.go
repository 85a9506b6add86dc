package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// abridged are the Chinese pages that leave out parts of the English ones.
// They say so, and have no figure that the English page lacks.
var abridged = []string{"accuracy", "api3", "benchmarks", "cli", "clients", "console", "models", "presidio", "redaction", "reliability"}

var (
	fenced  = regexp.MustCompile("(?s)```[a-z]*\n(.*?)```")
	comment = regexp.MustCompile(`(^|\s+)(#|//) .*$`)
	figure  = regexp.MustCompile(`\d[\d,.–-]*(?: %| ms| MiB| MB|(?:\]))`)
	heading = regexp.MustCompile(`(?m)^#+ `)
	tabled  = regexp.MustCompile(`(?m)^\|`)
	// samples are texts in code that are written in the page's language.
	samples = strings.NewReplacer("示例公司", "Example Ltd.", "32 个随机字节的 base64", "base64 of 32 random bytes")
)

// shape is what the pages of both languages have in common.
type shape struct {
	headings, rows int
	code           []string // without comments
	figures        []string // with a unit, or the end of an interval
}

func shapeOf(t *testing.T, file string) shape {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	text := samples.Replace(string(b))
	var s shape
	for _, block := range fenced.FindAllStringSubmatch(text, -1) {
		for line := range strings.SplitSeq(block[1], "\n") {
			if line = strings.TrimSpace(comment.ReplaceAllString(line, "")); line != "" {
				s.code = append(s.code, line)
			}
		}
	}
	text = fenced.ReplaceAllString(text, "")
	s.figures = figure.FindAllString(text, -1)
	s.headings, s.rows = len(heading.FindAllString(text, -1)), len(tabled.FindAllString(text, -1))
	return s
}

// A Chinese page has the sections, the rows and the commands of the English one, so
// that a change of one that the other lacks is noticed.
func TestChinesePagesAreInStep(t *testing.T) {
	pages, err := filepath.Glob("../../docs/*.zh.md")
	if err != nil || len(pages) < 10 {
		t.Fatalf("%d Chinese pages, %v, want 10 or more", len(pages), err)
	}
	pairs := map[string]string{"../../README.zh-CN.md": "../../README.md"}
	for _, page := range pages {
		pairs[page] = strings.TrimSuffix(page, ".zh.md") + ".md"
	}
	for chinese, english := range pairs {
		zh, en := shapeOf(t, chinese), shapeOf(t, english)
		for _, line := range zh.code {
			if !slices.Contains(en.code, line) {
				t.Errorf("%s has the command %q, want only those of %s", chinese, line, english)
			}
		}
		if slices.Contains(abridged, strings.TrimSuffix(filepath.Base(english), ".md")) {
			for _, f := range zh.figures {
				if !slices.Contains(en.figures, f) {
					t.Errorf("%s has the figure %q, which %s has not", chinese, f, english)
				}
			}
			continue
		}
		if zh.headings != en.headings {
			t.Errorf("%s has %d headings, want %d, as %s has", chinese, zh.headings, en.headings, english)
		}
		if zh.rows != en.rows {
			t.Errorf("%s has %d rows of tables, want %d, as %s has", chinese, zh.rows, en.rows, english)
		}
		if len(zh.code) != len(en.code) {
			t.Errorf("%s has %d lines of code, want %d, as %s has", chinese, len(zh.code), len(en.code), english)
		}
	}
}
