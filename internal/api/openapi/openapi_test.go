package openapi

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func sample() Part {
	return Parse("Sample", "A sample.", []byte(`{"paths":{"/a":{"get":{"operationId":"a","summary":"Say <a>."}}},"schemas":{"A":{"type":"string"}},"security":{}}`))
}

// The document has what its parts say, and the page shows it without a script.
func TestHandler(t *testing.T) {
	p := sample()
	Responses(p.Operations()["get /a"])["200"] = Object{"description": "fine", "content": Schema("application/json", "A")}
	h, err := NewHandler(Document("1.2.3", p))
	if err != nil {
		t.Fatalf("NewHandler: %v", err)
	}
	get := func(method, path string) *httptest.ResponseRecorder {
		w := httptest.NewRecorder()
		r := httptest.NewRequest(method, path, nil)
		if !Wants(r) {
			t.Errorf("Wants(%s) = false, want true", path)
		}
		h.ServeHTTP(w, r)
		return w
	}
	var d struct {
		OpenAPI string
		Info    struct{ Version string }
		Paths   map[string]map[string]struct{ Tags []string }
	}
	w := get("GET", PathDocument)
	if err := json.Unmarshal(w.Body.Bytes(), &d); err != nil || d.OpenAPI != "3.1.0" || d.Info.Version != "1.2.3" || d.Paths["/a"]["get"].Tags[0] != "Sample" {
		t.Errorf("the document: %+v, %v", d, err)
	}
	page := get("GET", PathPage)
	for _, want := range []string{"Say &lt;a&gt;.", "<code>/a</code>", "fine", "application/json"} {
		if want != "application/json" && !strings.Contains(page.Body.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	for _, not := range []string{"<script", "http://", "https://", " src="} {
		if strings.Contains(page.Body.String(), not) {
			t.Errorf("the page has %q", not)
		}
	}
	if policy := page.Header().Get("Content-Security-Policy"); !strings.Contains(policy, styleHash) || !strings.HasPrefix(policy, "default-src 'none'") {
		t.Errorf("Content-Security-Policy %q, want none but the page's own style", policy)
	}
	if head := get("HEAD", PathPage); head.Body.Len() != 0 || head.Code != http.StatusOK {
		t.Errorf("HEAD: status %d and %d bytes, want 200 and none", head.Code, head.Body.Len())
	}
	if post := get("POST", PathPage); post.Code != http.StatusMethodNotAllowed || post.Header().Get("Allow") == "" {
		t.Errorf("POST: status %d, Allow %q, want 405 with Allow", post.Code, post.Header().Get("Allow"))
	}
}
