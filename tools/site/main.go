// Command site renders the pages of docs/ as HTML, for a web server or for
// reading offline.
//
//	go run -C tools ./site ../dist/site
package main

import (
	"bytes"
	"cmp"
	_ "embed"
	"fmt"
	"html/template"
	"log"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/text"
)

// source is where links lead that name files outside docs/.
const source = "https://github.com/kahao/kahao/blob/main/"

func main() {
	if len(os.Args) != 2 {
		log.Fatal("usage: go run -C tools ./site DIR")
	}
	files, err := render("..")
	if err != nil {
		log.Fatal(err)
	}
	for name, content := range files {
		file := filepath.Join(os.Args[1], name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			log.Fatal(err)
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			log.Fatal(err)
		}
	}
	fmt.Printf("%d files in %s\n", len(files), os.Args[1])
}

// page is a page of the site.
type page struct {
	Name, Title, Lang string
	Other             string // the page in the other language
	Body              template.HTML
	Pages             []page // of its language, without bodies
}

//go:embed page.html
var layout string

var pageTemplate = template.Must(template.New("page").Parse(layout))

// render returns the files of the site by name: a page for each Markdown file of
// docs/, the README as the index, and the images.
func render(root string) (map[string][]byte, error) {
	sources := map[string]string{"README.md": "index.html", "README.zh-CN.md": "index.zh.html"}
	found, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		return nil, err
	}
	for _, file := range found {
		sources["docs/"+filepath.Base(file)] = strings.TrimSuffix(filepath.Base(file), ".md") + ".html"
	}
	pages := map[string]page{}
	for file, name := range sources {
		content, err := os.ReadFile(filepath.Join(root, file))
		if err != nil {
			return nil, err
		}
		p, err := convert(file, name, content, sources)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		pages[name] = p
	}
	files := map[string][]byte{}
	for name, p := range pages {
		other := strings.TrimSuffix(name, ".html") + ".zh.html"
		if p.Lang == "zh" {
			other = strings.TrimSuffix(name, ".zh.html") + ".html"
		}
		if _, ok := pages[other]; ok {
			p.Other = other
		}
		for _, n := range slices.Sorted(maps.Keys(pages)) {
			if q := pages[n]; q.Lang == p.Lang {
				p.Pages = append(p.Pages, page{Name: n, Title: q.Title})
			}
		}
		var b bytes.Buffer
		if err := pageTemplate.Execute(&b, p); err != nil {
			return nil, err
		}
		files[name] = b.Bytes()
	}
	return files, images(root, files)
}

// images adds the images of docs/.
func images(root string, files map[string][]byte) error {
	for _, pattern := range []string{"*.svg", "images/*"} {
		found, err := filepath.Glob(filepath.Join(root, "docs", pattern))
		if err != nil {
			return err
		}
		for _, file := range found {
			content, err := os.ReadFile(file)
			if err != nil {
				return err
			}
			files[filepath.ToSlash(filepath.Join(filepath.Dir(pattern), filepath.Base(file)))] = content
		}
	}
	return nil
}

// convert renders one page, and makes its links those of the site.
func convert(file, name string, content []byte, sources map[string]string) (page, error) {
	p := page{Name: name, Title: name, Lang: "en"}
	if strings.HasSuffix(name, ".zh.html") {
		p.Lang = "zh"
	}
	if m := regexp.MustCompile(`(?m)^# (.*)$`).FindSubmatch(content); m != nil {
		p.Title = string(bytes.ReplaceAll(m[1], []byte("`"), nil))
	}
	md := goldmark.New(goldmark.WithExtensions(extension.GFM), goldmark.WithParserOptions(parser.WithAutoHeadingID()))
	context := parser.NewContext(parser.WithIDs(ids{}))
	var b bytes.Buffer
	document := md.Parser().Parse(text.NewReader(content), parser.WithContext(context))
	err := ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Link:
			n.Destination = []byte(target(file, string(n.Destination), sources))
		case *ast.Image:
			n.Destination = []byte(target(file, string(n.Destination), sources))
		}
		return ast.WalkContinue, nil
	})
	if err == nil {
		err = md.Renderer().Render(&b, content, document)
	}
	p.Body = template.HTML(b.String())
	return p, err
}

// target returns where a link of a file leads on the site.
func target(file, link string, sources map[string]string) string {
	path, heading, anchored := strings.Cut(link, "#")
	if path == "" || strings.Contains(path, ":") {
		return link
	}
	full := filepath.ToSlash(filepath.Join(filepath.Dir(file), path))
	to, isPage := sources[full]
	if !isPage {
		if below, ok := strings.CutPrefix(full, "docs/"); ok && !strings.HasSuffix(full, ".md") {
			to = below
		} else {
			to = source + full
		}
	}
	if anchored {
		to += "#" + heading
	}
	return to
}

// ids names headings as GitHub does, Chinese ones too.
type ids map[string]bool

// Generate returns the name of a heading.
func (used ids) Generate(value []byte, _ ast.NodeKind) []byte {
	name := strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
			return unicode.ToLower(r)
		}
		return -1
	}, strings.TrimSpace(string(value)))
	name = cmp.Or(name, "heading")
	unique := name
	for i := 1; used[unique]; i++ {
		unique = fmt.Sprintf("%s-%d", name, i)
	}
	used[unique] = true
	return []byte(unique)
}

// Put records a name that a page gives itself.
func (used ids) Put(value []byte) { used[string(value)] = true }
