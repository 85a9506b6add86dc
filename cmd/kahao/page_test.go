package main

import (
	"strings"
	"testing"

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
