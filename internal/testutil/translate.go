package testutil

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Translate returns a generated page in another language. Each line of file has a
// text of the page, which is a paragraph, an item, a heading or a cell, a tab and
// its translation. Code and names stay as they are, and so do the cells of tables
// under the headings keep. The test fails for a text without a translation, and
// for a translation whose text is not on the page.
func Translate(t testing.TB, page, file string, keep ...string) string {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("reading the translation: %v", err)
	}
	tr := translation{texts: map[string]string{}, used: map[string]bool{}, keep: keep}
	for line := range strings.Lines(string(content)) {
		text, other, ok := strings.Cut(strings.TrimRight(line, "\r\n"), "\t")
		if !ok {
			t.Fatalf("%s: line %q has no tab", file, line)
		}
		tr.texts[text] = other
	}
	got := tr.page(page)
	for _, text := range tr.missing {
		t.Errorf("%s has no translation of %q", file, text)
	}
	for text := range tr.texts {
		if !tr.used[text] {
			t.Errorf("%s translates %q, which is not on the page", file, text)
		}
	}
	return got
}

type translation struct {
	texts   map[string]string
	used    map[string]bool
	keep    []string
	missing []string
}

var (
	begins  = regexp.MustCompile(`^(#+ |\* |\d+\. )`) // a heading or an item
	inCode  = regexp.MustCompile("`[^`]*`")
	proper  = regexp.MustCompile(`^[A-Z][A-Za-z.]*$`) // a name: InternalError
	letters = regexp.MustCompile(`[a-z]{2}`)
	remark  = regexp.MustCompile(`^(.*\S +# )(.*)$`) // in a block of code
)

func (tr *translation) page(page string) string {
	var out []string
	lines := strings.Split(page, "\n")
	var header []string // of the table
	code := false
	for i := 0; i < len(lines); i++ {
		line := lines[i]
		if !strings.HasPrefix(line, "|") {
			header = nil
		}
		switch {
		case strings.HasPrefix(line, "```"):
			code = !code
			out = append(out, line)
		case code:
			if m := remark.FindStringSubmatch(line); m != nil {
				line = m[1] + tr.text(m[2])
			}
			out = append(out, line)
		case line == "":
			out = append(out, line)
		case strings.HasPrefix(line, "|"):
			if strings.HasPrefix(line, "|-") {
				out = append(out, line)
				continue
			}
			cells := strings.Split(strings.Trim(line, "|"), "|")
			for i := range cells {
				cells[i] = strings.TrimSpace(cells[i])
			}
			if header == nil {
				header = slices.Clone(cells)
			}
			out = append(out, tr.row(header, cells))
		default:
			start := begins.FindString(line)
			text := strings.TrimPrefix(line, start)
			for i+1 < len(lines) && !strings.HasPrefix(start, "#") && continues(lines[i+1]) {
				i++
				text += " " + strings.TrimSpace(lines[i])
			}
			out = append(out, start+tr.text(text))
		}
	}
	return strings.Join(out, "\n")
}

// continues reports whether a line continues the paragraph or the item before it.
func continues(line string) bool {
	return line != "" && !strings.HasPrefix(line, "|") && !strings.HasPrefix(line, "```") && !begins.MatchString(line)
}

func (tr *translation) row(header, cells []string) string {
	for i, cell := range cells {
		if i < len(header) && cell != header[i] && slices.Contains(tr.keep, header[i]) {
			continue
		}
		cells[i] = tr.text(cell)
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

func (tr *translation) text(text string) string {
	if other, ok := tr.texts[text]; ok {
		tr.used[text] = true
		return other
	}
	if plain := strings.TrimSpace(inCode.ReplaceAllString(text, "")); letters.MatchString(plain) && !proper.MatchString(plain) {
		if !slices.Contains(tr.missing, text) {
			tr.missing = append(tr.missing, text)
		}
	}
	return text
}
