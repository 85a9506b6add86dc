package main

import (
	"context"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
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
			return doc.GenManTree(cmd.Root(), &doc.GenManHeader{Section: "1", Source: "kahao", Manual: "kahao"}, args[0])
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
	printHelp(w, root, false)
	fmt.Fprint(w, "```\n", pageBody)
	for _, cmd := range root.Commands() {
		if cmd.IsAvailableCommand() && cmd.Name() != "help" {
			writeSection(w, cmd, "##")
		}
	}
	_, err := fmt.Fprint(w, jsonLine)
	return err
}

func writeSection(w io.Writer, cmd *cobra.Command, heading string) {
	fmt.Fprintf(w, "\n%s %s\n\n```\n", heading, cmd.CommandPath())
	printHelp(w, cmd, false)
	fmt.Fprint(w, "```\n")
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() {
			writeSection(w, c, heading+"#")
		}
	}
}

const pageHead = "# The command\n\nWritten by `kahao docs markdown` (`make docs`); a test fails if they differ.\n\n```\n"

const pageBody = `
A misspelt command or flag is answered with the nearest one. Errors are one line
on standard error that begins with the command's name.

## Completion and man pages

` + "```sh" + `
source <(kahao completion bash)                  # also zsh, fish and powershell: kahao completion --help
kahao docs man /usr/local/share/man/man1         # one page for each command
` + "```" + `
`

const jsonLine = `
## The JSON line of kahao read

One line a picture, in the order of the arguments, whatever the number of jobs (shown here over several lines):

` + "```" + `
{"file":"a.jpg",                      the path as given, or "-"
 "ms":41.2,                           milliseconds for this picture, without reading the file
 "cards":[{                           accepted ones first, then those to review, then rejected ones; of one
                                      verdict from top to bottom, left to right; empty when there is none
   "number":"622202******8888",       all digits with --reveal
   "confidence":0.998,                probability that every digit is right, rounded down
   "verdict":"accept",                accept, review or reject
   "reasons":[{"code":"glare","digits":[9,12]}],
                                      why it is not accepted, of which digits, counted from 1; [] is all
   "expiry":"08/2022",                the latest of the dates, MM/YYYY; empty when none was read
   "type":"贷记卡","name":"…","bank":"招商银行(03080000)","network":"unionpay",   empty where unknown
   "box":[x,y,w,h],                   around the number, whole pixels of the upright picture
   "quad":[[x,y],…],                  the same as corners: top-left, top-right, bottom-right, bottom-left as read
   "digits":[{"digit":"6","p":0.999,"box":[x,y,w,h],
              "alternatives":[{"digit":"5","p":0.001}]}],
                                      where the number is masked the digit is "*", without alternatives
   "candidates":[{"number":"622202******8888","p":0.998}],
                                      up to five readings of the number, the likeliest first
   "dates":[{"text":"08/22","date":"08/2022","p":0.97,"box":[x,y,w,h]}],
                                      every date: as printed, as MM/YYYY, and how probable
   "corners":[[x,y],…]}],             of the card
 "reasons":[{"code":"no_card","digits":[]}],  why there is no card, or that there are several
 "error":null}                        or {"code":"malformed","message":"…"}; then cards is empty
` + "```" + `

The codes of reasons are, of a picture, no_card, no_number (a card, without a number that could be read) and several_cards; of a
card or a picture, cut_off, too_small, blur, glare and low_contrast; of a card, covered (a gap where digits should be: the
digits named are those around it), unsure_digit, check_digit and odd_length.

The codes of errors are malformed, unsupported, too_large, empty, unreadable and internal, for the exit codes above.
`
