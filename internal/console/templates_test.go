package console

import (
	"io/fs"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/kahao/kahao/internal/console/catalogue"
)

var (
	actions = regexp.MustCompile(`(?s)\{\{.*?\}\}`)
	keys    = regexp.MustCompile(`\bt "([^"]+)"`)
	tags    = regexp.MustCompile(`(?s)<[^>]*>`)
	names   = regexp.MustCompile(`APPID|UIN|SecretId|SecretKey|CSV|Excel|p50|p95|p99|curl|kahao|Go|SHA`) // the API's, in every language
	spoken  = regexp.MustCompile(`(?:title|alt|placeholder|aria-label|data-confirm|data-done|value)="([^"]*)"`)
)

// No template has a text of its own, and each key that one uses has a message.
func TestTemplates(t *testing.T) {
	files, err := fs.Glob(templateFiles, "templates/*.html")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d templates, %v", len(files), err)
	}
	for _, file := range files {
		source, err := templateFiles.ReadFile(file)
		if err != nil {
			t.Fatalf("ReadFile: %v", err)
		}
		for _, m := range keys.FindAllStringSubmatch(string(source), -1) {
			if !catalogue.Has(m[1]) {
				t.Errorf("%s uses the key %q, which has no message", file, m[1])
			}
		}
		plain := actions.ReplaceAllString(string(source), "")
		for _, m := range spoken.FindAllStringSubmatch(plain, -1) {
			if han(m[1]) {
				t.Errorf("%s has a text of its own: %q", file, m[0])
			}
		}
		text := names.ReplaceAllString(tags.ReplaceAllString(plain, ""), "")
		if i := strings.IndexFunc(text, unicode.IsLetter); i >= 0 {
			t.Errorf("%s has a text of its own: %.40q", file, text[i:])
		}
	}
	// A key in Go code is a text in quotes with a dot that the catalogue knows;
	// Text returns an unknown key as it is, which no page may show.
	r := newRig(t)
	b := r.as("operator")
	for _, rt := range routes() {
		if rt.method != "GET" {
			continue
		}
		if shown := unknownKey.FindString(tags.ReplaceAllString(b.get(fill(rt.path, r.ids(false))).body, " ")); shown != "" {
			t.Errorf("GET %s shows the key %q", rt.path, shown)
		}
	}
}

// unknownKey matches what looks like a key of a message.
var unknownKey = regexp.MustCompile(`\b(nav|error|done|action|role|signin|setup|password|audit|usage|keys|users|packs|bills|overview|try|accounts|server|factor|code|duration)\.[a-z]+\b`)

func han(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
}

// No script or style is inline: the content policy would block it.
func TestNothingInline(t *testing.T) {
	files, _ := fs.Glob(templateFiles, "templates/*.html")
	inline := regexp.MustCompile(`(?i)\son[a-z]+=|\sstyle=|<style|<script>|javascript:`)
	for _, file := range files {
		source, _ := templateFiles.ReadFile(file)
		if found := inline.Find(source); found != nil {
			t.Errorf("%s has %q inline", file, found)
		}
	}
}
