package openapi

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"strings"
)

//go:embed page.html
var pageText string

//go:embed page.css
var style string

// styleHash lets the page's own style through its Content-Security-Policy.
var styleHash = func() string {
	sum := sha256.Sum256([]byte(style))
	return "sha256-" + base64.StdEncoding.EncodeToString(sum[:])
}()

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// operation is one row of the page.
type operation struct {
	ID, Method, Path, Summary, Description string
	Parameters                             []parameter
	Bodies                                 []string
	Responses                              []response
}

type parameter struct {
	Name, In, Type, About string
	Required              bool
}

type response struct{ Status, About string }

type section struct {
	Name, About string
	Operations  []operation
}

type schema struct{ Name, Text string }

// document is the part of an OpenAPI document that the page shows.
type document struct {
	Info struct{ Title, Version, Summary string }
	Tags []struct{ Name, Description string }

	Paths map[string]map[string]struct {
		Tags                              []string
		Summary, Description, OperationID string
		Parameters                        []struct {
			Name, In, Description string
			Required              bool
			Schema                json.RawMessage
		}
		RequestBody struct{ Content map[string]json.RawMessage }
		Responses   map[string]struct{ Description string }
	}
	Components struct{ Schemas map[string]json.RawMessage }
}

// render makes the page of a document. It needs no script and nothing of another
// origin.
func render(text []byte) ([]byte, error) {
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("openapi: %w", err)
	}
	var sections []section
	for _, t := range d.Tags {
		s := section{Name: t.Name, About: t.Description}
		for _, path := range slices.Sorted(maps.Keys(d.Paths)) {
			for _, method := range slices.Sorted(maps.Keys(d.Paths[path])) {
				o := d.Paths[path][method]
				if !slices.Contains(o.Tags, t.Name) {
					continue
				}
				row := operation{o.OperationID, strings.ToUpper(method), path, o.Summary, o.Description, nil, slices.Sorted(maps.Keys(o.RequestBody.Content)), nil}
				for _, p := range o.Parameters {
					var b bytes.Buffer
					if err := json.Compact(&b, p.Schema); err != nil {
						return nil, fmt.Errorf("openapi: %w", err)
					}
					row.Parameters = append(row.Parameters, parameter{p.Name, p.In, b.String(), p.Description, p.Required})
				}
				for _, status := range slices.Sorted(maps.Keys(o.Responses)) {
					row.Responses = append(row.Responses, response{status, o.Responses[status].Description})
				}
				s.Operations = append(s.Operations, row)
			}
		}
		sections = append(sections, s)
	}
	var schemas []schema
	for _, name := range slices.Sorted(maps.Keys(d.Components.Schemas)) {
		var b bytes.Buffer
		if err := json.Indent(&b, d.Components.Schemas[name], "", "  "); err != nil {
			return nil, fmt.Errorf("openapi: %w", err)
		}
		schemas = append(schemas, schema{name, b.String()})
	}
	var b bytes.Buffer
	err := pageTemplate.Execute(&b, map[string]any{"Info": d.Info, "Sections": sections, "Schemas": schemas, "Style": template.CSS(style)})
	return b.Bytes(), err
}
