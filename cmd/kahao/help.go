package main

import (
	"flag"
	"fmt"
	"io"
	"strings"
)

func overview(w io.Writer) {
	fmt.Fprint(w, "kahao reads bank cards: number, expiry, type, name and bank, offline.\n\nUsage: kahao COMMAND [FLAGS] [ARGUMENTS]\n\n")
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-11s%s\n", c.name, c.brief)
	}
	fmt.Fprint(w, "  help       explains a command\n\n")
	fmt.Fprint(w, "Flags may stand before or after arguments; '--' ends them. Exit codes:\n\n")
	for _, e := range exits {
		fmt.Fprintf(w, "  %3d  %s\n", e.exit, e.meaning)
	}
}

func help(args []string, out, errOut io.Writer) int {
	if len(args) == 0 {
		overview(out)
		return exitOK
	}
	if c := find(args[0]); c != nil {
		c.usage(out)
		return exitOK
	}
	if args[0] == "help" {
		fmt.Fprintln(out, "Usage: kahao help [COMMAND]")
		return exitOK
	}
	unknown(errOut, args[0])
	return exitUsage
}

// usage prints everything that there is to say about the command.
func (c *command) usage(w io.Writer) {
	fs, _ := c.flags()
	any := false
	fs.VisitAll(func(*flag.Flag) { any = true })
	line := "Usage: kahao " + c.name
	if any {
		line += " [FLAGS]"
	}
	fmt.Fprintf(w, "%s\n\n%s\n", strings.TrimSpace(line+" "+c.args), strings.TrimSpace(c.help))
	if any {
		fmt.Fprint(w, "\nFlags:\n")
	}
	fs.VisitAll(func(f *flag.Flag) {
		value, text := flag.UnquoteUsage(f)
		if value != "" {
			value = " " + strings.ToUpper(value)
		}
		if d := f.DefValue; d != "" && d != "false" && d != "0" && d != "0s" {
			text += " (default " + d + ")"
		}
		fmt.Fprintf(w, "  --%-18s %s\n", f.Name+value, wrap(text, 79-23, "\n"+strings.Repeat(" ", 23)))
	})
}

// wrap breaks text between words into lines of at most width bytes.
func wrap(text string, width int, newline string) string {
	var b strings.Builder
	line := 0
	for word := range strings.FieldsSeq(text) {
		switch {
		case line == 0:
		case line+1+len(word) > width:
			b.WriteString(newline)
			line = 0
		default:
			b.WriteByte(' ')
			line++
		}
		b.WriteString(word)
		line += len(word)
	}
	return b.String()
}

func unknown(w io.Writer, name string) {
	fmt.Fprintf(w, "kahao: there is no command %q", name)
	if near := suggest(name); near != "" {
		fmt.Fprintf(w, "; did you mean %q?", near)
	}
	fmt.Fprint(w, "\nRun 'kahao help' for the list.\n")
}

// suggest returns the command whose name is nearest, if any is near.
func suggest(name string) string {
	best, at := "", 3
	for _, c := range commands() {
		d := distance(strings.ToLower(name), c.name)
		if name != "" && strings.HasPrefix(c.name, name) {
			d = 0
		}
		if d < at {
			best, at = c.name, d
		}
	}
	return best
}

// distance is Levenshtein's.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
