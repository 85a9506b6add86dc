package main

import (
	"encoding/csv"
	"fmt"
	"io"
	"strings"

	"github.com/kahao/kahao"
)

// csvHeader names the columns of read --csv. New ones are added at the end.
var csvHeader = []string{"file", "card", "number", "confidence", "verdict", "reasons", "expiry", "type", "bank", "bank_code", "product", "network", "error"}

// csvPrinter prints a row for each card, and one for each image without a card.
type csvPrinter struct {
	w      *csv.Writer
	reveal bool
}

func newCSVPrinter(w io.Writer, reveal bool) (*csvPrinter, error) {
	p := &csvPrinter{csv.NewWriter(w), reveal}
	return p, p.w.Write(csvHeader)
}

// show prints an outcome. Its errors are those of the writer.
func (p *csvPrinter) show(file string, got outcome) error {
	defer p.w.Flush()
	row := make([]string, len(csvHeader))
	row[0] = cell(file)
	switch {
	case got.err != nil:
		_, row[12] = classify(got.err)
		return p.w.Write(row)
	case len(got.reading.Cards) == 0:
		row[5] = codes(got.reading.Reasons)
		return p.w.Write(row)
	}
	for i, c := range got.reading.Cards {
		copy(row[1:], []string{fmt.Sprint(i + 1), number(c, p.reveal), fmt.Sprint(probability(c.Number.Confidence)), string(c.Verdict), codes(c.Reasons),
			c.Expiry.String(), c.Issuer.Type.String(), c.Issuer.Issuer, c.Issuer.Code, c.Issuer.CardName, c.Issuer.Network})
		if err := p.w.Write(row); err != nil {
			return err
		}
	}
	return nil
}

// codes are the codes of reasons.
func codes(reasons []kahao.Reason) string {
	all := make([]string, len(reasons))
	for i, r := range reasons {
		all[i] = string(r.Code)
	}
	return strings.Join(all, " ")
}

// cell is a text that no spreadsheet takes for a formula.
func cell(text string) string {
	if text != "" && strings.ContainsRune("=+-@\t\r", rune(text[0])) && text != "-" {
		return "'" + text
	}
	return text
}
