package main

import (
	"fmt"
	"strconv"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
)

var packCommand = (&family{
	name: "pack", brief: "sells and returns packs of readings",
	intro: `
Readings are taken from the month's free pack first, then from paid packs in the
order in which they took effect, each valid for a year, then on account where
post-pay is on. A pack's price is taken off the balance, unless it was --paid
elsewhere. An untouched pack may be returned within 7 days.`,
	flags: packFlags,
	verbs: []verb{
		{name: "list", args: "[APPID]", n: [2]int{0, 1}, brief: "lists an account's packs as they are used up, or the price list", do: listPacks},
		{name: "add", args: "APPID UNITS", n: [2]int{2, 2}, flags: []string{"price", "paid", "from"}, brief: "sells one", do: addPack},
		{name: "refund", args: "PACK", n: [2]int{1, 1}, brief: "takes an untouched one back", do: refundPack},
	},
}).command()

func listPacks(j *job) error {
	if len(j.args) == 0 {
		return printAll(j, j.Prices.Packs, []string{"UNITS", "PRICE"}, func(o billing.Offer) []string {
			return []string{strconv.FormatInt(o.Units, 10), o.Price.String()}
		})
	}
	packs, err := j.Registry.ListPacks(j.ctx, j.args[0])
	if err != nil {
		return err
	}
	return printPacks(j, packs)
}

func printPacks(j *job, packs []account.PackDetails) error {
	return printAll(j, packs, []string{"PACK", "KIND", "UNITS", "LEFT", "HELD", "FROM", "TO", "PRICE", "SOURCE", "STATE"}, func(p account.PackDetails) []string {
		state := "valid"
		switch now := j.Now(); {
		case p.Refunded != nil:
			state = "returned"
		case !now.Before(p.To):
			state = "over"
		case now.Before(p.From):
			state = "later"
		case p.Left+p.Held == 0:
			state = "used up"
		}
		n := func(n int64) string { return strconv.FormatInt(n, 10) }
		return []string{p.ID, string(p.Kind), n(p.Total), n(p.Left), n(p.Held), j.day(p.From), j.day(p.To), p.Price.String(), p.Source, state}
	})
}

func addPack(j *job) error {
	units, err := strconv.ParseInt(j.args[1], 10, 64)
	if err != nil {
		return misuse("%q is not a number of units", j.args[1])
	}
	n := account.NewPack{Account: j.args[0], Units: units, Paid: j.flags.paid}
	switch offer, ok := j.Prices.Offer(units); {
	case j.given["price"]:
		if n.Price, err = billing.ParseCents(j.flags.price); err != nil {
			return err
		}
	case !ok:
		return misuse("the price list has no pack of %d units ('kahao pack list'): give --price", units)
	default:
		n.Price = offer.Price
	}
	if j.flags.from != "" {
		span, err := j.Calendar.DaySpan(billing.Day(j.flags.from))
		if err != nil {
			return err
		}
		n.From = span.From
	}
	p, err := j.Registry.AddPack(j.ctx, n)
	if err != nil {
		return err
	}
	return printPacks(j, []account.PackDetails{p})
}

func refundPack(j *job) error {
	p, err := j.Registry.RefundPack(j.ctx, j.args[0])
	if err != nil {
		return err
	}
	if j.json {
		return j.encode(p)
	}
	_, err = fmt.Fprintf(j.out, "returned %d units for %s\n", p.Total, p.Price)
	return err
}
