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
	want := page()
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

func page() string {
	var b strings.Builder
	b.WriteString("# The command\n\nWritten from the command's own help by `make docs`; a test fails when they differ.\n\n```\n")
	overview(&b)
	b.WriteString("```\n")
	for _, c := range commands() {
		b.WriteString("\n## kahao " + c.name + "\n\n```\n")
		c.usage(&b)
		b.WriteString("```\n")
	}
	b.WriteString(jsonLine)
	return b.String()
}

const jsonLine = `
## The JSON line of kahao read

One line a picture, in the order of the arguments, whatever the number of jobs (shown here over several lines):

` + "```" + `
{"file":"a.jpg",                      the path as given, or "-"
 "ms":41.2,                           milliseconds for this picture, without reading the file
 "cards":[{                           the most confident first; empty when no card was found
   "number":"622202******8888",       all digits with --reveal
   "confidence":0.998,                probability that every digit is right, rounded down
   "verdict":"accept",                accept, review or reject
   "expiry":"08/2022",                MM/YYYY; empty when none was read
   "type":"贷记卡","name":"…","bank":"招商银行(03080000)","network":"unionpay",   empty where unknown
   "box":[x,y,w,h],                   around the number, whole pixels of the upright picture
   "quad":[[x,y],…],                  the same as corners: top-left, top-right, bottom-right, bottom-left as read
   "digits":[{"digit":"6","p":0.999,"box":[x,y,w,h],
              "alternatives":[{"digit":"5","p":0.001}]}],
                                      where the number is masked the digit is "*", without alternatives
   "corners":[[x,y],…]}],             of the card
 "error":null}                        or {"code":"malformed","message":"…"}; then cards is empty
` + "```" + `

The codes of errors are malformed, unsupported, too_large, empty, unreadable and internal, for the exit codes above.
`
