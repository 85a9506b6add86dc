package console

import (
	"embed"
	"net/url"
	"strings"

	"github.com/kahao/kahao/internal/service/account"
)

// The programs are those of docs/migrate.md, which test/clients runs with the
// vendor's SDKs. A test compares the files with the page.
//
//go:embed snippets/*.txt
var snippetFiles embed.FS

// snippetLanguages are the languages of API 3.0's programs, as docs/migrate.md
// heads them and as files are named.
var snippetLanguages = []struct{ name, file, fence string }{{"Go", "go", "go"}, {"Node", "node", "js"}, {"Python", "python", "python"}, {"Java", "java", "java"}}

// snippet is a program in one language.
type snippet struct{ Name, Text string }

// snippets are programs that ask API 3.0 for what the page shows, with the address
// of this server and the ID of a key. The secret stays a variable.
func (p *page) snippets() ([]snippet, error) {
	api, err := url.Parse(p.API)
	if err != nil {
		return nil, err
	}
	id, err := p.exampleKey()
	if err != nil {
		return nil, err
	}
	var all []snippet
	for _, l := range snippetLanguages {
		text, err := snippetFiles.ReadFile("snippets/" + l.file + ".txt")
		if err != nil {
			return nil, err
		}
		all = append(all, snippet{l.name, adapt(string(text), api, id)})
	}
	return all, nil
}

// adapt puts a server's address and a key's ID into a program of the
// documentation.
func adapt(program string, api *url.URL, id string) string {
	pairs := []string{"127.0.0.1:8080", api.Host}
	if api.Scheme == "https" {
		pairs = append(pairs, `"HTTP"             // new, without TLS`, `"HTTPS" // new`, `'http://', // new, without TLS`, `'https://', // new`,
			`protocol="http"`, `protocol="https"`, `HttpProfile.REQ_HTTP); // new, without TLS`, `HttpProfile.REQ_HTTPS); // new`)
	}
	if id != "" {
		pairs = append(pairs, `os.Getenv("SECRET_ID")`, `"`+id+`"`, `process.env.SECRET_ID`, `'`+id+`'`, `os.environ["SECRET_ID"]`, `"`+id+`"`, `System.getenv("SECRET_ID")`, `"`+id+`"`)
	}
	return strings.NewReplacer(pairs...).Replace(program)
}

// exampleKey is the ID of a usable signing key: one of who is signed in, or one
// that the page of keys shows. It is empty without one.
func (p *page) exampleKey() (id string, err error) {
	if p.account.ID == "" {
		return "", nil
	}
	rows, _, err := p.keyRows()
	if err != nil {
		return "", err
	}
	for _, row := range rows {
		if row.State != "active" || row.Kind != account.Signing {
			continue
		}
		if row.Key.User == p.who.Subject {
			return row.SecretID, nil
		}
		if id == "" {
			id = row.SecretID
		}
	}
	return id, nil
}
