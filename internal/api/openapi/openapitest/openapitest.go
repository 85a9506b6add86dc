// Package openapitest compares replies with the OpenAPI document, in tests.
package openapitest

import (
	"bytes"
	"encoding/json"
	"mime"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"

	"github.com/kahao/kahao/internal/api/openapi"
)

// Checker checks replies of a part of the document.
type Checker struct {
	part    openapi.Part
	schemas []byte // of the components
}

// New returns a Checker.
func New(t testing.TB, part openapi.Part) *Checker {
	t.Helper()
	text, err := json.Marshal(part.Schemas)
	if err != nil {
		t.Fatalf("the schemas of %s: %v", part.Tag, err)
	}
	return &Checker{part, text}
}

var variable = regexp.MustCompile(`\\\{[^}]*\\\}`)

// operation returns the operation of a request, or nil.
func (c *Checker) operation(method, path string) openapi.Object {
	for name, operation := range c.part.Operations() {
		m, pattern, _ := strings.Cut(name, " ")
		form := "^" + variable.ReplaceAllString(regexp.QuoteMeta(pattern), `[^/]+`) + "$"
		if strings.EqualFold(m, method) && regexp.MustCompile(form).MatchString(path) {
			return operation
		}
	}
	return nil
}

// Check fails the test if the document does not have the reply to a request: its
// status, its content type and, of JSON, its schema. Paths and methods that the
// document does not have are not checked.
func (c *Checker) Check(t testing.TB, method, path string, status int, contentType string, body []byte) {
	t.Helper()
	operation := c.operation(method, path)
	if operation == nil {
		return
	}
	response, ok := openapi.Responses(operation)[strconv.Itoa(status)].(openapi.Object)
	if !ok {
		t.Errorf("%s %s: the document has no status %d", method, path, status)
		return
	}
	kind, _, _ := mime.ParseMediaType(contentType)
	content, _ := response["content"].(openapi.Object)
	media, ok := content[kind].(openapi.Object)
	if !ok {
		t.Errorf("%s %s, status %d: the document has no content type %q", method, path, status, kind)
		return
	}
	if !strings.Contains(kind, "json") {
		return
	}
	schema := c.schema(t, media["schema"])
	for line := range bytes.Lines(body) {
		var instance any
		if err := json.Unmarshal(line, &instance); err != nil {
			t.Errorf("%s %s, status %d: %v: %s", method, path, status, err, line)
			return
		}
		if err := schema.Validate(instance); err != nil {
			t.Errorf("%s %s, status %d: the reply %.500s is not what the document says: %v", method, path, status, line, err)
		}
	}
}

// schema makes a schema that stands alone.
func (c *Checker) schema(t testing.TB, of any) *jsonschema.Resolved {
	t.Helper()
	text, err := json.Marshal(of)
	if err != nil {
		t.Fatalf("a schema: %v", err)
	}
	whole := strings.TrimSuffix(string(text), "}") + `,"$defs":` + string(c.schemas) + "}"
	whole = strings.ReplaceAll(whole, "#/components/schemas/", "#/$defs/")
	var s jsonschema.Schema
	if err := json.Unmarshal([]byte(whole), &s); err != nil {
		t.Fatalf("a schema: %v: %s", err, text)
	}
	resolved, err := s.Resolve(nil)
	if err != nil {
		t.Fatalf("a schema: %v: %s", err, text)
	}
	return resolved
}
