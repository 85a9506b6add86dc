package clients

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/kahao/kahao/test/reliability/server"
)

// sessionPath is the documents' query of a result.
var sessionPath = regexp.MustCompile(`/ocr/session/\d+`)

// The documents' shell examples run as printed, except for the server's address
// and the session ID. The server is already running.
func TestDocumentedCurl(t *testing.T) {
	s, dir := example(t)
	for _, c := range []struct {
		page string
		curl int // how many calls it shows, at least
	}{
		{"README.md", 1}, {"README.zh-CN.md", 1}, {"docs/legacy.md", 3},
	} {
		t.Run(c.page, func(t *testing.T) {
			text, err := os.ReadFile(filepath.Join("../..", c.page))
			if err != nil {
				t.Fatalf("ReadFile: %v", err)
			}
			calls, session := 0, "none"
			for _, block := range shellBlocks(string(text)) {
				if !strings.Contains(block, "curl ") {
					continue
				}
				calls++
				out := shell(t, s, dir, sessionPath.ReplaceAllString(block, "/ocr/session/"+session))
				at := strings.Index(out, `{"code"`)
				if at < 0 {
					t.Fatalf("no reply: %q", out)
				}
				session = read(t, []byte(strings.TrimSpace(out[at:])))
			}
			if calls < c.curl {
				t.Errorf("%d examples with curl, want %d", calls, c.curl)
			}
		})
	}
}

// What curl does beyond the examples.
func TestCurl(t *testing.T) {
	s, dir := example(t)
	const sign = `-H "Authorization: $(kahao sign --data data)" `
	const form = sign + `-F appid="$APPID" -F image=@card.jpg http://127.0.0.1:8080/ocr/bankcard`
	for name, c := range map[string]struct {
		script string
		code   int
	}{
		"waits for 100 Continue":        {`curl -H 'Expect: 100-continue' ` + form, 0},
		"HTTP/1.0":                      {`curl --http1.0 ` + form, 0},
		"sends its body in chunks":      {`curl -H 'Transfer-Encoding: chunked' ` + form, 0},
		"through a proxy setting":       {`curl --proxy http://127.0.0.1:8080 ` + strings.Replace(form, "127.0.0.1:8080", "recognition.image.myqcloud.com", 1), 0},
		"the oldest path":               {`curl ` + strings.Replace(form, "bankcard", "creditcardocr", 1), 0},
		"no signature":                  {`curl -F appid="$APPID" -F image=@card.jpg http://127.0.0.1:8080/ocr/bankcard`, 4},
		"a picture over 1 MiB, in vain": {`head -c 1200000 /dev/zero >big; curl ` + strings.Replace(form, "card.jpg", "big", 1), 20},
		"GET":                           {`curl http://127.0.0.1:8080/ocr/bankcard`, 3},
	} {
		t.Run(name, func(t *testing.T) {
			out := shell(t, s, dir, c.script)
			if c.code == 0 {
				read(t, []byte(out))
			} else {
				refused(t, []byte(out), c.code)
			}
		})
	}
}

// example returns a server and its directory, with the files of the documents'
// examples.
func example(t *testing.T) (*server.Server, string) {
	t.Helper()
	dir := t.TempDir()
	for _, data := range []string{"data", "demo"} { // the names in the pages
		if err := os.Symlink(filepath.Join(dir, "account"), filepath.Join(dir, data)); err != nil {
			t.Fatalf("Symlink: %v", err)
		}
	}
	if err := os.Symlink(kahao, filepath.Join(dir, "kahao")); err != nil {
		t.Fatalf("Symlink: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "testdata"), 0o700); err != nil {
		t.Fatalf("Mkdir: %v", err)
	}
	for _, name := range []string{"card.jpg", "testdata/card.jpg"} {
		if err := os.WriteFile(filepath.Join(dir, name), card, 0o600); err != nil {
			t.Fatalf("WriteFile: %v", err)
		}
	}
	return start(t, "--data", filepath.Join(dir, "account"), "--keep-results", "10m"), dir
}

var fence = regexp.MustCompile("(?ms)^```[a-z]*\n(.*?)^```")

// shellBlocks are the commands of a page, without those that start a server.
// A block without a call belongs to the next that has one.
func shellBlocks(page string) []string {
	var blocks []string
	before := ""
	for _, m := range fence.FindAllStringSubmatch(page, -1) {
		var kept []string
		for _, line := range strings.Split(m[1], "\n") {
			if !strings.Contains(line, "kahao serve") && !strings.HasPrefix(line, "until curl ") {
				kept = append(kept, line)
			}
		}
		block := strings.Join(kept, "\n")
		switch {
		case strings.Contains(block, "curl "):
			blocks = append(blocks, before+block)
			before = ""
		case strings.Contains(block, "$("):
			before += block
		}
	}
	return blocks
}

// shell runs a script in the server's directory and returns its output.
func shell(t *testing.T, s *server.Server, dir, script string) string {
	t.Helper()
	program(t, "curl")
	program(t, "openssl")
	c := exec.CommandContext(t.Context(), program(t, "bash"), "-euo", "pipefail", "-c",
		"curl() { command curl -sS --noproxy '' \"$@\"; }\n"+strings.ReplaceAll(script, "127.0.0.1:8080", s.Addr))
	c.Dir = dir
	c.Env = append(keysOf(s.Account), "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"), "HOME="+dir)
	var out, errOut bytes.Buffer
	c.Stdout, c.Stderr = &out, &errOut
	if err := c.Run(); err != nil {
		t.Fatalf("%v: %s\n%s", err, errOut.String(), script)
	}
	return out.String()
}

// keysOf are the variables that the documents' examples take an account from.
func keysOf(a server.Account) []string {
	return []string{"APPID=" + a.AppID, "BUCKET=" + a.Bucket, "SECRET_ID=" + a.SecretID, "SECRET_KEY=" + a.SecretKey}
}
