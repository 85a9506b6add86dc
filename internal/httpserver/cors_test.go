package httpserver

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

func TestCORS(t *testing.T) {
	const app = "https://app.example.com"
	for _, c := range []struct {
		name            string
		origins         []string
		method, origin  string
		preflight       bool
		status          int
		allowed, answer string // the two headers
	}{
		{"off", nil, "POST", app, false, 200, "", ""},
		{"off, preflight", nil, "OPTIONS", app, true, 405, "", ""},
		{"an origin", []string{app}, "POST", app, false, 200, app, ""},
		{"an origin, preflight", []string{app}, "OPTIONS", app, true, 204, app, "GET, POST"},
		{"another origin", []string{app}, "POST", "https://evil.example", false, 200, "", ""},
		{"another origin, preflight", []string{app}, "OPTIONS", "https://evil.example", true, 405, "", ""},
		{"a prefix of an origin", []string{app}, "POST", "https://app.example.com.evil.example", false, 200, "", ""},
		{"every origin", []string{"*"}, "OPTIONS", "https://evil.example", true, 204, "https://evil.example", "GET, POST"},
		{"no origin", []string{app}, "POST", "", false, 200, "", ""},
		{"no preflight", []string{app}, "OPTIONS", app, false, 405, app, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := WithCORS(c.origins, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.Method == http.MethodOptions {
					w.WriteHeader(http.StatusMethodNotAllowed)
				}
			}))
			r := httptest.NewRequest(c.method, "/ocr/bankcard", nil)
			if c.origin != "" {
				r.Header.Set("Origin", c.origin)
			}
			if c.preflight {
				r.Header.Set("Access-Control-Request-Method", "POST")
				r.Header.Set("Access-Control-Request-Headers", "content-type, x-tc-action, cookie, x-tc-b\x01d")
			}
			w := httptest.NewRecorder()
			h.ServeHTTP(w, r)
			got := w.Result().Header
			if w.Code != c.status {
				t.Errorf("status %d, want %d", w.Code, c.status)
			}
			if allowed := got.Get("Access-Control-Allow-Origin"); allowed != c.allowed {
				t.Errorf("Access-Control-Allow-Origin %q, want %q", allowed, c.allowed)
			}
			if answer := got.Get("Access-Control-Allow-Methods"); answer != c.answer {
				t.Errorf("Access-Control-Allow-Methods %q, want %q", answer, c.answer)
			}
			if want := "Authorization, Content-Type, Idempotency-Key, x-tc-action"; c.answer != "" && got.Get("Access-Control-Allow-Headers") != want {
				t.Errorf("Access-Control-Allow-Headers %q, want %q", got.Get("Access-Control-Allow-Headers"), want)
			}
			if len(c.origins) > 0 && got.Get("Vary") != "Origin" {
				t.Errorf("Vary %q, want Origin", got.Get("Vary"))
			}
			if got.Get("Access-Control-Allow-Credentials") != "" {
				t.Error("credentials are allowed")
			}
		})
	}
}
