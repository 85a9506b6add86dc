package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
)

// writeManPages writes a man page (man(7)) of a command, and of each of its commands,
// into a directory. A page has the text of --help as it is.
func writeManPages(dir string, cmd *cobra.Command) error {
	name := strings.ReplaceAll(cmd.CommandPath(), " ", "-")
	if err := os.WriteFile(filepath.Join(dir, name+".1"), manPage(name, cmd), 0o644); err != nil {
		return err
	}
	for _, c := range cmd.Commands() {
		if !c.IsAvailableCommand() || c.Name() == "help" {
			continue
		}
		if err := writeManPages(dir, c); err != nil {
			return err
		}
	}
	return nil
}

func manPage(name string, cmd *cobra.Command) []byte {
	var help, page bytes.Buffer
	helpPage{}.print(&help, cmd, true)
	fmt.Fprintf(&page, ".TH %q 1 \"\" kahao kahao\n", strings.ToUpper(name))
	fmt.Fprintf(&page, ".SH NAME\n%s \\- %s\n", roff(name), roff(cmd.Short))
	fmt.Fprintf(&page, ".SH DESCRIPTION\n.nf\n%s\n.fi\n", roff(strings.TrimSpace(help.String())))
	var others []string
	if cmd.HasParent() {
		others = append(others, cmd.Parent().CommandPath())
	}
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			others = append(others, c.CommandPath())
		}
	}
	page.WriteString(".SH SEE ALSO\n")
	for i, other := range others {
		others[i] = ".BR " + roff(strings.ReplaceAll(other, " ", "-")) + " (1)"
	}
	page.WriteString(strings.Join(others, ",\n") + "\n")
	return page.Bytes()
}

// roff escapes text for man(7): backslashes, hyphens, and the characters with which a
// line would be a request.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(text)
	lines := strings.Split(text, "\n")
	for i, l := range lines {
		if strings.HasPrefix(l, ".") || strings.HasPrefix(l, "'") {
			lines[i] = `\&` + l
		}
	}
	return strings.Join(lines, "\n")
}
