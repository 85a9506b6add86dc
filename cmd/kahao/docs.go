package main

import (
	"context"
	_ "embed"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
)

// newDocsCommand writes the documentation of the command: for packages and for
// this repository.
func newDocsCommand(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:    "docs",
		Hidden: true,
		Short:  "write man pages, or docs/cli.md",
		Example: `  kahao docs man share/man/man1
  kahao docs markdown > docs/cli.md`,
	}
	group(cmd)
	cmd.AddCommand(&cobra.Command{
		Use:   "man DIR",
		Short: "write the man pages into a directory",
		Args:  takes(1, 1),
		RunE: e.action(func(_ context.Context, args []string) error {
			if err := os.MkdirAll(args[0], 0o755); err != nil {
				return err
			}
			return writeManPages(args[0], cmd.Root())
		}),
	}, &cobra.Command{
		Use:   "markdown",
		Short: "print docs/cli.md",
		Args:  takes(0, 0),
		RunE: e.action(func(context.Context, []string) error {
			return writePage(e.out, cmd.Root())
		}),
	})
	return cmd
}

// writePage writes docs/cli.md.
func writePage(w io.Writer, root *cobra.Command) error {
	fmt.Fprint(w, pageHead)
	page := helpPage{}
	page.print(w, root, false)
	fmt.Fprint(w, "```\n\n", pageBody)
	for _, cmd := range root.Commands() {
		if cmd.IsAvailableCommand() && cmd.Name() != "help" {
			writeSection(w, page, cmd, "##")
		}
	}
	_, err := fmt.Fprint(w, "\n", jsonLine)
	return err
}

func writeSection(w io.Writer, page helpPage, cmd *cobra.Command, heading string) {
	fmt.Fprintf(w, "\n%s %s\n\n```\n", heading, cmd.CommandPath())
	page.print(w, cmd, false)
	fmt.Fprint(w, "```\n")
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			writeSection(w, page, c, heading+"#")
		}
	}
}

const pageHead = "# The command\n\n简体中文：[cli.zh.md](cli.zh.md)\n\nWritten by `kahao docs markdown` (`make docs`); a test fails if they differ.\n\n```\n"

// The parts of docs/cli.md that no command has in its help.
var (
	//go:embed docs_options.md
	pageBody string
	//go:embed docs_json.md
	jsonLine string
)
