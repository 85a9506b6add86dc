package main

import (
	"fmt"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/internal/service/billing"
)

// preview is the bill of a month as it would be now.
type preview struct {
	Account string        `json:"appid"`
	Month   billing.Month `json:"month"`
	Over    bool          `json:"over"` // the month; otherwise the amounts will change
	billing.Bill
}

// lineNames are the kinds of lines as a bill names them.
var lineNames = map[billing.LineKind]string{
	billing.LineFree: "units of the free pack", billing.LinePack: "units of paid packs", billing.LinePostpaid: "units on account", billing.LineBought: "pack bought",
}

// previewBill prints what a month of an account costs as of now.
func previewBill(s *session, month string) error {
	if len(s.args) == 0 {
		return misuse("--preview goes with an account")
	}
	m := billing.Month(month)
	if m == "" {
		m = s.Calendar.Month(s.Now())
	}
	span, err := s.Calendar.MonthSpan(m)
	if err != nil {
		return err
	}
	b, err := s.Accounts.PreviewBill(s.ctx, s.args[0], m)
	if err != nil {
		return err
	}
	p := preview{s.args[0], m, !s.Now().Before(span.To), b}
	if s.json {
		return writeJSON(s.out, p)
	}
	state := "so far"
	if p.Over {
		state = "the month is over"
	}
	fmt.Fprintf(s.out, "account %s, %s, %s to %s, %s\n", p.Account, m, s.timestamp(span.From), s.timestamp(span.To), state)
	rows := make([][]string, 0, len(b.Lines))
	for _, l := range b.Lines {
		rows = append(rows, []string{lineNames[l.Kind], integer(l.Units), l.Price.String(), l.Amount.String()})
	}
	if err := term.Table(s.out, []string{"LINE", "UNITS", "PRICE", "AMOUNT"}, rows); err != nil {
		return err
	}
	_, err = fmt.Fprintf(s.out, "%d units in all; to be charged: %s %s; with packs bought: %s %s\n", b.Units, b.Charge, b.Currency, b.Total, b.Currency)
	return err
}
