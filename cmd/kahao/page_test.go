package main

import (
	"fmt"
	"iter"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/internal/testutil"
)

// TestPage compares docs/cli.md with the help texts.
func TestPage(t *testing.T) {
	var b strings.Builder
	if err := writePage(&b, newRootCommand(newEnv())); err != nil {
		t.Fatalf("writing the page: %v", err)
	}
	testutil.Golden(t, "../../docs/cli.md", b.String())
}

// TestChinesePage holds docs/cli.zh.md, which is written by hand, to the commands
// and the exit codes.
func TestChinesePage(t *testing.T) {
	content, err := os.ReadFile("../../docs/cli.zh.md")
	if err != nil {
		t.Fatalf("ReadFile: %v", err)
	}
	page := string(content)
	names := map[string]bool{}
	for c := range descendants(newRootCommand(newEnv())) {
		names[c.CommandPath()] = true
		if row := "| `" + c.CommandPath() + "` | "; !strings.Contains(page, row) {
			t.Errorf("cli.zh.md has no row that begins with %q", row)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `(kahao [a-z -]+)` ").FindAllStringSubmatch(page, -1) {
		if !names[m[1]] {
			t.Errorf("cli.zh.md has a row for %s, which is no command", m[1])
		}
	}
	for _, e := range exits {
		if row := fmt.Sprintf("\n| %d | ", e.exit); !strings.Contains(page, row) {
			t.Errorf("cli.zh.md has no row for exit code %d", e.exit)
		}
	}
}

// descendants yields the commands below one that the help lists.
func descendants(c *cobra.Command) iter.Seq[*cobra.Command] {
	return func(yield func(*cobra.Command) bool) {
		for _, below := range c.Commands() {
			if !below.IsAvailableCommand() || below.Name() == "help" {
				continue
			}
			if !yield(below) {
				return
			}
			for further := range descendants(below) {
				if !yield(further) {
					return
				}
			}
		}
	}
}
