package main

import (
	"strconv"

	"github.com/spf13/cobra"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
)

func newPackCommand(e *env) *cobra.Command {
	a, cmd := newAdmin(e, "pack", "sell and refund packs of readings", `
A reading is charged to the month's free pack first, then to paid packs in the
order in which they took effect, each valid for a year, then to the monthly bill
if post-pay is on. The price of a pack is taken off the balance, unless it was
--paid elsewhere. An unused pack may be refunded within 7 days.`,
		`  kahao pack list
  kahao pack add --data demo 1000000001 1000
  kahao pack add --data demo 1000000001 500 --price 60 --paid`)
	cmd.AddCommand(
		a.command("list [APPID]", "list an account's packs in the order of use, or the price list", 0, 1, listPacks),
		newPackAdd(a),
		a.command("refund PACK", "refund an unused pack", 1, 1, func(s *session) error {
			p, err := s.Accounts.RefundPack(s.ctx, s.args[0])
			if err != nil {
				return err
			}
			return s.printOne(p, "returned %d units of account %s for %s %s\n", p.Total, p.Account, p.Price, s.Prices.Currency)
		}))
	return cmd
}

func listPacks(s *session) error {
	if len(s.args) == 0 {
		return printAll(s, s.Prices.Packs, []string{"UNITS", "PRICE"}, func(o billing.Offer) []string {
			return []string{integer(o.Units), o.Price.String()}
		})
	}
	packs, err := s.Accounts.ListPacks(s.ctx, s.args[0])
	if err != nil {
		return err
	}
	return printPacks(s, packs)
}

func printPacks(s *session, packs []account.Pack) error {
	return printAll(s, packs, []string{"PACK", "KIND", "UNITS", "LEFT", "HELD", "FROM", "TO", "PRICE", "SOURCE", "STATE"}, func(p account.Pack) []string {
		state := "valid"
		switch now := s.Now(); {
		case p.Refunded != nil:
			state = "returned"
		case !now.Before(p.To):
			state = "over"
		case now.Before(p.From):
			state = "later"
		case p.Left+p.Held == 0:
			state = "used up"
		}
		return []string{p.ID, string(p.Kind), integer(p.Total), integer(p.Left), integer(p.Held), s.day(p.From), s.day(p.To), p.Price.String(), p.Source, state}
	})
}

func newPackAdd(a *admin) *cobra.Command {
	var price, from string
	var n account.NewPack
	cmd := a.command("add APPID UNITS", "sell a pack", 2, 2, func(s *session) error {
		units, err := strconv.ParseInt(s.args[1], 10, 64)
		if err != nil {
			return misuse("%q is not a number of units", s.args[1])
		}
		n.Account, n.Units = s.args[0], units
		switch offer, ok := s.Prices.Offer(units); {
		case s.cmd.Flags().Changed("price"):
			if n.Price, err = billing.ParseCents(price); err != nil {
				return err
			}
		case !ok:
			return misuse("the price list has no pack of %d units ('kahao pack list'): give --price", units)
		default:
			n.Price = offer.Price
		}
		if from != "" {
			span, err := s.Calendar.DaySpan(billing.Day(from))
			if err != nil {
				return err
			}
			n.From = span.From
		}
		p, err := s.Accounts.AddPack(s.ctx, n)
		if err != nil {
			return err
		}
		return printPacks(s, []account.Pack{p})
	})
	cmd.Flags().StringVar(&price, "price", "", "`amount` that the pack costs (default: from the price list)")
	cmd.Flags().BoolVar(&n.Paid, "paid", false, "it was paid elsewhere: leave the balance as it is")
	cmd.Flags().StringVar(&from, "from", "", "`day` on which it takes effect, 2006-01-02 (default: now)")
	return cmd
}
