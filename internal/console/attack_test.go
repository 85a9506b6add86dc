package console

import (
	"net/http"
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/service/login"
)

// A request that another site made the browser send is refused, whatever it
// is, and changes nothing.
func TestCrossSiteRequestForgery(t *testing.T) {
	r := newRig(t)
	for _, header := range []http.Header{
		{"Sec-Fetch-Site": {"cross-site"}}, {"Sec-Fetch-Site": {"same-site"}}, {"Origin": {"https://evil.example"}}, {"Origin": {"null"}},
		{"Sec-Fetch-Site": {"cross-site"}, "Origin": {r.url}},
	} {
		for _, rt := range routes() {
			if rt.method != "POST" {
				continue
			}
			b := r.as(login.Operator)
			b.header = header
			got := b.post(fill(rt.path, r.ids(false)), "lang", "en")
			b.wants("POST "+rt.path+" from another site", got, http.StatusForbidden)
			if len(got.header.Values("Set-Cookie")) > 0 {
				t.Errorf("POST %s from another site set a cookie", rt.path)
			}
		}
	}
	b := r.as(login.Operator)
	b.header.Set("Sec-Fetch-Site", "same-origin")
	b.wants("a request of the console itself", b.post("/language", "lang", "en", "back", "/audit"), http.StatusSeeOther, "/audit")
}

// The session after signing in is never the one from before, and the cookie is
// closed to scripts and other sites.
func TestSessionFixation(t *testing.T) {
	r := newRig(t)
	r.as(login.Operator) // sets the password
	b := r.as("")
	b.session = "chosen-by-an-attacker"
	got := b.post("/signin", "name", "operator", "password", password)
	b.wants("signing in", got, http.StatusSeeOther)
	if b.session == "chosen-by-an-attacker" || b.session == "" {
		t.Errorf("the session after signing in is %q", b.session)
	}
	cookie := got.header.Get("Set-Cookie")
	for _, attribute := range []string{"HttpOnly", "SameSite=Strict", "Path=/"} {
		if !strings.Contains(cookie, attribute) {
			t.Errorf("the cookie %s lacks %s", cookie, attribute)
		}
	}
	old := r.as("")
	old.session = "chosen-by-an-attacker"
	old.wants("the attacker's session", old.get("/audit"), http.StatusSeeOther, "/signin")
}

// Behind HTTPS the cookie is bound to the host.
func TestSecureCookie(t *testing.T) {
	r := newRig(t)
	r.as(login.Operator)
	c := r.open(func(o *Options) { o.Secure = true })
	w := newRecorder()
	req, _ := http.NewRequest("POST", "/signin", strings.NewReader("name=operator&password=rain+on+the+roof"))
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	c.ServeHTTP(w, req)
	cookie := w.Header().Get("Set-Cookie")
	if !strings.HasPrefix(cookie, "__Host-kahao=") || !strings.Contains(cookie, "Secure") {
		t.Errorf("the cookie is %s, want __Host-kahao, Secure", cookie)
	}
	if w.Header().Get("Strict-Transport-Security") == "" {
		t.Error("no Strict-Transport-Security")
	}
}

// Guesses get one answer, whether the name exists or not. Package login tests
// that they cost the same work, and how they are slowed down.
func TestBruteForce(t *testing.T) {
	r := newRig(t)
	r.as(login.Operator)
	b := r.as("")
	wrong := b.post("/signin", "name", "operator", "password", "a guess of mine")
	unknown := b.post("/signin", "name", "nobody/no", "password", "a guess of mine")
	b.wants("a wrong password", wrong, http.StatusUnauthorized, "wrong")
	if strings.Replace(unknown.body, "nobody/no", "operator", 1) != wrong.body || unknown.status != wrong.status {
		t.Errorf("an unknown name is answered with\n%s\nwant the answer to a wrong password\n%s", unknown.body, wrong.body)
	}
}

// A body larger than any form is refused before it is read to its end.
func TestOversizeForm(t *testing.T) {
	r := newRig(t)
	for _, rt := range routes() {
		if rt.method != "POST" {
			continue
		}
		b := r.as(login.Operator)
		got := b.post(fill(rt.path, r.ids(false)), "name", strings.Repeat("x", 1<<20))
		if got.status != http.StatusRequestEntityTooLarge {
			t.Errorf("POST %s of 1 MB: status %d, want 413", rt.path, got.status)
		}
	}
}

// A link in the address of the sign-in page leads nowhere else.
func TestOpenRedirect(t *testing.T) {
	for next, want := range map[string]string{
		"/a/1/usage?from=2026-11-01": "/a/1/usage?from=2026-11-01", "": "/", "//evil.example": "/", "https://evil.example": "/", "/\\evil.example": "/",
		"javascript:alert(1)": "/", "evil.example": "/", "/\tx": "/", "http:/x": "/", "/%2f/evil.example": "/%2f/evil.example",
	} {
		if got := local(next); got != want {
			t.Errorf("local(%q) = %q, want %q", next, got, want)
		}
	}
}

// Every page has the headers that close it, and pages are never stored.
func TestSecurityHeaders(t *testing.T) {
	r := newRig(t)
	b := r.as(login.Operator)
	for _, path := range []string{"/signin", "/audit", "/none", "/setup/none", assetURL("app.css")} {
		got := b.get(path)
		policy := got.header.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "unsafe") || strings.Contains(policy, "http") || strings.Contains(policy, "*") {
			t.Errorf("%s: Content-Security-Policy %q", path, policy)
		}
		for name, want := range map[string]string{"X-Frame-Options": "DENY", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff"} {
			if got.header.Get(name) != want {
				t.Errorf("%s: %s is %q, want %q", path, name, got.header.Get(name), want)
			}
		}
		if store := got.header.Get("Cache-Control"); (store == "no-store") == strings.HasPrefix(path, assetPath) {
			t.Errorf("%s: Cache-Control %q", path, store)
		}
	}
}
