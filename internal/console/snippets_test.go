package console

import (
	"net/url"
	"os"
	"strings"
	"testing"
)

// The programs are those of docs/migrate.md, character by character, which
// test/clients runs. KAHAO_UPDATE=1 copies them.
func TestSnippetsAreThoseOfTheDocumentation(t *testing.T) {
	page, err := os.ReadFile("../../docs/migrate.md")
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	_, section, ok := strings.Cut(string(page), "\n## From API 3.0\n")
	if !ok {
		t.Fatal("docs/migrate.md has no section From API 3.0")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	for _, l := range snippetLanguages {
		want := between(section, "\n### "+l.name+"\n\n```"+l.fence+"\n", "```")
		if os.Getenv("KAHAO_UPDATE") != "" {
			if err := os.WriteFile("snippets/"+l.file+".txt", []byte(want), 0o644); err != nil {
				t.Fatalf("WriteFile: %v", err)
			}
			continue
		}
		got, err := snippetFiles.ReadFile("snippets/" + l.file + ".txt")
		if err != nil || string(got) != want || want == "" {
			t.Errorf("snippets/%s.txt, %v, is not the program under %q in docs/migrate.md; KAHAO_UPDATE=1 copies it", l.file, err, l.name)
		}
	}
}

// A program has the server's address, its scheme and the key's ID, and takes the
// secret from a variable.
func TestSnippets(t *testing.T) {
	for _, api := range []string{"http://192.0.2.7:9000", "https://api.example.com:443"} {
		u, err := url.Parse(api)
		if err != nil {
			t.Fatalf("Parse: %v", err)
		}
		for _, l := range snippetLanguages {
			program, err := snippetFiles.ReadFile("snippets/" + l.file + ".txt")
			if err != nil {
				t.Fatalf("ReadFile: %v", err)
			}
			got := adapt(string(program), u, "AKIDexample")
			for _, text := range []string{u.Host, "AKIDexample", "SECRET_KEY"} {
				if !strings.Contains(got, text) {
					t.Errorf("the program in %s for %s lacks %q:\n%s", l.name, api, text, got)
				}
			}
			if strings.Contains(got, "127.0.0.1") || strings.Contains(got, "SECRET_ID") || strings.Contains(got, "without TLS") == (u.Scheme == "https") && l.name != "Python" {
				t.Errorf("the program in %s for %s has the address, the scheme or the variable of the documentation:\n%s", l.name, api, got)
			}
			if secure := strings.Contains(strings.ToLower(got), "https"); secure != (u.Scheme == "https") {
				t.Errorf("the program in %s for %s uses HTTPS: %v", l.name, api, secure)
			}
		}
	}
	r := newRig(t)
	b := r.as(r.mainOf(r.a.AppID))
	got := b.upload("/a/"+r.a.AppID+"/try", "image", []byte("picture"))
	b.wants("an image", got, 200, "&#34;"+r.a.SecretID+"&#34;", "BankCardOCRRequest")
	if got.has(string(r.a.SecretKey)) {
		t.Error("the page has the secret of the key")
	}
}
