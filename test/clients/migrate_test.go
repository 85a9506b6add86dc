package clients

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// languages are those of the programs in docs/migrate.md: the name of a file with
// one, and how it is run with the installed clients.
var languages = map[string]struct {
	file  string
	dir   string // the module that the program is run in
	needs []string
	run   []string // before the file
}{
	"go":     {"main.go", "sdk/go-1.0", []string{"sdk/go-1.0/driver"}, []string{"go", "run"}},
	"js":     {"main.js", ".", []string{"node_modules/tencentcloud-sdk-nodejs-ocr", "node_modules/image-node-sdk"}, []string{"node", "--no-deprecation"}},
	"python": {"main.py", ".", []string{"sdk/python/lib"}, []string{"python3", "-W", "ignore"}},
	"java":   {"Main.java", ".", []string{"sdk/java/lib"}, []string{"java", "-XX:TieredStopAtLevel=1", "-cp", "sdk/java/lib/*"}},
}

var programs = regexp.MustCompile("(?ms)^### ([^\n]+)\n\n```([a-z]+)\n(.*?)^```")

// TestMigration runs the programs of docs/migrate.md, and of its translation, as
// they are printed, but for the server's address and the image's path.
func TestMigration(t *testing.T) {
	s := start(t)
	seen := map[string]string{}
	for _, page := range []string{"migrate.md", "migrate.zh.md"} {
		text, err := os.ReadFile(filepath.Join("../../docs", page))
		if err != nil {
			t.Fatalf("ReadFile: %v", err)
		}
		found := programs.FindAllStringSubmatch(string(text), -1)
		if len(found) != 8 {
			t.Errorf("%s has %d programs, want 8", page, len(found))
		}
		for _, m := range found {
			title, language, code := m[1], m[2], m[3]
			if same := seen[language+code]; same != "" {
				continue // it was run
			}
			seen[language+code] = title
			if page != "migrate.md" {
				t.Errorf("%s, %s: not a program of migrate.md", page, title)
				continue
			}
			t.Run(title, func(t *testing.T) { runProgram(t, s.Addr, keysOf(s.Account), language, code) })
		}
	}
}

// runProgram fails the test unless a program prints the number on the card.
func runProgram(t *testing.T, addr string, env []string, language, code string) {
	t.Helper()
	l, ok := languages[language]
	if !ok {
		t.Fatalf("a program in %s, which this test cannot run", language)
	}
	for _, n := range l.needs {
		installed(t, n)
	}
	dir := t.TempDir()
	file := filepath.Join(dir, l.file)
	code = strings.NewReplacer("127.0.0.1:8080", addr, "card.jpg", cardFile).Replace(code)
	if err := os.WriteFile(file, []byte(code), 0o600); err != nil {
		t.Fatalf("WriteFile: %v", err)
	}
	modules, err := filepath.Abs("node_modules")
	if err != nil {
		t.Fatalf("filepath.Abs: %v", err)
	}
	c := exec.CommandContext(t.Context(), l.run[0], append(l.run[1:], file)...)
	c.Dir = l.dir
	c.Env = append(append(withoutProxy(os.Environ()), "NODE_PATH="+modules, "PYTHONPATH=sdk/python/lib", "CGO_ENABLED=0"), env...)
	out, err := c.CombinedOutput()
	if err != nil || !strings.Contains(string(out), number) {
		t.Errorf("%v: it printed %s, want the number on the card", err, strings.ReplaceAll(string(out), number, "[the number]"))
	}
}
