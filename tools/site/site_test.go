package main

import (
	"net/url"
	"regexp"
	"strings"
	"testing"
)

var (
	reference = regexp.MustCompile(`(?:href|src)="([^"]*)"`)
	identity  = regexp.MustCompile(`id="([^"]*)"`)
)

// Every link of the site leads to a file of it, and to a heading if it names one.
func TestSiteHasNoDeadLinks(t *testing.T) {
	files, err := render("../..")
	if err != nil {
		t.Fatalf("render: %v", err)
	}
	names := map[string]map[string]bool{}
	for file, content := range files {
		names[file] = map[string]bool{}
		for _, m := range identity.FindAllSubmatch(content, -1) {
			names[file][string(m[1])] = true
		}
	}
	links := 0
	for file, content := range files {
		if !strings.HasSuffix(file, ".html") {
			continue
		}
		for _, m := range reference.FindAllSubmatch(content, -1) {
			to, heading, _ := strings.Cut(string(m[1]), "#")
			if strings.Contains(to, ":") {
				continue
			}
			links++
			if to == "" {
				to = file
			}
			if names[to] == nil {
				t.Errorf("%s links %s, which is no file of the site", file, m[1])
			} else if decoded, err := url.PathUnescape(heading); err != nil || heading != "" && !names[to][decoded] {
				t.Errorf("%s links %s, and there is no such heading", file, m[1])
			}
		}
	}
	if links < 1000 || names["index.html"] == nil || names["deployment.zh.html"] == nil {
		t.Errorf("%d links in %d files were checked, want 1000 or more, and an index", links, len(files))
	}
}
