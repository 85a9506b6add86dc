package main

import (
	"os"
	"strings"
	"testing"
)

// TestPage holds docs/cli.md to the help texts; with KAHAO_UPDATE=1 it writes
// the page.
func TestPage(t *testing.T) {
	const file = "../../docs/cli.md"
	var b strings.Builder
	if err := writePage(&b, newRootCommand(newEnv())); err != nil {
		t.Fatal(err)
	}
	want := b.String()
	if os.Getenv("KAHAO_UPDATE") != "" {
		if err := os.WriteFile(file, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if strings.ReplaceAll(string(got), "\r\n", "\n") != want {
		t.Error("docs/cli.md is not what the help texts say: run 'make docs'")
	}
}
