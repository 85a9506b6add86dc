// Package openapi assembles the OpenAPI 3.1 document of the server from what each
// API says of itself, and serves it with a page that shows it.
package openapi

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
)

// Object is a JSON object.
type Object = map[string]any

// Part is what one API says of itself.
type Part struct {
	Tag     string // its name
	About   string // in one sentence
	Paths   Object
	Schemas Object
	// Security has security schemes by name.
	Security Object
}

// Parse reads a part whose paths, schemas and security schemes are a JSON object
// with those members. It panics if the text is malformed: it is embedded.
func Parse(tag, about string, text []byte) Part {
	var content struct{ Paths, Schemas, Security Object }
	if err := json.Unmarshal(text, &content); err != nil {
		panic(fmt.Sprintf("openapi: the description of %s: %v", tag, err))
	}
	p := Part{tag, about, content.Paths, content.Schemas, content.Security}
	for _, operation := range p.Operations() {
		operation["tags"] = []string{tag}
	}
	return p
}

// Operations returns the operations of all paths by method and path, such as
// "post /v1/cards".
func (p Part) Operations() map[string]Object {
	all := map[string]Object{}
	for path, methods := range p.Paths {
		for method, operation := range methods.(Object) {
			if o, ok := operation.(Object); ok && method != "parameters" {
				all[method+" "+path] = o
			}
		}
	}
	return all
}

// Responses returns the responses of an operation, to add to them.
func Responses(operation Object) Object {
	r, ok := operation["responses"].(Object)
	if !ok {
		r = Object{}
		operation["responses"] = r
	}
	return r
}

// Schema is the content of a reply in JSON.
func Schema(contentType, name string) Object {
	return Object{contentType: Object{"schema": Object{"$ref": "#/components/schemas/" + name}}}
}

// Codes returns the text of a description that lists codes with their meanings.
func Codes(meanings map[string]string) string {
	var lines []string
	for _, code := range slices.Sorted(maps.Keys(meanings)) {
		lines = append(lines, "* `"+code+"`: "+meanings[code])
	}
	return strings.Join(lines, "\n")
}

// Document assembles the document of a version of the server.
func Document(version string, parts ...Part) []byte {
	paths, schemas, security, tags := Object{}, Object{}, Object{}, []Object{}
	for _, p := range parts {
		maps.Copy(paths, p.Paths)
		maps.Copy(schemas, p.Schemas)
		maps.Copy(security, p.Security)
		tags = append(tags, Object{"name": p.Tag, "description": p.About})
	}
	text, err := json.MarshalIndent(Object{
		"openapi": "3.1.0",
		"info": Object{
			"title": "kahao", "version": version, "summary": "Reads bank cards, and covers their numbers.",
			"license": Object{"name": "Apache-2.0", "identifier": "Apache-2.0"},
		},
		"paths": paths, "tags": tags,
		"components": Object{"schemas": schemas, "securitySchemes": security},
	}, "", " ")
	if err != nil {
		panic(err) // it has texts and numbers only
	}
	return append(text, '\n')
}

// The paths that a Handler answers.
const (
	PathDocument = "/openapi.json"
	PathPage     = "/docs"
)

// Wants reports whether a request is for one of the paths.
func Wants(r *http.Request) bool { return r.URL.Path == PathDocument || r.URL.Path == PathPage }

// handler serves a document and its page.
type handler struct{ document, page []byte }

// NewHandler returns a handler of a document.
func NewHandler(document []byte) (http.Handler, error) {
	page, err := render(document)
	return &handler{document, page}, err
}

// ServeHTTP answers GET and HEAD.
func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cache-Control", "no-cache")
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	content := h.document
	header.Set("Content-Type", "application/json")
	if r.URL.Path == PathPage {
		content = h.page
		header.Set("Content-Type", "text/html; charset=utf-8")
		header.Set("Content-Security-Policy", "default-src 'none'; style-src '"+styleHash+"'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
		header.Set("Referrer-Policy", "no-referrer")
	}
	header.Set("Content-Length", fmt.Sprint(len(content)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		_, _ = w.Write(content)
	}
}
