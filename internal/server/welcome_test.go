package server

import (
	"io"
	"net/http"
	"strings"
	"testing"
)

// A browser at / gets a page; programs and requests of API 3.0 do not.
func TestWelcome(t *testing.T) {
	r := start(t, &fakeReader{}, func(c *Config) { c.Console = "127.0.0.1:0" })
	console, _ := r.Console()
	get := func(path string, header http.Header) (int, string) {
		req, _ := http.NewRequest("GET", r.url+path, nil)
		req.Header = header
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("Do: %v", err)
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		return resp.StatusCode, string(text)
	}
	html := []string{"text/html,application/xhtml+xml,*/*;q=0.8"}
	if status, text := get("/", http.Header{"Accept": html}); status != 200 || !strings.Contains(text, console) || !strings.Contains(text, "/ocr/bankcard") {
		t.Errorf("a browser: %d %s, want a page with the console's address", status, text)
	}
	for name, c := range map[string]struct {
		path   string
		header http.Header
	}{
		"a program":            {"/", http.Header{"Accept": {"*/*"}}},
		"another path":         {"/other", http.Header{"Accept": html}},
		"an action":            {"/", http.Header{"Accept": html, "X-Tc-Action": {"BankCardOCR"}}},
		"an action in a query": {"/?Action=BankCardOCR", http.Header{"Accept": html}},
		"an authorization":     {"/", http.Header{"Accept": html, "Authorization": {"TC3-HMAC-SHA256 Credential=x"}}},
	} {
		if _, text := get(c.path, c.header); strings.Contains(text, "<html") || !strings.HasPrefix(text, "{") {
			t.Errorf("%s: %s, want the API's JSON", name, text)
		}
	}
}
