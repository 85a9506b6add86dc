package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/kahao/kahao/internal/service/account"
	"github.com/kahao/kahao/internal/service/billing"
	"github.com/kahao/kahao/internal/service/ledger"
	"github.com/kahao/kahao/internal/store/ledgerdb"
)

// longestRequest is twice as long as any request of a server with the longest
// --read-timeout takes.
const longestRequest = 2 * (3*time.Minute + 30*time.Second)

var ledgerCommand = (&family{
	name: "ledger", brief: "checks and shows the books",
	intro: `
The books have an entry for every reading that was charged, and are never
changed. "verify" checks every invariant, prints the first that does not hold,
and then exits with 22. A server does what "sweep" and "bill" do by itself.`,
	flags: ledgerFlags,
	verbs: []verb{
		{name: "verify", brief: "checks that the books are whole", do: verifyLedger},
		{name: "show", args: "APPID", n: [2]int{1, 1}, flags: []string{"last"}, brief: "shows an account's last charges", do: showLedger},
		{name: "sweep", brief: "gives back what dead processes held, deletes what is past its time", do: sweepLedger},
		{name: "bill", args: "[APPID]", n: [2]int{0, 1}, flags: []string{"month"}, brief: "charges every month that is over, each once; of one account, shows its bills, or charges one --month", do: billLedger},
	},
}).command()

// verified is what verify prints.
type verified struct {
	Whole    bool   `json:"whole"`
	Break    string `json:"break,omitempty"`
	Accounts int64  `json:"accounts"`
	Packs    int64  `json:"packs"`
	Charges  int64  `json:"charges"`
	Held     int64  `json:"held"`
	Entries  int64  `json:"entries"`
	Units    int64  `json:"units"`
}

func verifyLedger(j *job) error {
	r, err := j.Books.Verify(j.ctx)
	if err != nil {
		return err
	}
	if j.json {
		err = j.encode(verified{r.Break == "", r.Break, r.Accounts, r.Packs, r.Charges, r.Held, r.Entries, r.Units})
	} else {
		_, err = fmt.Fprintf(j.out, "%d accounts, %d packs, %d charges (%d held), %d entries for %d units\n",
			r.Accounts, r.Packs, r.Charges, r.Held, r.Entries, r.Units)
	}
	if err == nil && r.Break != "" {
		return fmt.Errorf("%w: %s", errBroken, r.Break)
	}
	if err == nil && !j.json {
		_, err = fmt.Fprintln(j.out, "the books are whole")
	}
	return err
}

func showLedger(j *job) error {
	if _, err := j.Registry.Account(j.ctx, j.args[0]); err != nil {
		return err
	}
	charges, err := ledgerdb.LastCharges(j.ctx, j.Engine, j.args[0], j.flags.last)
	if err != nil {
		return err
	}
	return printAll(j, charges, []string{"CHARGE", "AT", "UIN", "BUCKET", "STATE", "UNITS", "CODE"}, func(c ledgerdb.Charge) []string {
		units, code := c.Posted, ""
		if c.State == string(ledger.Held) {
			units = c.Held
		}
		if c.Code != nil {
			code = strconv.Itoa(*c.Code)
		}
		return []string{c.ID, moment(c.At), c.User, c.Bucket, c.State, strconv.FormatInt(units, 10), code}
	})
}

func sweepLedger(j *job) error {
	// A request of a running server is not older than that (spec/storage.md,
	// section 8): see the server's own chore.
	held, err := j.Books.SweepHeld(j.ctx, j.Now().Add(-longestRequest))
	if err != nil {
		return err
	}
	s, err := j.Books.Sweep(j.ctx, j.Now())
	if err != nil {
		return err
	}
	if j.json {
		return j.encode(map[string]int64{"held": int64(held), "nonces": s.Nonces, "keys": s.Keys, "results": s.Results, "data_keys": s.DataKeys})
	}
	_, err = fmt.Fprintf(j.out, "gave back %d charges; deleted %d nonces, %d idempotency keys, %d results, %d data keys\n", held, s.Nonces, s.Keys, s.Results, s.DataKeys)
	return err
}

func billLedger(j *job) error {
	var bills []account.BillDetails
	switch {
	case len(j.args) == 0 && j.flags.month != "":
		return misuse("--month goes with an account")
	case j.flags.month != "":
		b, _, err := j.Registry.BillMonth(j.ctx, j.args[0], billing.Month(j.flags.month))
		if err != nil {
			return err
		}
		bills = []account.BillDetails{b}
	case len(j.args) == 1:
		all, err := j.Registry.ListBills(j.ctx, j.args[0])
		if err != nil {
			return err
		}
		bills = all
	default:
		all, err := j.Registry.BillDue(j.ctx)
		if err != nil {
			return err
		}
		bills = all
	}
	return printBills(j, bills)
}

func printBills(j *job, bills []account.BillDetails) error {
	return printAll(j, bills, []string{"MONTH", "APPID", "CALLS", "FREE", "PACKS", "ON ACCOUNT", "PRICE", "AMOUNT"}, func(b account.BillDetails) []string {
		n := func(n int64) string { return strconv.FormatInt(n, 10) }
		return []string{string(b.Month), b.Account, n(b.Calls), n(b.Free), n(b.Pack), n(b.Postpaid), b.Price.String(), b.Amount.String()}
	})
}
