package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/capture"
	"github.com/kahao/kahao/cmd/kahao/internal/input"
	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/cmd/kahao/internal/words"
)

// textPrinter prints readings as text: one image in full, several as a table.
type textPrinter struct {
	w       io.Writer
	reveal  bool
	lang    words.Language
	style   term.Style
	single  bool
	columns []column
	started bool
}

// column is a column of the table. On a terminal with few columns those with the
// greatest rank go first; those of rank 0 stay.
type column struct {
	title words.Word
	width int // negative is aligned right; 0 is as wide as its text
	rank  int
}

const maxName = 48 // columns of a file name in a table

func newTextPrinter(w io.Writer, items []input.Source, reveal bool, lang words.Language, style term.Style) *textPrinter {
	name := term.Columns(lang.Text(words.File))
	for _, s := range items {
		name = max(name, min(term.Columns(term.Visible(s.Name)), maxName))
	}
	kind, bank := 12, 36
	if lang == words.Chinese {
		kind, bank = 8, 24
	}
	verdict := 7
	if style.Symbols {
		verdict += 2
	}
	p := &textPrinter{w: w, reveal: reveal, lang: lang, style: style, single: len(items) == 1, columns: []column{
		{words.File, name, 0}, {words.Number, 19, 0}, {words.Probability, -7, 2}, {words.Verdict, verdict, 0}, {words.Expiry, 7, 3},
		{words.Type, kind, 4}, {words.Bank, bank, 5}, {words.Product, 0, 6},
	}}
	p.fit()
	return p
}

// least is how many columns are left of the file's name on the narrowest
// terminals, and of a product's.
const least = 12

// fit takes columns out until the table fits, and then shortens the names of
// files.
func (p *textPrinter) fit() {
	if p.style.Width == 0 {
		return
	}
	for rank := 6; rank > 0 && p.tableWidth() > p.style.Width; rank-- {
		p.columns = slices.DeleteFunc(p.columns, func(c column) bool { return c.rank == rank })
	}
	if over := p.tableWidth() - p.style.Width; over > 0 {
		p.columns[0].width = max(least, p.columns[0].width-over)
	}
}

func (p *textPrinter) tableWidth() int {
	all := 0
	for _, c := range p.columns {
		w := max(c.width, -c.width)
		if w == 0 {
			w = least
		}
		all += w + 2
	}
	return all - 2
}

// showFile prints the outcomes of one file: several if it has pages.
func (p *textPrinter) showFile(file string, all []outcome) {
	p.single = p.single && len(all) == 1
	for _, got := range all {
		p.show(file+got.inside, got)
	}
}

func (p *textPrinter) show(file string, got outcome) {
	if p.single {
		p.full(term.Visible(file), got)
		return
	}
	if !p.started {
		p.row(func(c column) string { return strings.ToUpper(p.lang.Text(c.title)) })
		p.started = true
	}
	file = term.Shorten(term.Visible(file), p.columns[0].width)
	switch {
	case got.err != nil:
		fmt.Fprintln(p.w, term.Pad(file, p.columns[0].width)+"  "+p.style.Paint(errorText(got.err), term.Red))
	case len(got.reading.Cards) == 0:
		fmt.Fprintln(p.w, term.Pad(file, p.columns[0].width)+"  "+p.none(got.reading))
	default:
		for i, c := range got.reading.Cards {
			if i > 0 {
				file = ""
			}
			p.row(func(column column) string {
				if column.title == words.File {
					return file
				}
				return p.value(column.title, c)
			})
		}
	}
}

// row prints a row of the table.
func (p *textPrinter) row(cell func(column) string) {
	var widths []int
	var cells []string
	used := 0
	for _, c := range p.columns {
		text, width := cell(c), c.width
		if width == 0 && p.style.Width > 0 {
			text = term.Cut(text, p.style.Width-used)
		}
		if width > 0 && c.title == words.Bank {
			text = term.Cut(text, width)
		}
		widths, cells = append(widths, width), append(cells, text)
		used += max(width, -width) + 2
	}
	fmt.Fprintln(p.w, term.Row(widths, cells...))
}

// value is what a card says of one thing.
func (p *textPrinter) value(what words.Word, c *kahao.Card) string {
	switch what {
	case words.Number:
		return number(c, p.reveal)
	case words.Probability:
		return percent(c.Number.Confidence)
	case words.Verdict:
		return p.verdict(c.Verdict)
	case words.Expiry:
		return c.Expiry.String()
	case words.Issued:
		return c.Issued.String()
	case words.Type:
		return p.lang.Type(c.Issuer.Type)
	case words.Bank:
		return p.lang.Bank(c.Issuer)
	case words.Product:
		return c.Issuer.CardName
	case words.Network:
		return c.Issuer.Network
	case words.WhyNot:
		return p.lang.Reasons(c.Reasons)
	}
	return ""
}

// marks are the symbol and the colour of a verdict on a terminal.
var marks = map[kahao.Verdict]struct {
	symbol string
	color  term.Color
}{
	kahao.VerdictAccept: {"✓", term.Green}, kahao.VerdictReview: {"?", term.Yellow}, kahao.VerdictReject: {"✗", term.Red},
}

func (p *textPrinter) verdict(v kahao.Verdict) string {
	text := p.lang.Verdict(v)
	if p.style.Symbols {
		text = marks[v].symbol + " " + text
	}
	return p.style.Paint(text, marks[v].color)
}

func (p *textPrinter) full(file string, got outcome) {
	if got.err != nil {
		fmt.Fprintf(p.w, "%s: %s\n", file, p.style.Paint(errorText(got.err), term.Red))
		return
	}
	if len(got.reading.Cards) == 0 {
		fmt.Fprintf(p.w, "%s: %s (%.0f ms)\n", file, p.none(got.reading), got.ms)
		p.checks(got.reading.Checks)
		return
	}
	fmt.Fprintf(p.w, "%s (%.0f ms)\n", file, got.ms)
	for i, c := range got.reading.Cards {
		if i > 0 {
			fmt.Fprintln(p.w)
		}
		p.card(c)
	}
}

func (p *textPrinter) card(c *kahao.Card) {
	p.field(words.Number, p.value(words.Number, c)+"  "+percent(c.Number.Confidence)+"  "+p.verdict(c.Verdict))
	for _, what := range []words.Word{words.WhyNot, words.Issued, words.Expiry, words.Type, words.Product, words.Bank, words.Network} {
		p.field(what, p.value(what, c))
	}
	p.checks(c.Checks)
}

// checks prints how the image was captured, if that was asked for.
func (p *textPrinter) checks(c *capture.Checks) {
	if c == nil {
		return
	}
	p.field(words.Warnings, cmp.Or(p.lang.Warnings(c), p.lang.Text(words.None)))
	p.field(words.Quality, fmt.Sprint(c.Quality))
}

func (p *textPrinter) field(name words.Word, value string) {
	if value != "" {
		fmt.Fprintf(p.w, "  %s%s\n", term.Pad(p.lang.Text(name), 9), value)
	}
}

// none says that there is no card, and why.
func (p *textPrinter) none(r *kahao.Reading) string {
	text := p.lang.Text(words.NoCard)
	if len(r.Reasons) > 0 {
		text += p.lang.Colon() + p.lang.Reasons(r.Reasons)
	}
	return p.style.Paint(text, term.Yellow)
}
