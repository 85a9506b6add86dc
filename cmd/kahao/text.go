package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kahao/kahao"
	"github.com/kahao/kahao/cmd/kahao/internal/term"
)

// textPrinter prints readings as text: one image in full, several as a table.
type textPrinter struct {
	w        io.Writer
	reveal   bool
	single   bool
	widths   []int
	started  bool
	withCard int
}

const maxName = 48 // columns of a file name in a table

func newTextPrinter(w io.Writer, items []source, reveal bool) *textPrinter {
	name := len("FILE")
	for _, s := range items {
		name = max(name, min(term.Columns(term.Visible(s.name)), maxName))
	}
	return &textPrinter{w: w, reveal: reveal, single: len(items) == 1, widths: []int{name, 19, -6, 7, 7, 8, 24, 0}}
}

func (p *textPrinter) show(file string, got outcome) {
	if got.err == nil && len(got.reading.Cards) > 0 {
		p.withCard++
	}
	if p.single {
		p.full(term.Visible(file), got)
		return
	}
	if !p.started {
		fmt.Fprintln(p.w, term.Row(p.widths, "FILE", "NUMBER", "PROB", "VERDICT", "EXPIRY", "TYPE", "BANK", "NAME"))
		p.started = true
	}
	file = term.Shorten(term.Visible(file), maxName)
	switch {
	case got.err != nil:
		fmt.Fprintln(p.w, term.Pad(file, p.widths[0])+"  "+errorText(got.err))
	case len(got.reading.Cards) == 0:
		fmt.Fprintln(p.w, term.Pad(file, p.widths[0])+"  no card found"+why(got.reading.Reasons))
	default:
		for i, c := range got.reading.Cards {
			if i > 0 {
				file = ""
			}
			fmt.Fprintln(p.w, term.Row(p.widths, file, number(c, p.reveal), percent(c.Number.Confidence), string(c.Verdict),
				c.Expiry.String(), c.Issuer.TypeText(), c.Issuer.BankInfo(), c.Issuer.CardName))
		}
	}
}

func (p *textPrinter) full(file string, got outcome) {
	if got.err != nil {
		fmt.Fprintf(p.w, "%s: %s\n", file, errorText(got.err))
		return
	}
	if len(got.reading.Cards) == 0 {
		fmt.Fprintf(p.w, "%s: no card found%s (%.0f ms)\n", file, why(got.reading.Reasons), got.ms)
		showChecks(p.field, got.reading.Checks)
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
	field := p.field
	field("number", number(c, p.reveal)+"  "+percent(c.Number.Confidence)+"  "+string(c.Verdict))
	field("why not", reasons(c.Reasons))
	field("expiry", c.Expiry.String())
	field("type", c.Issuer.TypeText())
	field("name", c.Issuer.CardName)
	field("bank", c.Issuer.BankInfo())
	field("network", c.Issuer.Network)
	showChecks(field, c.Checks)
}

func (p *textPrinter) field(name, value string) {
	if value != "" {
		fmt.Fprintf(p.w, "  %-9s%s\n", name, value)
	}
}

// why is the reasons for no reading, in brackets.
func why(all []kahao.Reason) string {
	all = slices.DeleteFunc(slices.Clone(all), func(r kahao.Reason) bool { return r.Code == kahao.ReasonNoCard })
	if len(all) == 0 {
		return ""
	}
	return " (" + reasons(all) + ")"
}

// reasons is a list of reasons: "glare at 9-12, check digit".
func reasons(all []kahao.Reason) string {
	var said []string
	for _, r := range all {
		text := strings.ReplaceAll(string(r.Code), "_", " ")
		switch {
		case r.Digits.OK() && r.Digits.To == r.Digits.From+1:
			text += fmt.Sprintf(" at %d", r.Digits.To)
		case r.Digits.OK():
			text += fmt.Sprintf(" at %d-%d", r.Digits.From+1, r.Digits.To)
		}
		said = append(said, text)
	}
	return strings.Join(said, ", ")
}
