package main

import (
	"strings"
	"testing"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/cmd/kahao/internal/input"
	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/cmd/kahao/internal/words"
)

// table prints two readings as a terminal with so many columns shows them.
func table(style term.Style) string {
	var b strings.Builder
	items := []input.Source{{Name: "a-directory/with-a-long-name/photo-1.jpg"}, {Name: "b.jpg"}}
	p := newTextPrinter(&b, items, false, words.English, style)
	p.show(items[0].Name, outcome{reading: &kahao.Reading{Cards: []*kahao.Card{fakeCard([]string{"5149581234568888", "08/22", "0.99129"})}}})
	p.show(items[1].Name, outcome{reading: &kahao.Reading{Reasons: fakeReasons([]string{"no_card"})}})
	return b.String()
}

// Without a terminal the table is as wide as it likes; on one its lines fit,
// with fewer columns and shorter names, and the number and the verdict stay.
func TestNarrowTerminal(t *testing.T) {
	if got := table(term.Style{}); !strings.Contains(got, "with-a-long-name/photo-1.jpg  514958******8888") || !strings.Contains(got, "中银万事达信用卡") {
		t.Errorf("the table without a terminal is\n%s\nwant all columns", got)
	}
	for _, width := range []int{160, 120, 100, 80, 60, 45} {
		got := table(term.Style{Symbols: true, Width: width})
		for line := range strings.Lines(got) {
			if columns := term.Columns(strings.TrimRight(line, "\n")); columns > width && !strings.Contains(line, "no card") {
				t.Errorf("at %d columns a line has %d: %s", width, columns, line)
			}
		}
		for _, want := range []string{"514958******8888", "✓ accept", "photo-1.jpg"} {
			if !strings.Contains(got, want) {
				t.Errorf("at %d columns the table is\n%s\nwant %s in it", width, got, want)
			}
		}
	}
}

func TestVerdictColours(t *testing.T) {
	got := table(term.Style{Color: true, Symbols: true})
	for _, want := range []string{"\x1b[32m✓ accept\x1b[0m", "\x1b[33mno card found: nothing in the image looks like a card\x1b[0m"} {
		if !strings.Contains(got, want) {
			t.Errorf("the table is %q, want %q in it", got, want)
		}
	}
	if got := table(term.Style{}); strings.Contains(got, "\x1b") || strings.Contains(got, "✓") {
		t.Errorf("the plain table is %q, want neither colours nor symbols", got)
	}
}
