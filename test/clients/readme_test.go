package clients

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kahao/kahao/test/reliability/server"
)

// TestReadme pastes the commands of the README, line by line, into a shell in a
// copy of the repository. Each must succeed: with exit code 0, or with 4 or 5 where
// the page says that files were skipped or numbers found. The translation has the
// same commands.
func TestReadme(t *testing.T) {
	commands, translated := commandsOf(t, "README.md"), commandsOf(t, "README.zh-CN.md")
	if len(commands) < 15 {
		t.Fatalf("%d commands, want at least 15: %q", len(commands), commands)
	}
	if a, b := bare(commands), bare(translated); !slices.Equal(a, b) {
		t.Errorf("README.zh-CN.md has the commands\n%q\nwant those of README.md\n%q", b, a)
	}
	out := paste(t, checkout(t), commands)
	for _, want := range []string{"622700*********0003", `"number":"`, "file,card,number", "secret key", `"message":"OK"`, number, "consistent", "images a second"} {
		if !strings.Contains(out, want) {
			t.Errorf("the output lacks %q:\n%s", strings.ReplaceAll(want, number, "[the number]"), strings.ReplaceAll(out, number, "[the number]"))
		}
	}
}

// bare are commands without comments and names.
func bare(commands []string) (all []string) {
	for _, c := range commands {
		c, _, _ = strings.Cut(c, " #")
		all = append(all, strings.TrimSpace(names.ReplaceAllString(c, "NAME")))
	}
	return all
}

var names = regexp.MustCompile(`create --data demo "[^"]*"`)

// commandsOf are the commands of a page of the repository.
func commandsOf(t *testing.T, page string) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("../..", page))
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	return shellCommands(string(text))
}

// shellCommands are the commands of a page's shell blocks, with the lines that a
// backslash continues.
func shellCommands(page string) (commands []string) {
	for _, m := range fence.FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(m[0], "```sh\n") {
			continue
		}
		for line := range strings.Lines(strings.ReplaceAll(m[1], "\\\n", " ")) {
			if line = strings.TrimSpace(line); line != "" {
				commands = append(commands, line)
			}
		}
	}
	return commands
}

// checkout is a copy of the repository's files, without what git ignores.
func checkout(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	script := `git ls-files -z --cached --others --exclude-standard | while IFS= read -r -d '' f; do [ ! -e "$f" ] || printf '%s\0' "$f"; done |
		tar --null --files-from=- --create | tar --extract --directory "$1"`
	c := exec.CommandContext(t.Context(), program(t, "bash"), "-euo", "pipefail", "-c", script, "bash", dir)
	c.Dir = "../.."
	if out, err := c.CombinedOutput(); err != nil {
		t.Fatalf("copying the repository: %v: %s", err, out)
	}
	return dir
}

// paste runs commands in a shell and returns what they print. The server gets a
// free port.
func paste(t *testing.T, dir string, commands []string) string {
	t.Helper()
	program(t, "curl")
	var script strings.Builder
	// A background command of a script ignores interrupts, not SIGTERM.
	script.WriteString("curl() { command curl -sS --noproxy '' \"$@\"; }\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n")
	for _, command := range commands {
		bare, _, _ := strings.Cut(command, " #")
		if strings.HasSuffix(strings.TrimSpace(bare), "&") {
			script.WriteString(command + "\n")
			continue
		}
		allowed := "0"
		for _, code := range []string{"4", "5"} {
			if strings.Contains(command, "exit code "+code) || strings.Contains(command, "退出码 "+code) {
				allowed += "|" + code
			}
		}
		fmt.Fprintf(&script, "{ %s\n} || code=$?\ncase ${code:=0} in %s) code=0 ;; *) echo \"exit code $code: \"%q >&2; exit 1 ;; esac\n", bare, allowed, bare)
	}
	script.WriteString("wait\n") // the server stops
	ctx, cancel := context.WithTimeout(t.Context(), pasteTime)
	defer cancel()
	c := exec.CommandContext(ctx, program(t, "bash"), "-uo", "pipefail", "-c", strings.ReplaceAll(script.String(), "127.0.0.1:8080", freeAddress(t)))
	c.Dir = dir
	// With -trimpath the copy uses what was compiled in the repository.
	c.Env = append(server.Environment(withoutProxy(os.Environ())), "LANG=C", "GOFLAGS=-trimpath", "CGO_ENABLED=0")
	c.WaitDelay = time.Second // a server that was left behind holds the output
	var out, errOut bytes.Buffer
	c.Stdout, c.Stderr = &out, &errOut
	if err := c.Run(); err != nil {
		t.Fatalf("%v:\n%s\n%s", err, errOut.String(), strings.ReplaceAll(out.String(), number, "[the number]"))
	}
	return out.String()
}

// pasteTime bounds the whole page.
const pasteTime = 10 * time.Minute

// freeAddress is an address of this machine that nothing listens on.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("net.Listen: %v", err)
	}
	defer l.Close()
	return l.Addr().String()
}
