package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// pageCommand is a use of the command on a page.
type pageCommand struct {
	page   string
	args   []string
	fenced bool // in a block of code; else in the midst of a sentence
}

func (c pageCommand) String() string { return c.page + ": kahao " + strings.Join(c.args, " ") }

var (
	codeBlock  = regexp.MustCompile("(?s)```[a-z]*\n(.*?)```")
	inlineCode = regexp.MustCompile("`(?:\\./)?kahao ([^`\n]+)`")
	kahaoWord  = regexp.MustCompile(`(?:^(?:\S+/)?|\$\(|&& |\| |; |^\S+=\S+ |^sudo -u kahao )kahao `)
)

// pageCommands returns the uses on the pages for users, in their order.
func pageCommands(t *testing.T) (all []pageCommand) {
	t.Helper()
	pages, err := filepath.Glob("../../docs/*.md")
	if err != nil {
		t.Fatalf("Glob: %v", err)
	}
	pages = append(pages, "../../README.md", "../../README.zh-CN.md", "../../SECURITY.md", "../../CONTRIBUTING.md")
	for _, page := range pages {
		name := filepath.Base(page)
		if name == "cli.md" || name == "architecture.md" { // the one is printed by the command, the other lists packages
			continue
		}
		b, err := os.ReadFile(page)
		if err != nil {
			t.Fatalf("ReadFile: %v", err)
		}
		text := strings.ReplaceAll(strings.ReplaceAll(string(b), "\\\n", " "), "$(date +%F)", "DATE")
		for _, block := range codeBlock.FindAllStringSubmatch(text, -1) {
			for line := range strings.SplitSeq(block[1], "\n") {
				line = strings.TrimSpace(line)
				for _, at := range kahaoWord.FindAllStringIndex(line, -1) {
					if args := shellWords(line[at[1]:]); len(args) > 0 && !strings.HasSuffix(args[0], ":") { // else a message
						all = append(all, pageCommand{name, args, true})
					}
				}
			}
		}
		for _, m := range inlineCode.FindAllStringSubmatch(codeBlock.ReplaceAllString(text, ""), -1) {
			if args := shellWords(m[1]); len(args) > 0 {
				all = append(all, pageCommand{name, args, false})
			}
		}
	}
	if len(all) < 100 {
		t.Fatalf("%d uses of kahao were found on the pages, want 100 or more", len(all))
	}
	return all
}

// shellWords splits one simple command: up to a comment, a pipe or a redirection.
func shellWords(line string) (words []string) {
	var word strings.Builder
	quote, some := rune(0), false
	end := func() {
		if some {
			words = append(words, word.String())
		}
		word.Reset()
		some = false
	}
	for _, r := range line {
		switch {
		case quote != 0 && r == quote:
			quote = 0
		case quote != 0:
			word.WriteRune(r)
		case r == '"' || r == '\'':
			quote, some = r, true
		case r == ' ' || r == '\t':
			end()
		case strings.ContainsRune("|;&<>)", r), r == '#' && !some:
			end()
			return words
		default:
			word.WriteRune(r)
			some = true
		}
	}
	end()
	return words
}

// Every use of the command on a page names a command that exists, with flags that
// it has.
func TestPagesNameWhatExists(t *testing.T) {
	root := newRootCommand(newEnv())
	for _, c := range pageCommands(t) {
		cmd, rest, err := root.Find(c.args)
		if err != nil || cmd == root && !strings.HasPrefix(c.args[0], "-") && c.args[0] != "help" {
			t.Errorf("%s: there is no such command", c)
			continue
		}
		for _, word := range rest {
			if name := flagName(word); name != "" && cmd.Flag(name) == nil && name != "help" {
				t.Errorf("%s: %s has no flag --%s", c, cmd.CommandPath(), name)
			}
		}
		if group := cmd.HasSubCommands() && cmd != root && cmd.Name() != "eval"; c.fenced && group {
			t.Errorf("%s: name one of the commands of %s", c, cmd.CommandPath())
		}
	}
}

// flagName returns the name of a long flag, or "".
func flagName(word string) string {
	name, ok := strings.CutPrefix(word, "--")
	if !ok {
		return ""
	}
	name, _, _ = strings.Cut(name, "=")
	return strings.TrimRight(name, "….,")
}
