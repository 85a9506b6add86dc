package main

import (
	"strings"
	"testing"

	"github.com/kahao/kahao/internal/testutil"
)

// TestPage holds docs/cli.md to the help texts.
func TestPage(t *testing.T) { testutil.Golden(t, "../../docs/cli.md", page()) }

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
