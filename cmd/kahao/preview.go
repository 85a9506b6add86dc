package main

import (
	"fmt"

	"github.com/kahao/kahao/cmd/kahao/internal/term"
	"github.com/kahao/kahao/cmd/kahao/internal/words"
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
var lineNames = map[billing.LineKind]words.Account{
	billing.LineFree: words.FreeUnits, billing.LinePack: words.PackUnits, billing.LinePostpaid: words.OnAccountUnits, billing.LineBought: words.PackBought,
}

// previewBill prints what a month of an account costs as of now.
func previewBill(s *session, month string, lang words.Language) error {
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
	state := words.SoFar
	if p.Over {
		state = words.MonthOver
	}
	t := lang.Account
	fmt.Fprintln(s.out, lang.BillOf(p.Account, string(m), s.timestamp(span.From), s.timestamp(span.To), t(state)))
	rows := make([][]string, 0, len(b.Lines))
	for _, l := range b.Lines {
		rows = append(rows, []string{t(lineNames[l.Kind]), integer(l.Units), l.Price.String(), l.Amount.String()})
	}
	if err := term.Table(s.out, []string{t(words.Line), t(words.Units), t(words.Price), t(words.Amount)}, rows); err != nil {
		return err
	}
	_, err = fmt.Fprintln(s.out, lang.BillSum(b.Units, b.Charge.String(), b.Total.String(), b.Currency))
	return err
}
